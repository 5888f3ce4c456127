import type { Fact, Mark, Next } from '../domain/verdict.ts';
import { spell, symbol, type Line, type Span, type Style } from './style.ts';
import { quoteCommand } from '../domain/names.ts';
import { columns, cut, pad, wrap } from './width.ts';

/** The grid (screens.md, part A), counted from 0: a row's symbol or a label, and the text. */
const LABEL = 2;
const TEXT = 13;
const GATE_TEXT = 19;
/** A row nested in a row. */
const NESTED = 6;
const NESTED_FOREIGN = 10;
/** Durations end here, also on wider terminals, so that the eye never travels. */
const RIGHT = 80;
/** Below this, lines are wrapped as in screen 23. */
const NARROW = 80;

const FOREIGN_LINES = 8;
const FOREIGN_WIDTH = 80;

const blank = (n: number): Span => ({ text: ' '.repeat(n) });

function widthOf(line: Line): number {
  return line.reduce((sum, span) => sum + columns(span.text), 0);
}

/** Puts text behind a prefix, wrapped into its own column. */
export function hang(prefix: Line, text: string, style: Style, column = TEXT): Line[] {
  const used = widthOf(prefix);
  const [first = '', ...rest] = wrap(spell(text, style), style.width - column, style.width - used);
  return [
    first === '' ? prefix : [...prefix, { text: first }],
    ...rest.map((line): Line => [blank(column), { text: line }]),
  ];
}

/** `  label      `: from column 3, its text in column 14. */
function labelled(label: string): Line {
  return [{ text: pad(' '.repeat(LABEL) + label, TEXT) }];
}

/**
 * Text that somebody else wrote, behind `| ` (screens.md, rule 13): at most 8 rows of 80 columns. Rows to spare go
 * to lines that are too long, the last one first, since a program's last words say why it ended. `##[` is broken
 * up: GitHub's runner takes it for a command anywhere in a line (screen 20).
 */
export function foreign(lines: readonly string[], style: Style, column: number): Line[] {
  const room = Math.min(FOREIGN_WIDTH, Math.max(style.width - column, 20)) - 2;
  const ellipsis = style.ascii ? '...' : '…';
  let spare = Math.max(0, FOREIGN_LINES - lines.length);
  const shown = lines
    .slice(0, FOREIGN_LINES)
    .map((line) => spell(line, style).replaceAll('##[', '# #['))
    .reduceRight<string[]>((below, text) => {
      const [first = '', ...rest] = columns(text) <= room ? [text] : wrap(text, room - 2, room);
      const kept = rest.slice(0, spare);
      const left = rest.slice(spare);
      spare -= kept.length;
      const rows = [first, ...kept.map((row) => `  ${row}`)];
      const last = [rows.at(-1) ?? '', ...left].join(' ');
      return [...[...rows.slice(0, -1), last].map((row) => cut(row, room, ellipsis)), ...below];
    }, []);
  if (lines.length > FOREIGN_LINES) shown.push(`${lines.length - FOREIGN_LINES} more lines`);
  return shown.map((text): Line => [blank(column), { text: `| ${text}` }]);
}

/** A labelled line above the verdict, with what belongs to it. */
function factLines(fact: Fact, style: Style): Line[] {
  return [
    ...hang(labelled(spell(fact.label, style)), fact.text, style),
    ...(fact.more ?? []).flatMap((line) => hang([blank(TEXT)], line, style)),
    ...foreign(fact.foreign ?? [], style, TEXT),
  ];
}

/** Facts one below the other; those with a mark of their own are rows, and share their columns. */
export function factsLines(facts: readonly Fact[], style: Style): Line[] {
  const rows = facts.flatMap((fact) =>
    fact.mark === undefined ? [] : [{ ...fact, mark: fact.mark, name: fact.label }],
  );
  const grid = gridOf(rows, false);
  return facts.flatMap(({ mark, label, ...fact }) =>
    mark === undefined
      ? factLines({ label, ...fact }, style)
      : oneRow({ ...fact, mark, name: label }, style, grid, {}),
  );
}

