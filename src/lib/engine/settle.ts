import { count } from '../domain/names.ts';
import { isDone } from '../domain/container.ts';
import type { ObservedContainer } from '../domain/observed.ts';

export type Settled =
  | { state: 'waiting'; text: string }
  | { state: 'steady' }
  | { state: 'failed'; text: string; service: string; container?: ObservedContainer };

/**
 * Whether a project's containers run, are healthy where they can say so, and have been steady for long enough (D7).
 * `docker compose up --wait` can't be asked: it calls a container that crashes healthy if it has no healthcheck.
 * @param baseline restarts by container id, as they were before the switch; a container that is new has none
 * @param now the host's clock, epoch milliseconds
 */
export function settled(
  containers: readonly ObservedContainer[],
  services: readonly string[],
  baseline: ReadonlyMap<string, number>,
  settleMs: number,
  now: number,
): Settled {
  let waiting: string | undefined;
  for (const service of services) {
    const own = containers.filter((each) => each.service === service);
    if (own.length === 0) waiting ??= `${service} is not there yet`;
    for (const container of own) {
      const bad = failure(container, baseline.get(container.id) ?? 0);
      if (bad !== undefined) return { state: 'failed', text: `${service} ${bad}`, service, container };
      const reason = unsteady(container, settleMs, now);
      if (reason !== undefined) waiting ??= `${service} ${reason}`;
    }
  }
  return waiting === undefined ? { state: 'steady' } : { state: 'waiting', text: waiting };
}

function failure(container: ObservedContainer, restartsBefore: number): string | undefined {
  const { state, exitCode, restarts, health } = container;
  if (restarts > restartsBefore)
    return `restarted ${count(restarts - restartsBefore, 'time')}, exit ${exitCode}`;
  if (state === 'restarting') return `crashed, exit ${exitCode}`;
  if (state === 'dead') return 'is dead';
  if (state === 'exited' && !isDone(container)) return `exited with ${exitCode}`;
  if (health === 'unhealthy') return 'is unhealthy';
  return undefined;
}

function unsteady(container: ObservedContainer, settleMs: number, now: number): string | undefined {
  if (container.state === 'exited') return undefined;
  if (container.state !== 'running') return `is ${container.state}`;
  if (container.health === 'starting') return 'is not healthy yet';
  if (now - container.startedAt < settleMs) return `runs, steady for ${settleMs / 1000}s is wanted`;
  return undefined;
}
