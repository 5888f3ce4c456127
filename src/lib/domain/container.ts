import type { ObservedContainer } from './observed.ts';

/**
 * Whether a container has done what it was for: a one-shot service (a migration, say) that ended with 0. One that is
 * to be kept running has a restart policy, and has not.
 */
export function isDone(container: ObservedContainer): boolean {
  const keeps = !['', 'no', 'on-failure'].includes(container.restartPolicy);
  return container.state === 'exited' && container.exitCode === 0 && !keeps;
}
