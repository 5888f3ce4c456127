import { requestIn } from '../../domain/dispatch.ts';
import type { Environment } from '../../domain/environment.ts';
import type { HdError } from '../../domain/errors.ts';
import { Exit, type ExitCode } from '../../domain/exit.ts';
import { releaseName, type Release } from '../../domain/release.ts';
import { servesText, servingOf } from '../../domain/serving.ts';
import type { Fact, Mark, Next, Verdict, VerdictRow } from '../../domain/verdict.ts';
import type { PendingDeployment, WorkflowRun } from '../../ports.ts';
import type { Answer } from '../answer.ts';
import { lastConfirmed, newestLedger, sameRelease } from '../history.ts';
import type { Sight } from '../observe.ts';
import type { Proof } from '../prove.ts';
import { releaseJson } from '../tell-json.ts';
import type { Ended } from './end.ts';
import { againCommand, type Errand } from './errand.ts';

/** Ends of a run that are no deployment's end: what the hosts serve is the same as for any other. */

/** `orin serves v1.3.2 on 1 of 1 host`, as it was just seen. */
function servesNow(environment: Environment, sight: Sight, services: readonly string[]): string {
  return servesText(
    environment.name,
    sight.seen.map((each) => servingOf(each.observed, services)),
    sight.unseen.map((each) => each.name),
  );
}

/** The run is over, and nothing of the plan was begun: why, in the words of whoever stopped it. */
export function notBegun(errand: Errand, ended: Ended, sight: Sight, services: readonly string[]): Answer {
  const { environment } = errand;
  const serves = servesNow(environment, sight, services);
  const how = endWord(ended);
  const same = isAsBefore(errand, sight, services);
  if (!same && !isAsRecorded(sight, services)) return notExplained(errand, how.facts, sight, services);
  return answerOf(errand, sight, services, {
    facts: how.facts,
    verdict: {
      ...{ mark: how.mark, outcome: how.outcome, exit: how.exit },
      headline: same ? `${serves}; nothing was changed` : serves,
      rows: [
        {
          label: 'next',
          commands: [{ remark: how.remark, command: againCommand(errand, ended.followed.run) }],
        },
      ],
    },
  });
}

/** Nothing of the plan is in the ledger, and a host is otherwise than it was, or was not seen. */
function notExplained(
  errand: Errand,
  facts: readonly Fact[],
  sight: Sight,
  services: readonly string[],
): Answer {
  const { name } = errand.environment;
  const [unseen] = sight.unseen;
  const text =
    unseen === undefined
      ? `no: ${name} serves what its ledger does not have as confirmed`
      : `not known: ${unseen.name} was not seen`;
  return answerOf(errand, sight, services, {
    facts,
    verdict: {
      mark: unseen === undefined ? 'fail' : 'warn',
      outcome: unseen === undefined ? 'not verified' : 'inconclusive',
      headline: servesNow(errand.environment, sight, services),
      exit: unseen === undefined ? Exit.notVerified : Exit.inconclusive,
      rows: [
        { label: 'safe', text },
        { label: 'next', commands: [{ command: ['hd', 'status', name] }] },
      ],
    },
  });
}

/** Somebody else has changed the hosts meanwhile, and the ledger says so. */
function isAsRecorded({ seen, unseen }: Sight, services: readonly string[]): boolean {
  const confirmed = lastConfirmed(newestLedger(seen.map((each) => each.observed.ledger)))?.release;
  const servings = seen.map((each) => servingOf(each.observed, services).release);
  return (
    unseen.length === 0 &&
    confirmed !== undefined &&
    servings.every((each) => each !== undefined && sameRelease(each, confirmed))
  );
}

interface EndWord {
  mark: Mark;
  outcome: string;
  exit: ExitCode;
  facts: readonly Fact[];
  remark: string;
}

