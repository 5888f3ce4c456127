import { Exit, type ExitCode } from '../domain/exit.ts';
import { releaseName } from '../domain/release.ts';
import type { Next } from '../domain/verdict.ts';
import type { Answer } from './answer.ts';
import type { Change } from './change.ts';
import { expectedMs, type Expected } from './expected.ts';
import type { Gatekeeper } from './gates/gatekeeper.ts';
import { closedCount, gateJson } from './gates/refused.ts';
import { releaseJson } from './tell-json.ts';

export interface PlannedOptions {
  serves: string;
  keeper: Gatekeeper | undefined;
  expected: Expected;
  /** The command that does it, if it is not the verb's own. */
  doIt: readonly string[] | undefined;
}

/** The end of a dry run: the plan is the result, and the gates' exit code is its own (screens.md, 16). */
export function plannedAnswer(change: Change, { serves, keeper, expected, doIt }: PlannedOptions): Answer {
  const { environment, plan } = change;
  const { tag } = plan.release;
  const closed =
    keeper === undefined || keeper.closed.length === 0 ? undefined : closedCount(keeper.judgement);
  const exit = closed === undefined ? Exit.done : refusalOf(keeper);
  const explain = ['hd', 'explain', environment.name, ...(tag === undefined ? [] : ['--tag', tag])];
  const commands = closed === undefined ? ways(change, doIt) : [{ command: explain }];
  return {
    exit,
    block: {
      facts: [],
      verdict: {
        mark: closed === undefined ? 'ok' : 'fail',
        outcome: 'planned',
        headline: `${serves}; ${closed ?? 'nothing was changed'}`,
        exit,
        rows: [{ label: 'next', commands }],
      },
    },
    json: {
      outcome: 'planned',
      environment: environment.name,
      plan: plan.hash,
      release: releaseJson(plan.release),
      hosts: plan.hosts,
      stages: plan.stages,
      expectedMs: expectedMs(expected, plan),
      ...(keeper === undefined ? {} : { gates: keeper.judgement.verdicts.map(gateJson) }),
    },
  };
}

/** As the change itself would be refused: what could not be judged is out of reach. */
function refusalOf(keeper: Gatekeeper | undefined): ExitCode {
  const known = keeper?.closed.some((each) => each.state !== 'unknown') === true;
  return known ? Exit.refused : Exit.unreachable;
}

/** To do it, and to keep it for those who judge it. */
function ways({ environment, plan, verb, resumes }: Change, doIt: readonly string[] | undefined): Next[] {
  const remark = 'do it';
  if (resumes !== undefined) return [{ remark, command: ['hd', 'resume', environment.name] }];
  if (doIt !== undefined) return [{ remark, command: doIt }];
  const { tag, commit } = plan.release;
  const which = tag === undefined ? ['--commit', commit] : ['--tag', tag];
  const how = verb === 'rollback' ? ['--to', releaseName(plan.release)] : which;
  const words = [verb, environment.name, ...how];
  return [
    { remark, command: ['hd', ...words] },
    { remark: 'keep it', command: ['hd', 'plan', ...words, '-o', 'plan.json'] },
  ];
}
