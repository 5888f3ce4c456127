import { entryName, verifyChain, type Chain, type RawLine } from '../chain.ts';
import { relationOf } from '../copies.ts';

/** A host's ledger that gives way to the story that is kept. */
export interface GivesWay {
  host: string;
  chain: Chain;
  head: string;
  /** How many entries it has in common with the story that is kept. */
  common: number;
}

/** What has to be done so that one story is told everywhere. */
export interface Reconciliation {
  keep: { host: string; chain: Chain };
  /** Hosts that tell the same story already, as far as they have it. */
  same: readonly { host: string; head?: string }[];
  givesWay: readonly GivesWay[];
  /** The entry that says so is there already: somebody was interrupted after it. */
  recorded: boolean;
}

/** Why a story can't be kept. */
export type Unfit =
  | { why: 'broken'; text: string; more: readonly string[] }
  /** Another host tells the same story, and more of it. */
  | { why: 'behind'; of: string };

/**
 * Which ledgers give way if the story of one host is kept.
 * @param copies each host's lines
 */
export function reconciliationOf(
  copies: readonly { host: string; texts: readonly string[] }[],
  keep: string,
): Reconciliation | Unfit {
  const chains = copies.map(({ host, texts }) => ({ host, chain: verifyChain(texts) }));
  const kept = chains.find((each) => each.host === keep);
  if (kept === undefined) throw new TypeError(`${keep} has no ledger`);
  const { flaw, lines } = kept.chain;
  if (flaw !== undefined) return { why: 'broken', text: flaw.text, more: flaw.more };
  const others = chains.filter((each) => each.host !== keep);
  const related = others.map(({ host, chain }) => ({ host, chain, relation: relationOf(chain, kept.chain) }));
  const further = related.find(
    ({ relation }) => relation.kind === 'fork' && relation.common === lines.length,
  );
  const givesWay = related.flatMap(({ host, chain, relation }): GivesWay[] => {
    const head = chain.lines.at(-1)?.hash;
    if (relation.kind === 'same' || relation.kind === 'behind' || head === undefined) return [];
    if (relation.kind === 'fork' && relation.common === lines.length) return [];
    const common = relation.kind === 'fork' ? relation.common : relation.difference.number - 1;
    return [{ host, chain, head, common }];
  });
  if (givesWay.length > 0 && further !== undefined) return { why: 'behind', of: further.host };
  const same = related.flatMap(({ host, chain, relation }) => {
    if (relation.kind !== 'same' && relation.kind !== 'behind') return [];
    const head = chain.lines.at(-1)?.hash;
    return [{ host, ...(head === undefined ? {} : { head }) }];
  });
  return { keep: kept, same, givesWay, recorded: isRecorded(lines.at(-1), keep, givesWay) };
}

function isRecorded(last: RawLine | undefined, keep: string, givesWay: readonly GivesWay[]): boolean {
  const entry = last?.entry;
  if (entry?.kind !== 'reconciled' || entry.keep !== keep) return false;
  return givesWay.every(({ host, head }) => entry.heads?.[host] === head);
}

/** What a story has after an entry, a line each: `entry 13 (d7, finished)  login-b  confirmed`. */
export function storyAfter(chain: Chain, common: number): string[] {
  return chain.lines.slice(common).map(({ entry, problem }, index) => {
    const name = entryName(common + index + 1, entry);
    if (entry === undefined) return `${name} ${problem ?? ''}`;
    const words = [entry.at.slice(0, 16).replace('T', ' '), entry.actor.name, entry.outcome];
    return [name, ...words.filter((word) => word !== undefined)].join('  ');
  });
}
