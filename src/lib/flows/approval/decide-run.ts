import { oneLine } from '../../domain/approval/markdown.ts';
import { HdError } from '../../domain/errors.ts';
import { Exit } from '../../domain/exit.ts';
import { list } from '../../domain/names.ts';
import { minute } from '../../domain/values.ts';
import type { Fact } from '../../domain/verdict.ts';
import type { Answer } from '../answer.ts';
import type { World } from '../world.ts';
import type { DecideRequest } from './decide-request.ts';
import { approvalGitHub } from './github.ts';
import { whatOf, type WaitingRun } from './list.ts';
import { plannedAnswer } from './planned.ts';

/** Reviews a run that waits in a GitHub environment, for that environment alone. */
export async function decideRun(
  world: World,
  request: DecideRequest,
  waiting: WaitingRun,
  me: string,
): Promise<Answer> {
  const { decision, comment } = request;
  const { run, pending } = waiting;
  requireReview(waiting, me);
  const clock = (at: string): string => minute(Date.parse(at), world.zone, world.clock.now());
  const facts: Fact[] = [
    { label: 'asks', text: run.startedAt === undefined ? run.by : `${run.by}, ${clock(run.startedAt)}` },
    // The workflow's own words: the release and the plan, if its run-name says them.
    { label: 'what', text: `"${oneLine(run.title)}"` },
    { label: 'run', text: run.url },
  ];
  world.reporter.event({ type: 'preview', facts });
  if (request.dryRun) return plannedAnswer(waiting, request);
  await request.confirm(`${decision === 'approve' ? 'Approve' : 'Reject'} ${whatOf(waiting)}?`);
  const github = await approvalGitHub(world);
  const approved = decision === 'approve';
  await github.review(run.id, {
    environments: [pending.id],
    state: approved ? 'approved' : 'rejected',
    comment: world.redact(comment),
  });
  const left = await github.pendingDeployments(run.id);
  return answer(
    waiting,
    decision,
    left.map((each) => each.environment),
  );
}

/** @throws HdError exit 4 for whoever started the run, and for who is not asked */
function requireReview({ run, pending, mine }: WaitingRun, me: string): void {
  const seen = [{ label: 'seen', text: `${pending.environment}: ${pending.reviewers.join(', ')}` }];
  if (mine)
    throw new HdError(
      'own-request',
      Exit.notAllowed,
      `${me} started run ${run.id}, and nobody decides an own request`,
      {
        facts: seen,
        next: [{ remark: 'withdraw it', command: ['gh', 'run', 'cancel', String(run.id)] }],
      },
    );
  if (!pending.mayApprove)
    throw new HdError(
      'not-reviewer',
      Exit.notAllowed,
      `${me} is no required reviewer of ${pending.environment}: those are ${list(pending.reviewers, 'and')}`,
      { facts: seen, next: [{ remark: 'who is asked', command: ['hd', 'approvals'] }] },
    );
}

function answer(waiting: WaitingRun, decision: DecideRequest['decision'], left: readonly string[]): Answer {
  const { environment, run } = waiting;
  const outcome = decision === 'approve' ? 'approved' : 'rejected';
  const goesOn = left.length === 0 ? 'the run goes on' : `it still waits in ${list(left, 'and')}`;
  const stands = decision === 'reject' ? 'the run is over' : goesOn;
  return {
    exit: Exit.done,
    block: {
      facts: [],
      verdict: {
        mark: 'ok',
        outcome,
        headline: `${whatOf(waiting)}; ${stands}`,
        exit: Exit.done,
        rows: [
          { label: 'see it', text: run.url },
          {
            label: 'next',
            commands: [{ remark: 'what it has done', command: ['hd', 'status', environment.name] }],
          },
        ],
      },
    },
    json: { outcome, environment: environment.name, run: run.id, url: run.url, waitsFor: left },
  };
}
