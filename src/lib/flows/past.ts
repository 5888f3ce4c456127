import { copyRows, chainRows, variantsOf } from '../domain/audit/variants.ts';
import type { Environment } from '../domain/environment.ts';
import type { LedgerEntry } from '../domain/ledger.ts';
import { isWanted, pastOf, type Past, type PastFilter } from '../domain/past.ts';
import { gatherLedgers } from './audit/gather.ts';
import type { World } from './world.ts';

/** What the ledger as a whole is like, as it was computed from every host's own. */
export interface LedgerState {
  entries: number;
  head?: string;
  /** Every line follows the one before, on every host that answered. */
  whole: boolean;
  /** Hosts that have exactly this ledger, of how many there are. */
  same: number;
  of: number;
  /** What is not so: a sentence each. */
  remarks: readonly string[];
}

export interface HistoryReport {
  environment: string;
  /** Newest first. */
  past: readonly Past[];
  /** All words of these, in the ledger's order, each with the hash of its line. */
  entries: readonly (LedgerEntry & { hash: string })[];
  state: LedgerState;
}

/**
 * `hd history [ENV]`: what was done, of the story that most hosts tell.
 * @throws HdError if no host can be read
 */
export async function historyOf(
  world: World,
  environment: Environment,
  filter: PastFilter,
): Promise<HistoryReport> {
  const { evidence, errors } = await gatherLedgers(world, environment);
  const [first] = errors;
  const variants = variantsOf(evidence);
  if (variants === undefined) {
    if (first !== undefined) throw first.error;
    throw new TypeError(`${environment.name} has no hosts`);
  }
  const { chain, hosts } = variants.main;
  const lines = chain.lines.flatMap(({ entry, hash }) => (entry === undefined ? [] : [{ entry, hash }]));
  const past = pastOf(lines.map((line) => line.entry)).filter((each) => isWanted(each, filter));
  const wanted = new Set(past.flatMap((each) => each.words));
  const head = chain.lines.at(-1)?.hash;
  const rows = [...chainRows(variants, evidence), ...copyRows(variants, evidence).slice(0, -1)];
  return {
    environment: environment.name,
    past,
    entries: lines.flatMap(({ entry, hash }) => (wanted.has(entry) ? [{ ...entry, hash }] : [])),
    state: {
      entries: chain.lines.length,
      ...(head === undefined ? {} : { head }),
      whole: [variants.main, ...variants.others].every((each) => each.chain.flaw === undefined),
      same: hosts.length,
      of: environment.hosts.length,
      remarks: rows.filter((row) => row.mark !== 'ok').map((row) => row.text),
    },
  };
}
