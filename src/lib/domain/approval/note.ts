import { canonical } from '../canonical.ts';

/** What hd says to itself in a line of an issue or a comment that it writes, the first one but for `word`; browsers do not show it. */
export type NoteKind = 'approval' | 'reminder' | 'escalation' | 'closed' | 'word';

const NOTE = /^<!-- hd:([a-z]+) (\{.*\}) -->(?:\r?\n|$)/;

/** `<!-- hd:KIND {…} -->`: canonical JSON that can't end the comment it stands in. */
export function noteLine(kind: NoteKind, value: object): string {
  const json = canonical(value).replaceAll('<', '\\u003c').replaceAll('>', '\\u003e');
  return `<!-- hd:${kind} ${json} -->`;
}

/** What the first line says; undefined if it is no such note. Anybody can write one: whose text it is decides. */
export function readNote(kind: NoteKind, text: string): Readonly<Record<string, unknown>> | undefined {
  const [, found, json = ''] = NOTE.exec(text) ?? [];
  if (found !== kind) return undefined;
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}
