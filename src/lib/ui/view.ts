import type { Event } from '../domain/event.ts';
import type { Fact } from '../domain/verdict.ts';
import { factsLines, hang, rowLines, trimEnd, type Row } from './layout.ts';
import { EMPTY, spell, type Line, type Style } from './style.ts';
import { tableLines, type Table } from './table.ts';
import { moment } from '../domain/values.ts';

/**
 * A piece of what a command shows, as data: it is drawn for the terminal, the alphabet and the width that are
 * there. Pieces of a view are groups: an empty line stands between two of them.
 */
export type View =
  /** `verify orin  v1.4.0, 8c3f2e1`; the renderer adds the time if there is one (epoch milliseconds). */
  | { kind: 'header'; parts: readonly string[]; at?: number }
  | { kind: 'facts'; facts: readonly Fact[] }
  | { kind: 'rows'; rows: readonly Row[] }
  | { kind: 'table'; table: Table }
  /** Lines as they are, from column 1; long ones wrap at blanks. */
  | { kind: 'text'; lines: readonly string[] };

/** What would be done, as pieces: facts, the table of stages, and what stands below it. */
export function previewOf(event: Event & { type: 'preview' }): View[] {
  const { facts, table, after = [] } = event;
  return [
    { kind: 'facts', facts },
    ...(table === undefined ? [] : [{ kind: 'table', table } as const]),
    { kind: 'facts', facts: after },
  ];
}

/** The view's lines, without an empty one at either end. */
export function viewLines(view: readonly View[], style: Style): Line[] {
  const groups = view.map((piece) => pieceLines(piece, style)).filter((lines) => lines.length > 0);
  return groups.flatMap((lines, index) => (index === 0 ? lines : [EMPTY, ...lines])).map(trimEnd);
}

function pieceLines(piece: View, style: Style): Line[] {
  switch (piece.kind) {
    case 'header':
      return headerLines(piece.parts, piece.at, style);
    case 'facts':
      return factsLines(piece.facts, style);
    case 'rows':
      return rowLines(piece.rows, style);
    case 'table':
      return tableLines(piece.table, style);
    case 'text':
      return piece.lines.flatMap((line) => (line === '' ? [EMPTY] : hang([], line, style, 0)));
  }
}

/** Parts two blanks apart; what does not fit beside the rest stands on the next line. */
export function headerLines(parts: readonly string[], at: number | undefined, style: Style): Line[] {
  const all = at === undefined ? parts : [...parts, moment(at, style.zone)];
  const lines: string[] = [];
  for (const part of all.map((text) => spell(text, style))) {
    const last = lines.at(-1);
    const joined = last === undefined ? part : `${last}  ${part}`;
    if (last === undefined || joined.length > style.width)
      lines.push(last === undefined ? part : `  ${part}`);
    else lines[lines.length - 1] = joined;
  }
  return lines.map((text): Line => [{ text }]);
}
