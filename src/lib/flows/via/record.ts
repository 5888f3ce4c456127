import type { LedgerEntry, LedgerLine } from '../../domain/ledger.ts';
import { newestLedger } from '../history.ts';
import type { SeenHost, Sight } from '../observe.ts';
import type { Errand } from './errand.ts';

/** A runner's clock and GitHub's may differ by that much. */
const SKEW_MS = 120_000;

/** What the hosts' ledger says of the deployment that a run made. */
export interface Recorded {
  started: LedgerEntry;
  /** Absent if it has no end. */
  finished?: LedgerEntry;
}

/**
 * The deployment of the errand's plan that was begun since the hosts were last seen; of any plan, if the job makes its own.
 * The ledger is the hosts' word: a run's conclusion, and its report, are only claims beside it.
 */
export function recordedBy(
  { plan, bound, seen, since }: Pick<Errand, 'plan' | 'bound' | 'seen' | 'since'>,
  after: Pick<Sight, 'seen'>,
): Recorded | undefined {
  const all = newestLedger(after.seen.map((each) => each.observed.ledger));
  const lines =
    since === undefined
      ? behind(headOf(seen), all)
      : all.filter(({ entry }) => Date.parse(entry.at) >= since - SKEW_MS);
  const at = lines.findLastIndex(
    ({ entry }) => entry.kind === 'started' && (!bound || entry.plan?.startsWith(plan) === true),
  );
  const started = lines[at]?.entry;
  if (started === undefined) return undefined;
  const finished = lines
    .slice(at)
    .find(({ entry }) => entry.kind === 'finished' && entry.deployment === started.deployment)?.entry;
  return { started, ...(finished === undefined ? {} : { finished }) };
}

function headOf(seen: readonly SeenHost[]): string | undefined {
  return newestLedger(seen.map((each) => each.observed.ledger)).at(-1)?.hash;
}

/** A head that is not among them is older than all of them. */
function behind(head: string | undefined, lines: readonly LedgerLine[]): readonly LedgerLine[] {
  return lines.slice(lines.findIndex(({ hash }) => hash === head) + 1);
}
