import type { Standing } from '../../domain/approval.ts';
import { isFilled } from '../../domain/approval/count.ts';
import { writeWord } from '../../domain/approval/words.ts';
import { sha256 } from '../../domain/canonical.ts';
import { HdError } from '../../domain/errors.ts';
import { Exit } from '../../domain/exit.ts';
import { list } from '../../domain/names.ts';
import { shortDigest } from '../../domain/release.ts';
import { minute } from '../../domain/values.ts';
import type { Fact, VerdictRow } from '../../domain/verdict.ts';
import type { Answer } from '../answer.ts';
import type { World } from '../world.ts';
import type { DecideRequest } from './decide-request.ts';
import { closeIssue } from './close.ts';
import { approvalGitHub } from './github.ts';
import { standingJson } from './json.ts';
import { plannedAnswer } from './planned.ts';
import { planOf, whatOf, type WaitingPlan } from './list.ts';
import { onceApproved, roleFacts } from './rows.ts';

/** Says the word as a comment in the documented form, as a person could in the browser. */
export async function decidePlan(
  world: World,
  request: DecideRequest,
  waiting: WaitingPlan,
  me: string,
): Promise<Answer> {
  const { decision, comment, role } = request;
  const { request: asked, standing } = waiting;
  requireVoice(waiting, request, me);
  const idle = decision === 'approve' && !waiting.forMe;
  if (idle) return answer(world, waiting, standing, 'no change');
  const as = role === undefined ? list(waiting.roles, 'and') : role;
  show(world, waiting);
  if (request.dryRun) return plannedAnswer(waiting, request);
  await request.confirm(`${decision === 'approve' ? 'Approve' : 'Reject'} as ${as}: ${whatOf(waiting)}?`);
  const github = await approvalGitHub(world);
  const text = world.redact(comment);
  const shown = sha256(asked.body);
  const word = { decision, plan: asked.plan, text, shown, ...(role === undefined ? {} : { role }) };
  await github.addComment(asked.number, writeWord(word));
  // A comment can be taken away; an issue that is closed stays so.
  if (decision === 'reject') await closeIssue(world, github, asked, `${me} rejected it`);
  const now = await planOf(world, waiting.environment, asked, me);
  return answer(world, waiting, now?.standing ?? standing, decision === 'approve' ? 'approved' : 'rejected');
}

/** @throws HdError exit 4 for the one who asks, and for who is in no role, or not in the one that is named */
function requireVoice(
  { mine, roles, standing, request }: WaitingPlan,
  { role }: DecideRequest,
  me: string,
): void {
  const seen = standing.roles.map((each) => `${each.role}: ${each.asked.join(', ')}`);
  const facts = [{ label: 'seen', text: seen[0] ?? '', more: seen.slice(1) }];
  if (mine)
    throw new HdError(
      'own-request',
      Exit.notAllowed,
      `${me} asks for this plan, and nobody decides an own request`,
      {
        facts,
        next: [
          { remark: 'withdraw it', command: ['gh', 'issue', 'close', String(request.number)] },
          { remark: 'who is asked', command: ['hd', 'approvals', request.environment] },
        ],
      },
    );
  const wrong = role !== undefined && !roles.includes(role);
  if (roles.length > 0 && !wrong) return;
  const names = standing.roles.map((each) => each.role);
  const message = wrong
    ? `${me} is not in ${role}${roles.length === 0 ? '' : `, but in ${list(roles, 'and')}`}`
    : `${me} is not in ${list(names, 'or')}`;
  throw new HdError('not-in-role', Exit.notAllowed, message, {
    facts,
    next: [{ remark: 'who is asked', command: ['hd', 'approvals', request.environment] }],
  });
}

/** What the request says, in brief; the whole is in its issue. */
function show(world: World, { request, standing }: WaitingPlan): void {
  const clock = (at: number): string => minute(at, world.zone, world.clock.now());
  const [, told = ''] = request.body.split(/^### What changes\r?$/m);
  const lines = told
    .split(/\r?\n/)
    .filter((line) => /^- /.test(line))
    .map((line) =>
      line
        .slice(2)
        .replaceAll('`', '')
        .replaceAll(/sha256:[0-9a-f]{64}/g, shortDigest),
    );
  const facts: Fact[] = [
    {
      label: 'asks',
      text: `${request.requester}, ${clock(request.askedAt)}, until ${clock(request.expiresAt)}`,
    },
    { label: 'plan', text: request.plan },
    { label: 'changes', text: request.url, foreign: lines },
  ];
  const now = { now: world.clock.now(), zone: world.zone };
  const roles = roleFacts(standing, now, []).map((row) => ({ ...row, label: row.label.trim() }));
  world.reporter.event({ type: 'preview', facts, after: roles });
}

function answer(
  world: World,
  waiting: WaitingPlan,
  standing: Standing,
  outcome: 'approved' | 'rejected' | 'no change',
): Answer {
  const { environment, request } = waiting;
  const now = { now: world.clock.now(), zone: world.zone };
  const left = standing.roles.filter((role) => !isFilled(role));
  const missing = list(
    left.map(({ role }) => role),
    'and',
  );
  const stands =
    standing.state === 'rejected'
      ? 'this request is over'
      : standing.state === 'approved'
        ? 'nobody is missing'
        : `${missing} ${left.length === 1 ? 'is' : 'are'} missing`;
  return {
    exit: Exit.done,
    block: {
      facts: roleFacts(standing, now, []),
      verdict: {
        mark: 'ok',
        outcome,
        headline: `${whatOf(waiting)}, plan ${request.plan.slice(0, 12)}; ${stands}`,
        exit: Exit.done,
        rows: rowsOf(standing, environment.name, request.requester),
      },
    },
    json: {
      outcome: outcome.replace(' ', '-'),
      environment: environment.name,
      plan: request.plan,
      approvals: standingJson(standing),
    },
  };
}

function rowsOf(standing: Standing, environment: string, requester: string): VerdictRow[] {
  const { state, request, roles } = standing;
  const see = { label: 'see it', text: request?.url ?? '' };
  if (state === 'rejected') return [see];
  const remark = `${state === 'approved' ? '' : `${onceApproved(roles)}, `}${requester} goes on`;
  return [see, { label: 'next', commands: [{ remark, command: ['hd', 'resume', environment] }] }];
}
