import type { Environment } from '../domain/environment.ts';
import type { Event } from '../domain/event.ts';
import { HdError, UsageError, withHeadline } from '../domain/errors.ts';
import { Exit } from '../domain/exit.ts';
import { canonical } from '../domain/canonical.ts';
import type { Plan, Stage } from '../domain/plan.ts';
import { servesText, servingOf } from '../domain/serving.ts';
import type { Answer } from './answer.ts';
import {
  askForApproval,
  closeLeft,
  requireReviewers,
  waitForApproval,
  waitingAnswer,
} from './approval/index.ts';
import type { AgreeRequest } from './agree-request.ts';
import { agreed } from './agreed.ts';
import type { Change } from './change.ts';
import { carryOut } from './carry-out.ts';
import { changedError } from './changed.ts';
import { expectedOf } from './expected.ts';
import { carryOutGated } from './gated.ts';
import { Gatekeeper } from './gates/gatekeeper.ts';
import type { Planned } from './gates/judge.ts';
import { stopped } from './gates/stopped.ts';
import { refusalFacts } from './gates/rows.ts';
import { lastConfirmed, newestLedger, unsettled } from './history.ts';
import type { SeenHost } from './observe.ts';
import { planStory } from './plan-story.ts';
import { plannedAnswer } from './planned.ts';
import { preview, type PreviewInput } from './preview.ts';
import { throughWorkflow } from './via/index.ts';
import type { World } from './world.ts';

/** Gates, preview, question, approvals, and the change: the same for a deployment and for going back. */
export async function agreeAndCarryOut<Request extends AgreeRequest>(
  world: World,
  request: Request,
  planned: Planned,
  again: (request: Request) => Promise<Answer>,
): Promise<Answer> {
  const { change, seen } = planned;
  const { environment, plan } = change;
  const services = Object.keys(plan.release.images);
  const servings = seen.map((each) => servingOf(each.observed, services));
  const away = (change.away ?? []).map((each) => each.name);
  const serves = servesText(environment.name, servings, away);
  requireExpected(request, change, seen);
  const unchanged = (error: unknown): never => {
    const plain = error instanceof HdError && error.headline === undefined && error.exit !== Exit.usage;
    throw plain ? withHeadline(error, `${serves}; nothing was changed`) : error;
  };
  // What is being finished was let in when it was begun.
  const keeper =
    change.resumes === undefined
      ? await Gatekeeper.of(world, planned, request.gates, request.asked === true).catch(unchanged)
      : undefined;
  const wanted = keeper !== undefined && (change.verb === 'deploy' || keeper.quorum !== undefined);
  const story = wanted || request.story === true ? await planStory(world, { change, seen }) : undefined;
  const lines = newestLedger(seen.map((each) => each.observed.ledger));
  const wayBack = lastConfirmed(lines)?.release;
  const previewing: PreviewInput = {
    ...{ change, servings, away, wayBack, expected: expectedOf(lines), steps: request.steps === true },
    ...(story === undefined ? {} : { story }),
  };
  const shown = preview({
    ...previewing,
    approved: keeper?.approvals ?? [],
    gates:
      keeper === undefined
        ? []
        : keeper.closed.length > 0
          ? refusalFacts(keeper.judgement.verdicts)
          : [keeper.fact()],
  });
  if (request.dryRun) {
    const gates = keeper?.judgement.verdicts;
    const made = { change, seen, ...(story && { story }), ...(gates && { gates }) };
    const options = {
      serves,
      keeper,
      doIt: request.doIt ?? emergencyOf(request),
      expected: expectedOf(lines),
    };
    return { ...plannedAnswer(change, options), preview: shown, made };
  }
  const { asked, typed } = request;
  const standing = keeper?.standing;
  if (asked === true && standing !== undefined && !['waiting', 'approved'].includes(standing.state))
    return waitingAnswer(world, { change, standing, serves, typed });
  if (keeper !== undefined && keeper.closed.length > 0)
    return stopped(world, { request, change, keeper, seen, serves, shown, again });

  const quorum = keeper?.quorum;
  if (request.previewed !== textOf(previewing)) world.reporter.event(shown);
  else if (quorum === undefined) world.reporter.event(stillApproved(plan));
  await agreed(world, request.confirm(environment, `This changes ${environment.name}.`), serves);
  const sure: Request = { ...request, confirm: () => Promise.resolve() };

  // What was left unfinished is finished by whoever looks at it: a workflow only begins.
  const through = change.resumes === undefined ? viaOf(world, request, environment, keeper) : 'here';
  if (keeper !== undefined && quorum !== undefined && story !== undefined) {
    const asking = { change, quorum, seen, story, asking: keeper.judgement.rules.policy.asking };
    const waiting = await askForApproval(world, asking);
    const answered =
      request.gates.wait && waiting.state === 'waiting'
        ? await waitForApproval(world, { ...asking, standing: waiting })
        : waiting;
    if (answered.state !== 'approved')
      return waitingAnswer(world, { change, standing: answered, serves, typed });
    // Time has gone by: everything is looked at afresh, and must be what was approved.
    const expect = { hash: plan.hash, was: plan.subject };
    return again({ ...sure, asked: true, expect, previewed: textOf(previewing) });
  }
  if (keeper?.asksGitHub === true) {
    if (through === 'here') unchanged(reviewedByGitHub(environment, request.typed));
    await requireReviewers(world, environment).catch(unchanged);
  }
  if (through === 'workflow')
    return throughWorkflow(world, {
      ...{ change, seen, serves, wait: request.gates.wait },
      bound: keeper?.asksGitHub === true,
    });
  const answer = await (keeper === undefined
    ? carryOut(world, change, serves)
    : carryOutGated(world, { change, keeper, seen, serves, typed }));
  if (unsettled(lines) !== undefined) {
    const verb = change.resumes === undefined ? change.verb : 'resume';
    await closeLeft(world, lines, `hd ${verb}: ${answer.block.verdict.outcome}`);
  }
  return answer;
}

