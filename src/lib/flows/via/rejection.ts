import { HdError } from '../../domain/errors.ts';
import type { LedgerLine } from '../../domain/ledger.ts';
import { releaseName } from '../../domain/release.ts';
import { recorded } from '../approval/recorded.ts';
import { recordEntries, type Note } from '../note-entry.ts';
import type { Sight } from '../observe.ts';
import type { World } from '../world.ts';
import type { Ended } from './ended.ts';
import type { Errand } from './errand.ts';

/** How a reviewer of GitHub's environment is called where roles have their names. */
const REVIEWER = 'reviewer';

/**
 * What a reviewer on GitHub rejected goes into the ledger: GitHub keeps a run, and who said what to it, for a time only.
 * That it can't be written changes no outcome.
 */
export async function recordRejection(
  world: World,
  errand: Errand,
  ended: Pick<Ended, 'followed' | 'reviews'>,
  { seen }: Pick<Sight, 'seen'>,
): Promise<void> {
  const now = world.clock.now();
  const began = seen.filter((each) => each.observed.ledger.count > 0);
  if (began.length === 0 || rejectionOf(errand, ended, now, []).length === 0) return;
  try {
    const notes = (lines: readonly LedgerLine[]): Note[] => rejectionOf(errand, ended, now, lines);
    await recordEntries(world, errand.environment, began, notes, 'record a rejection');
  } catch (error) {
    if (!(error instanceof HdError)) throw error;
    const text = `the rejection is not in the ledger: ${error.message}`;
    world.reporter.event({ type: 'note', mark: 'warn', text });
  }
}

/**
 * The entry of a rejection that the ledger does not have; none if nobody rejected the run.
 * @param at when it was seen, in epoch milliseconds: GitHub does not say when it was written
 */
export function rejectionOf(
  { verb, plan, release }: Pick<Errand, 'verb' | 'plan' | 'release'>,
  { followed, reviews }: Pick<Ended, 'followed' | 'reviews'>,
  at: number,
  lines: readonly LedgerLine[],
): Note[] {
  const rejected = reviews.find((each) => each.state === 'rejected');
  const { url } = followed.run;
  const entries = lines.map(({ entry }) => entry);
  // Everybody who follows the run comes here.
  if (rejected === undefined || entries.some((each) => each.kind === 'refused' && each.approval?.url === url))
    return [];
  const { by, comment } = rejected;
  const whole = entries.findLast((each) => each.plan?.startsWith(plan))?.plan ?? plan;
  const what = release === undefined ? `plan ${plan.slice(0, 12)}` : releaseName(release);
  const vote = { by, comment, at, url, role: REVIEWER, meaning: 'approval', decision: 'reject' as const };
  return [
    {
      ...{ kind: 'refused', verb, hosts: [], plan: whole, approval: recorded(vote) },
      ...(release === undefined ? {} : { release }),
      reason: `${by} (${REVIEWER}) rejected ${what}`,
    },
  ];
}
