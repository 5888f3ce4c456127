import { HdError, InterruptedError, LostError } from '../domain/errors.ts';
import { count, foldHosts, withoutHost } from '../domain/names.ts';
import type { Stage, Step } from '../domain/plan.ts';
import { DEPLOYMENT_MARK } from '../domain/plan.ts';
import { act } from './act.ts';
import type { Execution } from './execution.ts';
import { StageTime } from './stage-time.ts';

/** Why a stage ended; the hosts that are not named did their part. */
export interface StageFailure {
  stage: Stage;
  /** By host. */
  errors: ReadonlyMap<string, HdError>;
}

/**
 * Does what the stages say, one stage after the other, all hosts of a stage in parallel: the only loop over steps. It
 * decides nothing. A host that fails ends the execution after its stage, when all hosts are at a safe point.
 * @returns the failure, or undefined if all was done
 */
export async function execute(
  stages: readonly Stage[],
  execution: Execution,
): Promise<StageFailure | undefined> {
  for (const stage of stages) {
    const start = execution.clock.now();
    const say = (mark: 'busy' | 'ok' | 'fail' | 'idle', text: string, ms?: number): void => {
      if (execution.within !== undefined) return;
      execution.reporter.event({
        type: 'stage',
        name: stage.name,
        mark,
        text,
        ...(ms === undefined ? {} : { ms }),
      });
    };
    say('busy', stage.what);
    const errors = new Map<string, HdError>();
    await Promise.all(
      stage.hosts.map(async (host) => {
        const error = await runHost(stage, host, execution);
        if (error !== undefined) errors.set(host, error);
      }),
    );
    const ms = execution.clock.now() - start;
    if (errors.size > 0) {
      const failed = [...errors].flatMap(([host, error]) => (isStop(error) ? [] : [host]));
      if (failed.length > 0) say('fail', `failed at ${foldHosts(failed)}`, ms);
      else say('idle', `stopped at ${foldHosts([...errors.keys()])}`, ms);
      return { stage, errors };
    }
    if (execution.within === undefined) execution.took?.(stage.name, ms);
    say('ok', count(stage.hosts.length, 'host'), ms);
  }
  return undefined;
}

async function runHost(stage: Stage, name: string, execution: Execution): Promise<HdError | undefined> {
  const { clock, reporter, signal } = execution;
  const host = execution.hosts.get(name);
  if (host === undefined) throw new TypeError(`no host ${name} in this execution`);
  const start = clock.now();
  const item = (
    mark: 'busy' | 'ok' | 'fail' | 'warn' | 'idle',
    text: string,
    foreign?: readonly string[],
  ): void =>
    reporter.event({
      type: 'item',
      stage: execution.within ?? stage.name,
      name,
      mark,
      serves: execution.serves(name),
      text,
      ...(mark === 'busy' ? {} : { ms: clock.now() - start }),
      ...(foreign === undefined ? {} : { foreign }),
    });
  const time = new StageTime(stage, name, execution.stageMs, clock);
  try {
    // A stop between two stages, or before a host's switch, leaves that host as it was.
    heed(signal);
    if (stage.name === 'switch') execution.begun.add(name);
    for (const step of stage.steps.filter((each) => each.host === name)) {
      if (stage.name !== 'switch') heed(signal);
      item('busy', describe(step, execution.deployment));
      await act(step, host, { stage, time, execution, say: (text) => item('busy', text) });
    }
    if (stage.name === 'switch') execution.switched(name);
    // Going back is done when its checks have passed, and they say so.
    item(execution.within === undefined ? 'ok' : 'busy', OUTCOME[stage.name]);
    return undefined;
  } catch (error) {
    if (!(error instanceof HdError)) throw error;
    item(
      isStop(error) ? 'idle' : error instanceof LostError ? 'warn' : 'fail',
      withoutHost(name, error.message),
      error.facts.flatMap((fact) => fact.foreign ?? []),
    );
    return error;
  }
}

function heed(signal: AbortSignal): void {
  if (signal.aborted) throw new InterruptedError('stopped before this step');
}

/** The operator's wish, not the host's fault. */
function isStop(error: HdError): boolean {
  return error instanceof InterruptedError;
}

const OUTCOME = {
  ship: 'files are there',
  pull: 'images are there',
  switch: 'settled',
  verify: 'checked',
} as const;

function describe(step: Step, deployment: string): string {
  const { action } = step;
  switch (action.kind) {
    case 'run':
      return `${action.argv.slice(0, 2).join(' ')}: ${step.cause}`;
    case 'ship':
      return `${action.files.length + action.generated.length} files`;
    case 'settle':
      return 'waiting for every service';
    case 'point':
      return `current points to ${action.target.replaceAll(DEPLOYMENT_MARK, deployment)}`;
  }
}
