import { noteLine, readNote } from './note.ts';

/** What somebody says to a plan in a comment. */
export interface Said {
  decision: 'approve' | 'reject';
  /** The plan's hash, or its beginning: 12 digits at the least. */
  plan: string;
  /** Of several roles, the one that is meant. */
  role?: string;
  /** Why. */
  text: string;
  /** SHA-256 of the request's text that it was said to; hd writes it, people in the browser do not. */
  shown?: string;
}

/** It was meant as a word, and is none. */
export interface Misspelled {
  /** `it gives no reason`. */
  why: string;
}

const MEANT = /^`*hd\s+(approve|reject)\b/i;
const FORM = /^hd\s+(approve|reject)\s+([0-9a-f]{12,64})(?:\s+as\s+([^\s:]+))?\s*(?::(.*))?$/i;

/**
 * Reads a comment: its first line is `hd approve 7c1e09ab42d8` or `hd reject 7c1e09ab42d8`, ` as ROLE` if somebody has
 * several; below it, or behind a colon, stands why.
 * @returns undefined for a comment that is only talk
 */
export function readWord(comment: string): Said | Misspelled | undefined {
  const [first = '', ...rest] = comment.split(/\r?\n/);
  if (!MEANT.test(first)) return undefined;
  const [, verb = '', plan, role, beside = ''] = FORM.exec(first.trim()) ?? [];
  if (plan === undefined)
    return { why: 'its first line is not in the form hd approve HASH, with 12 to 64 digits of the hash' };
  const below = rest.join('\n').trimEnd().split('\n');
  const shown = readNote('word', below.at(-1) ?? '')?.['shown'];
  const said = typeof shown === 'string' ? below.slice(0, -1) : below;
  const text = [beside.trim(), ...said].join('\n').trim();
  if (!/[\p{L}\p{N}]/u.test(text)) return { why: 'it gives no reason' };
  return {
    decision: verb.toLowerCase() === 'approve' ? 'approve' : 'reject',
    plan: plan.toLowerCase(),
    ...(role === undefined ? {} : { role }),
    text,
    ...(typeof shown === 'string' ? { shown } : {}),
  };
}

export function isSaid(word: Said | Misspelled): word is Said {
  return 'decision' in word;
}

/** The comment that says it. */
export function writeWord({ decision, plan, role, text, shown }: Said): string {
  const as = role === undefined ? '' : ` as ${role}`;
  const to = shown === undefined ? '' : `\n${noteLine('word', { shown })}`;
  return `hd ${decision} ${plan}${as}\n\n${text.trim()}\n${to}`;
}
