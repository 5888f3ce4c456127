import { requestIn } from '../../../domain/dispatch.ts';
import type { Environment } from '../../../domain/environment.ts';
import type { HdError } from '../../../domain/errors.ts';
import { Exit } from '../../../domain/exit.ts';
import type { Fact } from '../../../domain/verdict.ts';
import type { PendingDeployment, WorkflowRun } from '../../../ports.ts';
import type { Answer } from '../../answer.ts';
import type { Sight } from '../../observe.ts';
import type { Errand } from '../errand.ts';
import { answerOf, servesNow } from './answer.ts';

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
