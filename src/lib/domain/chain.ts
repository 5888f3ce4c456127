import { canonical, sha256 } from './canonical.ts';
import { ENTRY_FORM } from './entry-form.ts';
import { misfit } from './form.ts';
import type { LedgerEntry } from './ledger.ts';

/** A line of a ledger as it was found. */
export interface RawLine {
  text: string;
  /** SHA-256 of the text, in hexadecimal. */
  hash: string;
  /** Absent if it is none that this hd knows; `problem` says why. */
  entry?: LedgerEntry;
  problem?: string;
}

/** The first thing that is not as hd writes it. */
export interface Flaw {
  kind: 'form' | 'beginning' | 'duplicate' | 'order' | 'inserted' | 'link';
  /** Of the entry that is not what its place wants, from 1. */
  number: number;
  /** One sentence that names the entry. */
  text: string;
  /** What was wanted, and what was found. */
  more: readonly string[];
}

/** A ledger's lines, read and checked. */
export interface Chain {
  lines: readonly RawLine[];
  /** How many entries stand before the first of these lines. */
  after: number;
  flaw?: Flaw;
}

/** The lines of a ledger's file; `torn` is a last one without its end, which was never acknowledged. */
export function splitLedger(text: string): { texts: readonly string[]; torn?: string } {
  const texts = text.split('\n');
  const torn = texts.pop() ?? '';
  return { texts, ...(torn === '' ? {} : { torn }) };
}

/**
 * Checks that every line is an entry in canonical form (RFC 8785), and that each names the SHA-256 of the line before.
 * @param since what stands before the first line, if that is not the ledger's beginning
 */
export function verifyChain(
  texts: readonly string[],
  since: { count: number; prev?: string } = { count: 0 },
): Chain {
  const lines = texts.map(readLine);
  const flaw = firstFlaw(lines, since);
  return { lines, after: since.count, ...(flaw === undefined ? {} : { flaw }) };
}

export function readLine(text: string): RawLine {
  const line = { text, hash: sha256(text) };
  const value = parsed(text);
  if (value === undefined) return { ...line, problem: 'is not JSON' };
  if (value['v'] !== 1)
    return {
      ...line,
      problem: `has form ${'v' in value ? JSON.stringify(value['v']) : 'none'}; this hd knows form 1`,
    };
  const wrong = misfit(value, ENTRY_FORM);
  if (wrong !== undefined) return { ...line, problem: `is no entry: its ${wrong} is not one` };
  return { ...line, entry: value as unknown as LedgerEntry };
}

/** Undefined if it is no JSON object. */
export function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

function firstFlaw(lines: readonly RawLine[], since: { count: number; prev?: string }): Flaw | undefined {
  const places = new Map<string, number>();
  // Of equal lines the first one is meant.
  for (const [index, { hash }] of [...lines.entries()].reverse()) places.set(hash, index);
  for (const [index, line] of lines.entries()) {
    const number = since.count + index + 1;
    const flaw = formFlaw(line, number) ?? linkFlaw(lines, index, places, since);
    if (flaw !== undefined) return flaw;
  }
  return undefined;
}

function formFlaw({ text, entry, problem }: RawLine, number: number): Flaw | undefined {
  const flaw = (what: string): Flaw => ({ kind: 'form', number, text: what, more: [] });
  if (entry === undefined) return flaw(`entry ${number} ${problem ?? 'is none'}`);
  if (isCanonical(entry, text)) return undefined;
  return flaw(`${entryName(number, entry)} is not in the form that hd writes: it was altered`);
}

function isCanonical(entry: LedgerEntry, text: string): boolean {
  try {
    return canonical(entry) === text;
  } catch {
    return false; // Half of a surrogate pair has no canonical form.
  }
}

function linkFlaw(
  lines: readonly RawLine[],
  index: number,
  places: ReadonlyMap<string, number>,
  since: { count: number; prev?: string },
): Flaw | undefined {
  const hashBefore = (at: number): string | undefined => (at === 0 ? since.prev : lines[at - 1]?.hash);
  const line = lines[index];
  const wanted = hashBefore(index);
  const found = line?.entry?.prev;
  if (line === undefined || found === wanted) return undefined;

  const number = (at: number): number => since.count + at + 1;
  const name = (at: number): string => entryName(number(at), lines[at]?.entry);
  const flaw = (kind: Flaw['kind'], at: number, text: string, ...more: string[]): Flaw => ({
    kind,
    number: number(at),
    text,
    more,
  });
  const same = places.get(line.hash) ?? index;
  if (same < index) return flaw('duplicate', index, `${name(index)} is entry ${number(same)} a second time`);
  const beginning = found === since.prev && (found !== undefined || index === 1);
  const at = beginning ? -1 : places.get(found ?? '');
  if (at !== undefined && at > index)
    return flaw('order', index, `${name(index)} stands before entry ${number(at)}, which it follows`);
  const next = lines[index + 1];
  if (next?.entry !== undefined && next.entry.prev === wanted)
    return flaw('inserted', index, `${name(index)} was put between two others`, ...hashes(wanted, found));
  if (at !== undefined) {
    const [first, last] = [number(at + 1), number(index - 1)];
    const what = first === last ? name(at + 1) : `entries ${first} to ${last}`;
    const text = `${what} and ${name(index)} follow the same line: one of the two does not belong`;
    return flaw('inserted', at + 1, text);
  }
  if (index === 0) {
    const text = `${name(0)} is not the first: what stood before it is missing`;
    return flaw('beginning', 0, text, ...hashes(wanted, found));
  }
  const before = number(index - 1);
  return flaw(
    'link',
    index,
    `${name(index)} does not follow entry ${before}`,
    `entry ${before} was altered, or what stood between them is missing`,
    ...hashes(wanted, found),
  );
}

function hashes(wanted: string | undefined, found: string | undefined): string[] {
  const short = (hash: string | undefined): string => (hash === undefined ? 'nothing' : hash.slice(0, 12));
  return [`it says that it follows ${short(found)}; before it stands ${short(wanted)}`];
}

/** `entry 14 (d7, finished)`. */
export function entryName(number: number, entry: LedgerEntry | undefined): string {
  if (entry === undefined) return `entry ${number}`;
  const { deployment, kind } = entry;
  return `entry ${number} (${deployment === undefined ? kind : `${deployment}, ${kind}`})`;
}