function endWord({ followed, concluded, reviews, report }: Ended): EndWord {
  const rejected = reviews.find((each) => each.state === 'rejected');
  if (rejected !== undefined) {
    const { by, comment, environments } = rejected;
    const fact = { mark: 'fail' as const, label: environments.join(', '), text: `${by}: "${comment}"` };
    const remark = `once settled with ${by}`;
    return { mark: 'fail', outcome: 'rejected', exit: Exit.waiting, facts: [fact], remark };
  }
  const { conclusion = 'failure' } = followed.run;
  if (conclusion === 'cancelled') {
    const facts = [{ label: 'failed', text: 'the run was cancelled on GitHub' }];
    return { mark: 'warn', outcome: 'cancelled', exit: Exit.interrupted, facts, remark: 'to start it again' };
  }
  const said = report?.error;
  if (said !== undefined && BEFORE_EFFECT.has(said.exit)) {
    const facts = [{ label: 'failed', text: 'says the hd of the run:', foreign: [said.message] }];
    return {
      mark: 'fail',
      outcome: OUTCOMES[said.exit] ?? 'not deployed',
      exit: said.exit,
      facts,
      remark: 'once that is settled',
    };
  }
  const lines = concluded.ok || concluded.lines.length === 0 ? {} : { foreign: concluded.lines };
  const facts = [{ label: 'failed', text: concluded.text, ...lines }];
  return {
    mark: 'fail',
    outcome: 'not deployed',
    exit: Exit.notVerified,
    facts,
    remark: 'once that is mended',
  };
}

/** What an exit code of before the first effect is called; any other one speaks of a deployment, which the ledger would have. */
const OUTCOMES: Partial<Record<ExitCode, string>> = {
  2: 'usage',
  3: 'refused',
  4: 'not allowed',
  5: 'not verified',
  8: 'changed',
  10: 'waiting',
  11: 'unreachable',
};
const BEFORE_EFFECT: ReadonlySet<ExitCode> = new Set([2, 3, 4, 5, 8, 10, 11]);

/** A green run, and the hosts are otherwise: a wrong answer is exit 5, no answer exit 9. */
export function notThere(
  errand: Errand,
  sight: Sight,
  services: readonly string[],
  proved: { release?: Release; proof?: Proof | undefined } = {},
): Answer {
  const { environment } = errand;
  const { release = errand.release, proof } = proved;
  const name = release === undefined ? `plan ${errand.plan.slice(0, 12)}` : releaseName(release);
  const servings = sight.seen.map((each) => servingOf(each.observed, services));
  const other =
    release !== undefined &&
    servings.some((each) => each.release === undefined || !sameRelease(each.release, release));
  const bad = proof?.findings.find((each) => each.state === 'failed');
  const silent = proof?.findings.find((each) => each.state === 'unknown');
  const wrong = other || bad !== undefined || release === undefined;
  const [unseen] = sight.unseen;
  const failed = wrong
    ? bad !== undefined && !other
      ? `the run was green, and ${name} is not proved: ${bad.host}: ${bad.check}: ${bad.text}`
      : `the run was green, and did not put ${name} on ${environment.name}`
    : `the run was green, and ${name} can't be proved: ${unseen?.error.message ?? silent?.text ?? 'no check could be asked'}`;
  return answerOf(errand, sight, services, {
    facts: [{ label: 'failed', text: failed }],
    verdict: {
      mark: wrong ? 'fail' : 'warn',
      outcome: wrong ? 'not verified' : 'inconclusive',
      headline: servesNow(environment, sight, services),
      exit: wrong ? Exit.notVerified : Exit.inconclusive,
      rows: [safeRow(sight, proof), { label: 'next', commands: lookNext(errand) }],
    },
  });
}

function safeRow({ unseen: [unseen] }: Sight, proof: Proof | undefined): VerdictRow {
  const label = 'safe';
  if (unseen !== undefined) return { label, text: `not known: ${unseen.name} was not seen` };
  if (proof === undefined) return { label, text: 'not known: what serves was not verified' };
  const passed = `${proof.passed} of ${proof.of} checks`;
  if (proof.whole) return { label, text: `yes: ${passed} passed, of what was confirmed before` };
  const bad = proof.findings.find((each) => each.state === 'failed');
  return bad === undefined
    ? { label, text: `not known: ${passed} passed` }
    : { label, text: `no: ${bad.host}: ${bad.check}: ${bad.text}` };
}

function lookNext(errand: Errand): readonly Next[] {
  const { name } = errand.environment;
  return [
    { remark: 'look at the hosts', command: ['hd', 'status', name] },
    { remark: 'once the workflow does what it says', command: againCommand(errand) },
  ];
}

