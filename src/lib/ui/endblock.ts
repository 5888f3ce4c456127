import type { EndBlock, Fact, Verdict, VerdictRow } from '../domain/verdict.ts';
import { factsLines, hang, nextLines, trimEnd } from './layout.ts';
import { EMPTY, spell, symbol, toneOf, type Line, type Span, type Style, type Tone } from './style.ts';
import { pad } from './width.ts';

const TEXT = 13;

/** Facts, an empty line, the verdict: the last thing on the screen (screens.md, part A). */
export function endBlockLines(block: EndBlock, style: Style): Line[] {
  const excerpts = block.facts
    .filter((fact) => fact.label === '')
    .flatMap((fact) => excerptLines(fact, style));
  const rest = factsLines(
    block.facts.filter((fact) => fact.label !== ''),
    style,
  );
  const facts = [...excerpts, ...rest].map(trimEnd);
  const verdict = verdictLines(block.verdict, style).map(trimEnd);
  return facts.length === 0 ? verdict : [...facts, EMPTY, ...verdict];
}

/** A fact without a label stands as it is from column 1: the place and the excerpt of an error in a file. */
function excerptLines(fact: Fact, style: Style): Line[] {
  const whole = (text: string): Line => (text === '' ? EMPTY : [{ text: spell(text, style) }]);
  return [fact.text, ...(fact.more ?? [])].map(whole);
}

function verdictLines(verdict: Verdict, style: Style): Line[] {
  const mark = symbol(verdict.mark, style);
  const headline = verdict.headline + (verdict.exit === 0 ? '' : `  (exit ${verdict.exit})`);
  const outcome: Span = { text: spell(verdict.outcome, style), tone: toneOf(verdict.mark), bold: true };
  const head = hang([mark, { text: ' ' }, outcome, { text: '  ' }], headline, style);
  return [...head, ...verdict.rows.flatMap((row, index) => rowOf(row, verdict.rows[index - 1], style))];
}

function rowOf(row: VerdictRow, before: VerdictRow | undefined, style: Style): Line[] {
  const label = row.label === before?.label ? '' : spell(row.label, style);
  const prefix: Line = [{ text: pad(`  ${label}`, TEXT) }];
  const text = row.text === undefined ? [] : answer(row.label, hang(prefix, row.text, style));
  return [...text, ...nextLines(row.text === undefined ? label : '', row.commands ?? [], style)];
}

const SAFE: readonly (readonly [string, Tone])[] = [
  ['yes', 'ok'],
  ['not known', 'warn'],
  ['no', 'fail'],
];

/** `safe` says its one word in colour. */
function answer(label: string, lines: Line[]): Line[] {
  const [first = [], ...rest] = lines;
  const text = first.at(-1)?.text ?? '';
  const found = label === 'safe' ? SAFE.find(([word]) => text.startsWith(word)) : undefined;
  if (found === undefined) return lines;
  const [word, tone] = found;
  const spans: Span[] = [{ text: word, tone, bold: tone === 'fail' }, { text: text.slice(word.length) }];
  return [[...first.slice(0, -1), ...spans], ...rest];
}
