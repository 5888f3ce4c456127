import { InterruptedError } from '../../domain/errors.ts';
import { duration } from '../../domain/values.ts';
import type { World } from '../world.ts';
import type { Judgement } from './judge.ts';
import { slotText } from './refused.ts';
import { stops } from './rows.ts';

const ROW = 'wait';
/** How often the row is brought up to date, and a clock that was changed is noticed. */
const STEP_MS = 30_000;

/**
 * Waits until the moment that time opens the gates; nothing is locked meanwhile.
 * @param at epoch milliseconds
 * @throws InterruptedError if the operator stops
 */
export async function waitForSlot(
  world: World,
  { verdicts }: Judgement,
  at: number,
  serves: string,
): Promise<void> {
  const { reporter, clock, signal, zone } = world;
  const gates = verdicts
    .filter(stops)
    .map((each) => each.gate)
    .join(', ');
  const text = (): string =>
    `for ${gates}, until ${slotText(at, zone)}, in ${duration(Math.max(0, at - clock.now()))}`;
  reporter.event({ type: 'stages', stages: [{ name: ROW, text: text() }] });
  reporter.event({ type: 'footer', text: `${serves}; nothing is changed, nothing is locked` });
  for (let left = at - clock.now(); left > 0; left = at - clock.now()) {
    reporter.event({ type: 'stage', name: ROW, mark: 'busy', text: text() });
    await clock.sleep(Math.min(left, STEP_MS), signal);
    if (signal.aborted)
      throw new InterruptedError('stopped while waiting for the gates', {
        headline: `${serves}; nothing was changed`,
      });
  }
  reporter.event({ type: 'stage', name: ROW, mark: 'ok', text: `until ${slotText(at, zone)}`, ms: 0 });
}
