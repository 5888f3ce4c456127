import { isAbsolute, relative } from 'node:path';
import type { LineCounter } from 'yaml';
import { HdError } from '../domain/errors.ts';
import { Exit } from '../domain/exit.ts';
import type { Flaw, Path, Span } from './located.ts';

/** One thing that is wrong with hd.yml, ready to be shown. */
export interface Problem {
  /** As a person would type it from where they are. */
  file: string;
  /** From 1. Absent if the file as a whole is meant. */
  at?: { line: number; column: number };
  /** `environments.prod.rollout`; empty for the file's top level. */
  path: string;
  message: string;
  /** What to write instead. */
  write?: string;
  /** The offending line (of a very long one what is near), and the part of it that is meant: offset and length. */
  source?: { text: string; from: number; length: number };
}

/** hd.yml can't be used. Carries everything that is wrong with it, in the order of the text. */
export class ConfigError extends HdError {
  override readonly name = 'ConfigError';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const [first] = problems;
    const count = `${problems.length} ${problems.length === 1 ? 'error' : 'errors'}`;
    super('config', Exit.usage, `${count} in ${first?.file ?? 'hd.yml'}`, { outcome: 'config' });
    this.problems = problems;
  }
}

/** Turns flaws into problems: in the order of the text, and each only once however often it is inherited. */
export function toProblems(
  file: string,
  text: string,
  lines: LineCounter,
  flaws: readonly Flaw[],
): Problem[] {
  const seen = new Set<string>();
  return flaws
    .map((flaw) => ({ flaw, path: formatPath(flaw.path) }))
    .filter(({ flaw, path }) => {
      const key = [flaw.span.start, path, flaw.message].join('\n');
      return !seen.has(key) && seen.add(key);
    })
    .sort((a, b) => a.flaw.span.start - b.flaw.span.start)
    .map(({ flaw, path }) => {
      const { line, col } = lines.linePos(flaw.span.start);
      const start = lines.lineStarts[line - 1] ?? 0;
      const next = text.indexOf('\n', start);
      const end = next === -1 ? text.length : next;
      return {
        file,
        at: { line, column: col },
        path,
        message: flaw.message,
        ...(flaw.write === undefined ? {} : { write: flaw.write }),
        source: excerpt(text, { start, end }, flaw.span),
      };
    });
}

/** The line around the span, or of a very long line what is near. */
function excerpt(text: string, line: Span, span: Span): NonNullable<Problem['source']> {
  const start = Math.max(line.start, span.start - NEAR);
  const end = Math.min(line.end, span.start + NEAR);
  return {
    text: text.slice(start, end).replace(/\r$/, ''),
    from: span.start - start,
    length: Math.max(1, Math.min(span.end, end) - span.start),
  };
}

/** The file as a person would type it from `cwd`. */
export function displayName(cwd: string, file: string): string {
  const short = relative(cwd, file);
  return short === '' || isAbsolute(short) || short.startsWith('../../..') ? file : short;
}

function formatPath(path: Path): string {
  return path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${step}`))
    .join('');
}

const WIDTH = 80;
const NEAR = 400;
const SHOWN = 20;

/**
 * The lines of screen 19, without colour: place and message, the line with a caret row, what to write.
 * One empty line between two problems, none at the end; at most twenty problems.
 */
export function renderProblems(problems: readonly Problem[]): string[] {
  const lines = problems
    .slice(0, SHOWN)
    .flatMap((problem, index) => [...(index > 0 ? [''] : []), ...render(problem)]);
  return problems.length > SHOWN ? [...lines, '', `${problems.length - SHOWN} more errors`] : lines;
}

function render({ file, at, path, message, write, source }: Problem): string[] {
  const place = at === undefined ? file : `${file}:${at.line}:${at.column}`;
  const head = wrap(`${place}  `, '  ', `${path === '' ? '' : `${path}: `}${message}`);
  const fix = write === undefined ? [] : wrap('  write      ', ' '.repeat(13), write);
  if (source === undefined || at === undefined) return [...head, ...fix];
  const number = `  ${at.line} | `;
  const { text, from, length } = window(source, WIDTH - number.length);
  const caret = `${' '.repeat(number.length - 2)}| ${' '.repeat(from)}${'^'.repeat(length)}`;
  return [...head, `${number}${text}`.trimEnd(), caret, ...fix];
}

/** Breaks at blanks, never inside a word. */
function wrap(first: string, indent: string, text: string): string[] {
  const [start = '', ...words] = clean(text).split(' ');
  const lines = [`${clean(first)}${start}`];
  for (const word of words) {
    const line = lines.at(-1) ?? '';
    if (line.length + 1 + word.length <= WIDTH) lines.splice(-1, 1, `${line} ${word}`);
    else lines.push(`${indent}${word}`);
  }
  return lines;
}

/** The part of a long line that holds the offence; `…` stands where it was cut. */
function window(source: NonNullable<Problem['source']>, width: number): NonNullable<Problem['source']> {
  const before = Array.from(clean(source.text.slice(0, source.from)));
  const meant = Array.from(clean(source.text.slice(source.from, source.from + source.length)));
  const after = Array.from(clean(source.text.slice(source.from + source.length)));
  const marked = Math.max(1, Math.min(meant.length, width - 2));
  const all = [...before, ...meant, ...after];
  const last = before.length + marked + (marked < meant.length ? 1 : 0);
  const skip = last + 1 <= width ? 0 : last + 1 - width;
  const head = skip > 0 ? ['…', ...all.slice(skip + 1)] : all;
  const text = head.length > width ? [...head.slice(0, width - 1), '…'] : head;
  return { text: text.join(''), from: Math.max(0, before.length - skip), length: marked };
}

/** Control characters, bidirectional marks and tabs would move the caret, or the terminal. */
function clean(text: string): string {
  return text.replace(/\t/g, ' ').replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, '·');
}
