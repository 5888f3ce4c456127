import type { LedgerLine } from './ledger.ts';

/** `d48` → 48; 0 for none. */
export function deploymentNumber(id: string | undefined): number {
  return Number(/^d(\d+)$/.exec(id ?? '')?.[1] ?? 0);
}

/** The id after every one that the ledgers know: numbers are never used twice. */
export function nextDeployment(ledgers: readonly (readonly LedgerLine[])[]): string {
  const numbers = ledgers.flat().map((line) => deploymentNumber(line.entry.deployment));
  return `d${Math.max(0, ...numbers) + 1}`;
}
