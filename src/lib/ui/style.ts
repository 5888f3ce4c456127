import type { Mark } from '../domain/verdict.ts';

/** What a text is drawn for. Pure: everything here was decided once, from the terminal and the environment. */
export interface Style {
  /** Columns that may be used; never more than 100 (screens.md, rule 7). */
  width: number;
  /** The alphabet without UTF-8. */
  ascii: boolean;
  /** IANA name of the zone that times are shown in; `UTC` in plain lines. */
  zone: string;
}

/** A colour by its meaning; the colours themselves are in colour.ts. */
export type Tone = 'ok' | 'fail' | 'warn' | 'busy' | 'dim';

export interface Span {
  text: string;
  tone?: Tone;
  bold?: boolean;
}

/** One line on the screen. Take its tones away and nothing is lost. */
export type Line = readonly Span[];

export const EMPTY: Line = [];

const SYMBOLS: Record<Mark, { unicode: string; ascii: string; tone: Tone }> = {
  ok: { unicode: '✓', ascii: '+', tone: 'ok' },
  fail: { unicode: '✗', ascii: 'x', tone: 'fail' },
  warn: { unicode: '!', ascii: '!', tone: 'warn' },
  idle: { unicode: '·', ascii: '-', tone: 'dim' },
  busy: { unicode: '⠹', ascii: '*', tone: 'busy' },
};

/** The frames of a running row's symbol; without UTF-8 it stands still. */
const TURNING = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'] as const;

export function symbol(mark: Mark, style: Style, frame?: number): Span {
  const { unicode, ascii, tone } = SYMBOLS[mark];
  const turning = mark === 'busy' && frame !== undefined ? TURNING[frame % TURNING.length] : undefined;
  return { text: style.ascii ? ascii : (turning ?? unicode), tone };
}

/** Whether and how a mark colours a word (a headline's outcome). */
export function toneOf(mark: Mark): Tone {
  return SYMBOLS[mark].tone;
}

const CONTROL = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;
// ECMA-48: CSI, OSC (ended by BEL or ST) and two-character escapes.
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;

/**
 * Text that can be written to a terminal: without escape sequences, control characters and invisible format
 * characters (a name can otherwise redraw the screen or reorder what is read). A tab or a line's end becomes a blank.
 */
export function clean(text: string): string {
  return text
    .replace(ESCAPES, '')
    .replace(/[\t\r\n]+/g, ' ')
    .replace(CONTROL, '');
}

const FALLBACK: Readonly<Record<string, string>> = {
  '→': '->',
  '…': '...',
  '›': '>',
  '✓': '+',
  '✗': 'x',
  '·': '-',
};

/** The text in the style's alphabet; what ASCII has no form for becomes `?`. */
export function spell(text: string, style: Style): string {
  const safe = clean(text);
  return style.ascii ? safe.replace(/[^\x20-\x7e]/gu, (char) => FALLBACK[char] ?? '?') : safe;
}

/** What the line reads as without its colours. */
export function plainText(line: Line): string {
  return line.map((span) => span.text).join('');
}
