import type { ExitCode } from '../domain/exit.ts';
import type { EndBlock } from '../domain/verdict.ts';
import { escapeData, escapeProperty, inert } from './actions.ts';
import { createPaint } from './colour.ts';
import { endBlockLines } from './endblock.ts';
import { factsLines, nextLines } from './layout.ts';
import { EMPTY, plainText, type Line, type Style } from './style.ts';
import { colourOf, styleOf, type Env, type Mode, type OutputFlags, type Stream } from './terminal.ts';
import { viewLines, type View } from './view.ts';

export interface Answer {
  view?: readonly View[];
  block?: EndBlock;
}

export interface OutputOptions {
  stdout: Stream;
  stderr: Stream;
  env: Env;
  flags: OutputFlags;
  mode: Mode;
}

/** Exits whose end block is an error's, on stderr; every other one is the result (screens.md, rule 19). */
const ERRORS: ReadonlySet<ExitCode> = new Set([1, 2, 4, 8, 11]);

/**
 * Prints a command's last words: its view and an outcome's end block on stdout, an error's end block on stderr.
 * Nothing is printed after this.
 */
export function printAnswer(answer: Answer, options: OutputOptions): void {
  const { block, view } = answer;
  const toStderr = block !== undefined && ERRORS.has(block.verdict.exit);
  if (options.mode === 'actions' && block !== undefined && block.verdict.exit !== 0) {
    options.stderr.write(errorCommand(block, styleOf(options.stdout, options.env, options.mode)));
  }
  const write = (stream: Stream, lines: (style: Style) => readonly Line[]): void => {
    const style = styleOf(stream, options.env, options.mode);
    const paint = createPaint(colourOf(stream, options.env, options.flags));
    const guard = options.mode === 'actions' ? inert : (line: string) => line;
    const text = lines(style)
      .map((line) => guard(paint(line)))
      .join('\n');
    if (text !== '') stream.write(`${text}\n`);
  };
  const shown = (style: Style): readonly Line[] => (view === undefined ? [] : viewLines(view, style));
  const end = (style: Style): readonly Line[] => (block === undefined ? [] : endBlockLines(block, style));
  if (toStderr) {
    write(options.stdout, shown);
    write(options.stderr, end);
  } else {
    write(options.stdout, (style) => joined(shown(style), end(style)));
  }
}

function joined(above: readonly Line[], below: readonly Line[]): readonly Line[] {
  return above.length === 0 || below.length === 0 ? [...above, ...below] : [...above, EMPTY, ...below];
}

/** The run's one `::error`: its title is the headline, its text why, whether it is safe, and what is next. */
function errorCommand(block: EndBlock, style: Style): string {
  const { outcome, headline, rows } = block.verdict;
  const failed = block.facts.filter((fact) => fact.label === 'failed').map((fact) => fact.text);
  const safe = rows.filter((row) => row.label === 'safe').map((row) => `safe: ${row.text ?? ''}`);
  const wide = { ...style, width: Number.MAX_SAFE_INTEGER };
  const next = rows
    .filter((row) => row.label === 'next')
    .flatMap((row) =>
      nextLines('', row.commands ?? [], wide).map((line) => `next: ${plainText(line).trim()}`),
    );
  const text = [...failed, ...safe, ...next].join('\n');
  return `::error title=${escapeProperty(`${outcome}: ${headline}`)}::${escapeData(text === '' ? headline : text)}\n`;
}

/** The job summary: the end block, verdict first, because there one reads from the top; then the hosts. Markdown. */
export function summary(block: EndBlock, json: object, style: Style): string {
  const fence = '```';
  const verdict = endBlockLines({ facts: [], verdict: block.verdict }, style);
  const facts = factsLines(block.facts, style);
  const lines = [...verdict, ...(facts.length === 0 ? [] : [EMPTY, ...facts])];
  const text = lines.map((line) => plainText(line).replaceAll(fence, "'''"));
  return [`${fence}text`, ...text, fence, '', ...hostTable(json)].join('\n');
}

/** `serves` of the JSON as a table: a column for whatever is known of any host. */
function hostTable(json: object): string[] {
  const hosts = 'serves' in json && Array.isArray(json.serves) ? (json.serves as unknown[]) : [];
  const rows = hosts.filter((each): each is ServedHost => typeof each === 'object' && each !== null);
  if (rows.length === 0) return [];
  const columns = COLUMNS.filter(({ cell }) => rows.some((row) => cell(row) !== ''));
  const line = (cells: readonly string[]): string => `| ${cells.map(markdown).join(' | ')} |`;
  return [
    line(columns.map(({ head }) => head)),
    line(columns.map(() => '---')),
    ...rows.map((row) => line(columns.map(({ cell }) => cell(row)))),
    '',
  ];
}

/** A host in `--json` (screens.md, 21). */
interface ServedHost {
  host?: string;
  version?: string | null;
  checks?: { passed: number; of: number };
  seenAt?: string;
}

const COLUMNS: readonly { head: string; cell: (row: ServedHost) => string }[] = [
  { head: 'host', cell: ({ host }) => host ?? '' },
  {
    head: 'serves',
    cell: ({ version }) => (typeof version === 'string' ? `v${version}` : 'no known release'),
  },
  { head: 'checks', cell: ({ checks }) => (checks === undefined ? '' : `${checks.passed} of ${checks.of}`) },
  { head: 'seen', cell: ({ seenAt }) => (seenAt === undefined ? '' : `${seenAt.slice(11, 19)}Z`) },
];

/** As text, whatever stands in it. */
function markdown(text: string): string {
  return text === '---' ? text : text.replaceAll(/[\\`*_{}[\]<>()#+!|~&]/g, '\\$&').replaceAll(/\s+/g, ' ');
}
