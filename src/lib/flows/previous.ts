import type { Plan } from '../domain/plan.ts';
import type { Release } from '../domain/release.ts';
import type { Serving } from '../domain/serving.ts';
import { confirmedReleases, newestLedger, sameRelease } from './history.ts';
import type { SeenHost } from './observe.ts';
import type { Told } from './told.ts';

/** What an undo of the change would go back to. */
export function previousOf(
  { plan, leaves }: { plan: Pick<Plan, 'release'>; leaves?: Release },
  seen: readonly SeenHost[],
  before: readonly Serving[],
): Pick<Told, 'previous'> {
  const lines = newestLedger(seen.map((each) => each.observed.ledger));
  const confirmed = confirmedReleases(lines).map((each) => each.release);
  const served = leaves ?? before.find((each) => each.release !== undefined)?.release;
  const other = confirmed.find((each) => served !== undefined && sameRelease(each, served));
  const previous =
    other === undefined || sameRelease(other, plan.release)
      ? confirmed.find((each) => !sameRelease(each, plan.release))
      : other;
  return previous === undefined ? {} : { previous };
}
