import { limitText, STAGE_FLAG } from '../../domain/limits.ts';
import type { CommitCheck } from '../../ports.ts';
import type { ReleaseFacts } from '../../gates/release/index.ts';
import { orStop } from '../follow/stop.ts';
import type { ReleaseRequest, ReleaseWorld } from './world.ts';

const EVERY_MS = 5_000;

/**
 * The checks once none runs any more, one is red, or the time is over; what is awaited is shown. A dry run does
 * not wait.
 */
export async function settledChecks(
  request: Pick<ReleaseRequest, 'timeoutMs' | 'dryRun'>,
  world: ReleaseWorld,
  read: () => Promise<readonly CommitCheck[]>,
): Promise<Pick<ReleaseFacts, 'checks' | 'waitedMs'>> {
  const { clock, reporter, signal } = world;
  const since = clock.now();
  let checks = await orStop(signal, read());
  if (!unsettled(checks) || request.dryRun) return { checks };

  reporter.event({ type: 'stages', stages: [{ name: 'checks', text: 'of the commit' }] });
  while (unsettled(checks) && clock.now() - since < request.timeoutMs) {
    const running = checks.filter((check) => check.state === 'running');
    const limit = limitText(request.timeoutMs, STAGE_FLAG);
    const text = `${checks.length - running.length} of ${checks.length} done, awaited for up to ${limit}: ${running[0]?.name ?? ''}`;
    reporter.event({ type: 'stage', name: 'checks', mark: 'busy', text });
    await clock.sleep(EVERY_MS, signal);
    checks = await orStop(signal, read());
  }
  const waitedMs = clock.now() - since;
  const green = checks.filter((check) => check.state === 'passed').length;
  reporter.event({
    type: 'stage',
    name: 'checks',
    mark: green === checks.length ? 'ok' : 'fail',
    text: `${green} of ${checks.length} green`,
    ms: waitedMs,
  });
  return { checks, waitedMs };
}

/** One red check decides: the others need not be awaited. */
function unsettled(checks: readonly CommitCheck[]): boolean {
  return (
    checks.some((check) => check.state === 'running') && checks.every((check) => check.state !== 'failed')
  );
}
