import { HdError, InterruptedError, LostError } from '../domain/errors.ts';
import { Exit } from '../domain/exit.ts';
import { count, foldHosts, withoutHost } from '../domain/names.ts';
import type { ObservedHost } from '../domain/observed.ts';
import type { Action, Stage, StageName, Step } from '../domain/plan.ts';
import { DEPLOYMENT_MARK } from '../domain/plan.ts';
import type { Clock, Host, Intent, Reporter } from '../ports.ts';
import { PullProgress } from './pull-progress.ts';
import { settled } from './settle.ts';
import { StageTime } from './stage-time.ts';

/** How often a host looks again by itself while a container starts: about a second. */
const LOOK_AGAIN = 15;
/** Of timeout(1), and of what it had to kill because it did not end by itself. */
const OUT_OF_TIME = 124;
const KILLED = 137;
/** Between two looks at containers that settle: often at first, since most are quick. */
const POLL_MS = { first: 50, later: 200, after: 2000 } as const;

export interface Execution {
  clock: Clock;
  reporter: Reporter;
  signal: AbortSignal;
  /** By name. */
  hosts: ReadonlyMap<string, Host>;
  /** As they were when the plan was made. */
  observed: ReadonlyMap<string, ObservedHost>;
  fence(host: string): number;
  /** Replaces `{deployment}` in a plan's steps. */
  deployment: string;
  blobs: ReadonlyMap<string, Uint8Array>;
  /** Compressed sizes of the layers that may be pulled, by their short names. */
  layers: ReadonlyMap<string, number>;
  serves(host: string): string;
  /** A host's containers are being replaced, until what is given back is called; what it serves is not known then. */
  replacing(host: string): () => void;
  /** A host has settled on what the plan puts there. */
  switched(host: string): void;
  /** How long a stage took that ended well, in milliseconds. */
  took?: (stage: StageName, ms: number) => void;
  /** Going back is one stage to a person: everything is told as a part of it. */
  within?: string;
  /** Hosts whose switch was begun; filled while executing. */
  begun: Set<string>;
  /** For each stage on each host (`--timeout`), in milliseconds; without it the limits are those of the plan. */
  stageMs?: number | undefined;
}

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

/** What a step is a part of. */
interface Part {
  stage: Stage;
  time: StageTime;
  execution: Execution;
  say: (text: string) => void;
}

async function act({ action, cause }: Step, host: Host, part: Part): Promise<void> {
  const { stage, time, execution, say } = part;
  const named = (text: string): string => text.replaceAll(DEPLOYMENT_MARK, execution.deployment);
  const fence = execution.fence(host.name);
  const intent: Intent = { deployment: execution.deployment, stage: stage.name, cause };
  switch (action.kind) {
    case 'run': {
      const id = `${execution.deployment}/${stage.name}-${execution.clock.now()}`;
      const argv = action.argv.map(named);
      // Before the switch, stopping is safe at any time: the step ends by itself, and nothing serves from it.
      const watch = stage.name === 'switch' ? {} : { signal: execution.signal };
      const progress = new PullProgress(execution.layers);
      const onOutput = (text: string): void => {
        const there = stage.name === 'pull' ? progress.read(text) : undefined;
        if (there !== undefined) say(there);
      };
      const alone = stage.name === 'switch';
      const allowed = time.allow(action.timeoutMs);
      const step = { id, argv, timeoutMs: allowed.ms, alone, intent, onOutput, ...watch };
      const replaced = stage.name === 'switch' ? execution.replacing(host.name) : undefined;
      const begun = execution.clock.now();
      const result = await host.effect(step, fence).finally(replaced);
      if (result.status === 0) return;
      const foreign = result.stdout.trim().split('\n').slice(-8);
      const facts = [{ label: 'seen', text: `on ${host.name}:`, foreign }];
      const killed = result.status === KILLED && execution.clock.now() - begun >= allowed.ms;
      const late = result.status === OUT_OF_TIME || killed;
      if (late && allowed.byStage) throw time.over(facts);
      const why = late ? `ran out of time after ${allowed.text}` : `exit ${result.status}`;
      throw commandFailed(host.name, argv, why, result.stdout, facts);
    }
    case 'ship': {
      const files = [
        ...action.files.map((file) => ({
          path: file.path,
          content: blob(execution, file.sha256),
          executable: file.executable,
        })),
        ...action.generated.map((file) => ({
          path: file.path,
          content: Buffer.from(named(file.content)),
          executable: false,
        })),
      ];
      await host.ship(named(action.directory), files, fence, intent, time.left());
      return;
    }
    case 'point':
      time.left();
      await host.point(action.link, named(action.target), fence, intent);
      return;
    case 'settle':
      await settle(action, host, part);
  }
}

function blob(execution: Execution, hash: string): Uint8Array {
  const content = execution.blobs.get(hash);
  if (content === undefined) throw new TypeError(`no content for ${hash}`);
  return content;
}

function commandFailed(
  host: string,
  argv: readonly string[],
  why: string,
  output: string,
  facts: HdError['facts'],
): HdError {
  const verb = argv.slice(0, 2).join(' ');
  const full = /no space left on device/i.test(output);
  return new HdError(
    full ? 'disk-full' : 'step-failed',
    Exit.needsPerson,
    `${verb} on ${host}: ${full ? 'no space left' : why}`,
    { facts },
  );
}

async function settle(
  action: Action & { kind: 'settle' },
  host: Host,
  { time, execution, say }: Part,
): Promise<void> {
  const { clock } = execution;
  const allowed = time.allow(action.timeoutMs);
  const observed = execution.observed.get(host.name);
  const baseline = new Map(observed?.containers.map((each) => [each.id, each.restarts]));
  const start = clock.now();
  const until = start + allowed.ms;
  for (;;) {
    const containers = await host.containers(LOOK_AGAIN);
    const now = clock.now() + (observed?.skewMs ?? 0);
    const state = settled(containers, action.services, baseline, action.settleMs, now);
    if (state.state === 'steady') return;
    const late = clock.now() >= until;
    if (state.state === 'failed' || late) {
      const container =
        state.state === 'failed' ? state.container : containers.find((each) => each.health === 'starting');
      const lines =
        container === undefined
          ? []
          : await host.logs(container.id, container.startedAt - 60_000).catch(() => []);
      const facts =
        container === undefined
          ? []
          : [{ label: 'seen', text: `${container.service} on ${host.name}:`, foreign: lines.slice(-8) }];
      if (state.state !== 'failed' && allowed.byStage)
        throw time.over([{ label: 'why', text: state.text }, ...facts]);
      const after = late ? `, after ${allowed.text}` : '';
      throw new HdError('not-settled', Exit.needsPerson, `${state.text}${after}`, { facts });
    }
    say(state.text);
    await clock.sleep(clock.now() - start < POLL_MS.after ? POLL_MS.first : POLL_MS.later);
  }
}
