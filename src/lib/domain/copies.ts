import { entryName, type Chain, type RawLine } from './chain.ts';
import { count } from './names.ts';

/** Where a ledger first differs from another one that is whole, and how. */
export interface Difference {
  kind: 'altered' | 'missing' | 'order' | 'inserted' | 'other';
  /** Of the first entry that is not the same, from 1. */
  number: number;
  text: string;
  more: readonly string[];
}

/**
 * How a ledger relates to another one.
 * `fork`: both go on after the last common entry, each with a story of its own that is whole.
 */
export type Relation =
  | { kind: 'same' }
  | { kind: 'behind'; missing: number }
  | { kind: 'fork'; common: number }
  | { kind: 'changed'; difference: Difference };

/** @param other a ledger that is whole, from the same beginning */
export function relationOf(chain: Chain, other: Chain): Relation {
  const [own, whole] = [chain.lines, other.lines];
  const common = commonLength(own, whole);
  if (common === own.length && common === whole.length) return { kind: 'same' };
  if (common === own.length) return { kind: 'behind', missing: whole.length - common };
  if (chain.flaw === undefined) return { kind: 'fork', common };
  return { kind: 'changed', difference: differenceOf(own, whole, common, chain.after) };
}

/** How many lines two ledgers begin with that are equal. */
export function commonLength(a: readonly RawLine[], b: readonly RawLine[]): number {
  const at = a.findIndex((line, index) => line.hash !== b[index]?.hash);
  return at < 0 ? a.length : at;
}

function differenceOf(
  own: readonly RawLine[],
  whole: readonly RawLine[],
  at: number,
  after: number,
): Difference {
  const number = after + at + 1;
  const [mine, theirs] = [own[at], whole[at]];
  const mineName = entryName(number, mine?.entry);
  const theirName = entryName(number, theirs?.entry);
  const there = whole.findIndex((line) => line.hash === mine?.hash);
  const here = own.findIndex((line) => line.hash === theirs?.hash);
  const result = (kind: Difference['kind'], text: string, more: readonly string[] = []): Difference => ({
    kind,
    number,
    text,
    more,
  });
  if (theirs === undefined || (there < 0 && here === at + 1))
    return result('inserted', `${mineName} is in no other copy: it was put there`);
  if (there >= 0 && there < at)
    return result('inserted', `${mineName} is entry ${after + there + 1} a second time`);
  if (here > at) return result('order', `${theirName} stands where entry ${after + here + 1} belongs`);
  if (there > at) {
    const gone = there - at;
    const text = gone === 1 ? `${theirName} is missing` : `${count(gone, 'entry', 'entries')} are missing`;
    return result('missing', gone === 1 ? text : `${text}, from ${theirName} on`);
  }
  if (own[at + 1]?.hash === whole[at + 1]?.hash)
    return result('altered', `${theirName} was altered`, fieldsOf(mine, theirs));
  return result('other', `${theirName} is another, and what follows it`, fieldsOf(mine, theirs));
}

const SHOWN = 60;

/** What an altered entry says instead: `outcome is "confirmed"; wanted "failed"`. */
function fieldsOf(mine: RawLine | undefined, theirs: RawLine | undefined): string[] {
  if (mine?.entry === undefined || theirs?.entry === undefined) return [];
  const [own, whole] = [mine.entry, theirs.entry] as unknown as Record<string, unknown>[];
  const keys = [...new Set([...Object.keys(own ?? {}), ...Object.keys(whole ?? {})])];
  return keys
    .filter((key) => key !== 'prev' && textOf(own?.[key]) !== textOf(whole?.[key]))
    .map((key) => `${key} is ${textOf(own?.[key])}; wanted ${textOf(whole?.[key])}`);
}

function textOf(value: unknown): string {
  if (value === undefined) return 'not there';
  const text = JSON.stringify(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
