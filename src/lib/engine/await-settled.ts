import { HdError } from '../domain/errors.ts';
import { Exit } from '../domain/exit.ts';
import type { Action } from '../domain/plan.ts';
import type { Host } from '../ports.ts';
import type { Part } from './execution.ts';
import { settled } from './settle.ts';

/** How often a host looks again by itself while a container starts: about a second. */
const LOOK_AGAIN = 15;
/** Between two looks at containers that settle: often at first, since most are quick. */
const POLL_MS = { first: 50, later: 200, after: 2000 } as const;

/**
 * Looks at a project's containers until they have settled.
 * @throws HdError with the last lines of the container that failed, or that is not there in time
 */
export async function awaitSettled(
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
