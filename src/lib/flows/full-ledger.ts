import type { LedgerLine } from '../domain/ledger.ts';
import type { SeenHost } from './observe.ts';

/** The whole ledger of an environment: what was observed if that is all, else read from the host that has most. */
export async function fullLedger(seen: readonly SeenHost[]): Promise<readonly LedgerLine[]> {
  const longest = [...seen].sort((a, b) => b.observed.ledger.count - a.observed.ledger.count)[0];
  if (longest === undefined) return [];
  const { lines, count } = longest.observed.ledger;
  return lines.length >= count ? lines : longest.host.ledger();
}
