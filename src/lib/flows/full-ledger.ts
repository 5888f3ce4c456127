import type { LedgerLine } from '../domain/ledger.ts';
import type { SeenHost } from './observe.ts';

/**
 * The whole ledger of an environment: what was observed if that is all, else read from the host that has most.
 * @throws HdError exit 5 if none is whole
 */
export async function fullLedger(seen: readonly SeenHost[]): Promise<readonly LedgerLine[]> {
  const rank = ({ observed: { ledger } }: SeenHost): number =>
    ledger.broken === undefined ? ledger.count : -1;
  const longest = [...seen].sort((a, b) => rank(b) - rank(a))[0];
  if (longest === undefined) return [];
  if (longest.observed.ledger.broken !== undefined) throw longest.observed.ledger.broken;
  const { lines, count } = longest.observed.ledger;
  return lines.length >= count ? lines : longest.host.ledger();
}

/** @throws HdError exit 5 if a line of a host's ledger is no entry: what is written by half is shown, never skipped */
export function requireLedgers(seen: readonly SeenHost[]): void {
  for (const { observed } of seen) if (observed.ledger.broken !== undefined) throw observed.ledger.broken;
}