/** Nobody follows the run any more, and it goes on: Ctrl-C, its limit, or GitHub's silence. */
export function stillRuns(
  errand: Errand,
  run: WorkflowRun | undefined,
  sight: Sight,
  services: readonly string[],
  why: { stopped: true } | { error: HdError },
): Answer {
  const { environment } = errand;
  const stopped = 'stopped' in why;
  const failed = stopped ? [] : [{ label: 'failed', text: why.error.message }, ...why.error.facts];
  const again = { remark: 'follow it again', command: followCommand(environment, run) };
  const next = stopped || why.error.next.length === 0 ? [again] : why.error.next;
  const link = run === undefined || failed.some(({ text }) => text.includes(run.url)) ? [] : [runFact(run)];
  return answerOf(
    errand,
    sight,
    services,
    {
      facts: [...failed, ...link],
      verdict: {
        mark: 'warn',
        outcome: stopped ? 'interrupted' : 'inconclusive',
        headline: `${servesNow(environment, sight, services)}; ${run === undefined ? 'a run may be under way' : 'the run goes on'}`,
        exit: stopped ? Exit.interrupted : Exit.inconclusive,
        rows: [
          { label: 'safe', text: 'not known: the run is not over' },
          {
            label: 'next',
            commands: next,
          },
        ],
      },
    },
    run,
  );
}

/** `--no-wait`, and the run waits for people. */
export function waitsForReview(
  errand: Errand,
  run: WorkflowRun,
  pending: readonly PendingDeployment[],
  sight: Sight,
  services: readonly string[],
): Answer {
  const { name } = errand.environment;
  const facts = pending.map(({ environment, reviewers, waitsUntil }): Fact => {
    const timer = waitsUntil === undefined ? '' : `, not before ${new Date(waitsUntil).toISOString()}`;
    return {
      mark: 'idle',
      label: environment,
      text:
        reviewers.length === 0 ? `waits for its timer${timer}` : `asked of ${reviewers.join(', ')}${timer}`,
      more: [...(reviewers.length === 0 ? [] : [`opens with: hd approve ${name} --comment WHY`]), run.url],
    };
  });
  return answerOf(
    errand,
    sight,
    services,
    {
      facts,
      verdict: {
        mark: 'warn',
        outcome: 'waiting',
        headline: `${servesNow(errand.environment, sight, services)}; nothing was changed`,
        exit: Exit.waiting,
        rows: [
          {
            label: 'next',
            commands: [{ remark: 'once it is approved', command: followCommand(errand.environment, run) }],
          },
        ],
      },
    },
    run,
  );
}

/** `hd resume` finds a run by the request in its title. */
function followCommand({ name }: Environment, run: WorkflowRun | undefined): string[] {
  return run === undefined || requestIn(run.title, name) !== undefined
    ? ['hd', 'resume', name]
    : ['gh', 'run', 'watch', String(run.id)];
}

function runFact({ number, workflow, url }: WorkflowRun): Fact {
  return { label: 'run', text: `${workflow} #${number}`, more: [url] };
}

/** Every host was seen to serve what it served before. */
function isAsBefore({ before }: Errand, sight: Sight, services: readonly string[]): boolean {
  return (
    sight.unseen.length === 0 &&
    sight.seen.every(({ observed }) => {
      const was = before.find((each) => each.host === observed.host);
      const now = servingOf(observed, services);
      if (was?.release === undefined || now.release === undefined)
        return was?.release === now.release && was?.unknown === now.unknown;
      return sameRelease(was.release, now.release);
    })
  );
}

function answerOf(
  { environment, plan, release }: Errand,
  sight: Sight,
  services: readonly string[],
  block: { facts: readonly Fact[]; verdict: Verdict },
  run?: WorkflowRun,
): Answer {
  const servings = sight.seen.map((each) => servingOf(each.observed, services));
  const { exit, outcome } = block.verdict;
  return {
    exit,
    block,
    json: {
      ...{ outcome: outcome.replaceAll(' ', '-'), environment: environment.name, plan },
      ...(release === undefined ? {} : { release: releaseJson(release) }),
      serves: [
        ...servings.map((each) => ({ host: each.host, version: each.release?.version ?? null })),
        ...sight.unseen.map(({ name }) => ({ host: name, version: null })),
      ],
      ...(run === undefined ? {} : { run: { id: run.id, number: run.number, url: run.url } }),
    },
  };
}