/**
 * Commands under one label: the remark, a colon, the command. The command ends its line and is never broken, so
 * that it can be swept up whole; where it does not fit behind its remark it stands below it.
 */
export function nextLines(label: string, commands: readonly Next[], style: Style): Line[] {
  return commands.flatMap(({ remark, command }, index) => {
    const prefix = labelled(index === 0 ? label : '');
    const text = spell(quoteCommand(command), style);
    if (remark === undefined) return [[...prefix, { text }]];
    const said = hang(prefix, `${remark}:`, style);
    const last = said.at(-1) ?? [];
    const fits = widthOf(last) + 1 + columns(text) <= style.width;
    return fits
      ? [...said.slice(0, -1), [...last, { text: ` ${text}` }]]
      : [...said, [blank(TEXT), { text }]];
  });
}

/** A row: what was done, or found. */
export interface Row {
  mark: Mark;
  name: string;
  /** Of a host: what it serves, a column of its own. */
  serves?: string;
  text: string;
  /** Further lines, in the text's column. */
  more?: readonly string[];
  foreign?: readonly string[];
  /** What it took, already in words. */
  took?: string;
}

export interface RowOptions {
  nested?: boolean;
  /** Of a running row's symbol. */
  frame?: number;
}

/** Rows of one group: their names, and what hosts serve, share their columns. */
export function rowLines(rows: readonly Row[], style: Style, options: RowOptions = {}): Line[] {
  const grid = gridOf(rows, options.nested === true);
  return rows.flatMap((row) => oneRow(row, style, grid, options));
}

interface Grid {
  mark: number;
  serves: number;
  text: number;
}

/** Two blanks between columns, one after a name of 8 (rule 6); gate names are longer and end at column 20. */
function gridOf(rows: readonly Row[], nested: boolean): Grid {
  const longest = Math.max(0, ...rows.map((row) => columns(row.name)));
  const mark = nested ? NESTED : LABEL;
  const own = mark + 2 + longest + (longest === 8 ? 1 : 2);
  const serves = nested ? own : longest <= 8 ? TEXT : Math.max(GATE_TEXT, own);
  const versions = rows.flatMap((row) => (row.serves === undefined ? [] : [columns(row.serves)]));
  const text = versions.length === 0 ? serves : serves + Math.max(9, ...versions.map((n) => n + 2));
  return { mark, serves, text };
}

function oneRow(row: Row, style: Style, grid: Grid, { nested, frame }: RowOptions): Line[] {
  const narrow = style.width < NARROW;
  const head: Line = [blank(grid.mark), symbol(row.mark, style, frame), blank(1)];
  const name = pad(spell(row.name, style), grid.serves - grid.mark - 2);
  const serves = row.serves === undefined ? '' : pad(spell(row.serves, style), grid.text - grid.serves);
  // A row without a version (`not known, …`) begins where the versions do.
  const column = row.serves === undefined ? grid.serves : grid.text;
  const prefix: Line = [...head, { text: name + serves }];
  const said = narrow && nested === true ? row.text.replace(/[,:].*$/s, '') : row.text;
  const text = narrow && row.took !== undefined && nested !== true ? `${said} (${row.took})` : said;
  const took = narrow || row.took === undefined ? '' : row.took;
  const room = took === '' ? style.width : Math.min(style.width, RIGHT) - columns(took) - 2;
  const [first = [], ...rest] = hang(prefix, text, { ...style, width: room }, column);
  return [
    took === '' ? trimEnd(first) : rightAlign(first, took),
    ...rest,
    ...(row.more ?? []).flatMap((line) => hang([blank(column)], line, style, column)),
    ...foreign(row.foreign ?? [], style, nested === true ? NESTED_FOREIGN : column),
  ];
}

function rightAlign(line: Line, took: string): Line {
  return [...line, blank(Math.max(1, RIGHT - widthOf(line) - columns(took))), { text: took }];
}

/** Without blanks at its end. */
export function trimEnd(line: Line): Line {
  const last = line.at(-1);
  if (last === undefined) return line;
  const text = last.text.trimEnd();
  return text === '' ? trimEnd(line.slice(0, -1)) : [...line.slice(0, -1), { ...last, text }];
}