/** What a preview shows of the plan itself: gates and approvals become others while people are waited for. */
function textOf(previewing: PreviewInput): string {
  return canonical(preview(previewing));
}

/** Instead of a preview that would say once more what people have approved. */
function stillApproved({ hash }: Plan): Event {
  const text = `${hash.slice(0, 12)} is still the approved one`;
  return { type: 'preview', facts: [{ mark: 'ok', label: 'plan', text }] };
}

/**
 * Inside Actions it never dispatches itself. Neither does an emergency: the run would meet the gates that are skipped.
 * @throws UsageError for one that is to go through a workflow all the same
 */
function viaOf(
  world: World,
  request: AgreeRequest,
  environment: Environment,
  keeper: Gatekeeper | undefined,
): Environment['via'] {
  if (world.env['GITHUB_ACTIONS'] === 'true') return 'here';
  if (keeper === undefined || keeper.skipped.length === 0) return request.via ?? environment.via;
  if (request.via !== 'workflow') return 'here';
  throw new UsageError(
    '--break-glass does not go through a workflow, whose run would meet the gates',
    '--via here',
  );
}

/** In an emergency, what does it is the command that was tried, with all of its words. */
function emergencyOf({ gates, typed }: AgreeRequest): readonly string[] | undefined {
  return gates.breakGlass === undefined ? undefined : typed.filter((word) => !/^(-n|--dry-run)$/.test(word));
}

/** @throws HdError exit 8 if the plan is another one than was agreed to */
function requireExpected(
  { expect }: AgreeRequest,
  { environment, plan }: Change,
  seen: readonly SeenHost[],
): void {
  if (expect === undefined) return;
  if (plan.hash.startsWith(expect.hash)) {
    requireShown(expect.stages ?? plan.stages, plan);
    return;
  }
  const { hash, was, why } = expect;
  const then = was === undefined ? { hash } : { hash, subject: was };
  throw changedError({ environment, then, now: plan, seen, ...(why === undefined ? {} : { why }) });
}

/** @throws HdError exit 5 if what people read of the plan is not what it is */
function requireShown(shown: readonly Stage[], { stages, hash }: Plan): void {
  const told = (all: readonly Stage[]): string[] =>
    all.map(({ name, hosts, what, because }) => canonical({ name, hosts, what, because }));
  const [was, is] = [told(shown), told(stages)];
  const at = is.findIndex((each, index) => each !== was[index]);
  if (at < 0 && was.length === is.length) return;
  const name = stages[at]?.name ?? shown.at(-1)?.name ?? '';
  throw new HdError(
    'plan-altered',
    Exit.notVerified,
    `what the file says of ${name} is not what plan ${hash.slice(0, 12)} does: it was altered`,
    { outcome: 'altered', next: [{ remark: 'make it again', command: ['hd', 'plan', '--help'] }] },
  );
}

function reviewedByGitHub({ name }: Environment, typed: readonly string[]): HdError {
  return new HdError(
    'reviewed-by-github',
    Exit.refused,
    `deployments to ${name} are approved by GitHub's reviewers, who are asked when a run waits for them`,
    { next: [{ command: [...typed, '--via', 'workflow'] }] },
  );
}
