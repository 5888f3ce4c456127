import type { Mark } from '../domain/verdict.ts';
import { hang } from './layout.ts';
import { spell, symbol, type Line, type Style } from './style.ts';
import { columns, pad, wrap } from './width.ts';

export interface TableRow {
  /** Absent in a table whose rows have no symbols. */
  mark?: Mark;
  cells: readonly string[];
  /** Lines under the row, in the second column: what opens a gate. */
  more?: readonly string[];
  /** Rows nested in this one, from column 7: what is done on which host (screens.md, 16). */
  steps?: readonly { name: string; text: string }[];
}

export interface Table {
  /** In capitals; for three columns or more (screens.md, rule 6). */
  head: readonly string[];
  rows: readonly TableRow[];
  /** Columns whose cells stand at the right of their column: durations. */
  right?: readonly number[];
  /** More than 20 rows: how the rest can be seen, as `hd history prod --all` (rule 8). */
  all?: string;
}

const LIMIT = 20;
const INDENT = 2;
const STEPS = 6;

/**
 * Columns as wide as their widest cell. What is wider than the terminal drops columns from the right, never the
 * first two, and says so (screens.md, rule 7).
 */
export function tableLines(table: Table, style: Style): Line[] {
  const shown = table.all === undefined ? table.rows : table.rows.slice(0, LIMIT);
  const marked = table.rows.some((row) => row.mark !== undefined);
  const widths = table.head.map((title, index) =>
    Math.max(columns(title), ...shown.map((row) => columns(spell(row.cells[index] ?? '', style)))),
  );
  if (marked) widths[0] = (widths[0] ?? 0) + 2;
  const kept = fitting(widths, style.width);
  const cell = (text: string, index: number): string => {
    const width = widths[index] ?? 0;
    return table.right?.includes(index) === true
      ? ' '.repeat(Math.max(0, width - columns(text))) + text
      : pad(text, width);
  };
  const body = shown.flatMap((row): Line[] => {
    const [first = '', ...rest] = row.cells.slice(0, kept).map((text) => spell(text, style));
    const mark = row.mark === undefined ? [] : [symbol(row.mark, style), { text: ' ' }];
    const lead = pad(first, (widths[0] ?? 0) - (row.mark === undefined ? 0 : 2));
    const text = [lead, ...rest.map((value, index) => cell(value, index + 1))].join('  ').trimEnd();
    const column = INDENT + (widths[0] ?? 0) + 2;
    const more = (row.more ?? []).flatMap((line) => wrap(spell(line, style), style.width - column));
    return [
      [{ text: ' '.repeat(INDENT) }, ...mark, { text }],
      ...more.map((line): Line => [{ text: ' '.repeat(column) + line }]),
      ...stepLines(row.steps ?? [], style),
    ];
  });
  const head = table.head.slice(0, kept).map(cell).join('  ').trimEnd();
  return [[{ text: ' '.repeat(INDENT) + head }], ...body, ...notes(table, shown.length, kept, style)];
}

/** Each behind its host's name; what is long hangs below its own beginning. */
function stepLines(steps: readonly { name: string; text: string }[], style: Style): Line[] {
  const names = Math.max(0, ...steps.map(({ name }) => columns(name)));
  return steps.flatMap(({ name, text }) => {
    const lead: Line = [{ text: `${' '.repeat(STEPS)}${pad(name, names)}  ` }];
    return hang(lead, text, style, STEPS + names + 2);
  });
}

/** How many columns fit; the last one may be cut by nobody but the terminal. */
function fitting(widths: readonly number[], width: number): number {
  let used = INDENT;
  for (const [index, column] of widths.entries()) {
    used += column + (index === 0 ? 0 : 2);
    if (used > width && index >= 2) return index;
  }
  return widths.length;
}

function notes(table: Table, shown: number, kept: number, style: Style): Line[] {
  const more = table.rows.length - shown;
  const dropped = table.head.length - kept;
  return [
    ...(more > 0 ? [`${more} older: ${table.all ?? ''}`] : []),
    ...(dropped > 0 ? [`(${dropped} ${dropped === 1 ? 'column' : 'columns'}: --json)`] : []),
  ].map((text): Line => [{ text: ' '.repeat(INDENT) + spell(text, style) }]);
}
