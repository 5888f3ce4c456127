import type { LedgerLine } from '../domain/ledger.ts';
import { rankOf } from './history.ts';
import type { SeenHost } from './observe.ts';

/**
 * The whole ledger of an environment: what was observed if that is all, else read from the host that has most; of one
 * that is broken, the last lines that can be read.
 */
export async function fullLedger(seen: readonly SeenHost[]): Promise<readonly LedgerLine[]> {
  const longest = [...seen].sort((a, b) => rankOf(b.observed.ledger) - rankOf(a.observed.ledger))[0];
  if (longest === undefined) return [];
  const { lines, count, broken } = longest.observed.ledger;
  return lines.length >= count || broken !== undefined ? lines : longest.host.ledger();
}

/** @throws HdError exit 5 if a line of a host's ledger is no entry: what is written by half is shown, never skipped */
export function requireLedgers(seen: readonly SeenHost[]): void {
  for (const { observed } of seen) if (observed.ledger.broken !== undefined) throw observed.ledger.broken;
}
