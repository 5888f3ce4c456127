import { HdError } from '../domain/errors.ts';
import { Exit } from '../domain/exit.ts';
import type { Step } from '../domain/plan.ts';
import { DEPLOYMENT_MARK } from '../domain/plan.ts';
import type { Host, Intent } from '../ports.ts';
import { awaitSettled } from './await-settled.ts';
import type { Execution, Part } from './execution.ts';
import { PullProgress } from './pull-progress.ts';

/** Of timeout(1), and of what it had to kill because it did not end by itself. */
const OUT_OF_TIME = 124;
const KILLED = 137;

/**
 * Does one step on its host.
 * @throws HdError if it came to something else than it is for; LostError if that is not known
 */
export async function act({ action, cause }: Step, host: Host, part: Part): Promise<void> {
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
      await awaitSettled(action, host, part);
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
