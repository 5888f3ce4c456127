import type { Style } from './style.ts';

export type Env = Readonly<Record<string, string | undefined>>;

/** What is known of a stream; `process.stderr` is one. */
export interface Stream {
  isTTY?: boolean;
  columns?: number;
  rows?: number;
  write(text: string): unknown;
}

export interface OutputFlags {
  json: boolean;
  plain: boolean;
  color: boolean;
}

export type Mode = 'live' | 'plain' | 'actions' | 'silent';

const set = (value: string | undefined): boolean => value !== undefined && value !== '';
const on = (value: string | undefined): boolean => set(value) && value !== '0' && value !== 'false';

/**
 * How progress is told on stderr (screens.md, rule 20): live rows on a terminal; lines in CI, in pipes, on a dumb
 * or very narrow terminal and with `--plain`; nothing with `--json` alone.
 */
export function modeOf(stderr: Stream, env: Env, flags: OutputFlags): Mode {
  if (flags.json && !flags.plain) return 'silent';
  if (env['GITHUB_ACTIONS'] === 'true') return 'actions';
  const live = stderr.isTTY === true && !flags.plain && !on(env['CI']) && env['TERM'] !== 'dumb';
  return live && (stderr.columns ?? 80) >= 40 ? 'live' : 'plain';
}

/**
 * Whether a stream gets colour. The environment's conventions, strongest first: `--no-color` and HD_NO_COLOR,
 * NO_COLOR (no-color.org), FORCE_COLOR, CLICOLOR_FORCE, then a terminal that is not dumb and CLICOLOR other than 0
 * (bixense.com/clicolors).
 */
export function colourOf(stream: Stream, env: Env, flags: OutputFlags): boolean {
  if (!flags.color || flags.json || set(env['NO_COLOR'])) return false;
  if (env['FORCE_COLOR'] !== undefined) return on(env['FORCE_COLOR']) || env['FORCE_COLOR'] === '';
  if (on(env['CLICOLOR_FORCE'])) return true;
  return stream.isTTY === true && env['TERM'] !== 'dumb' && env['CLICOLOR'] !== '0';
}

/** ASCII when the locale's charset is not UTF-8, on TERM dumb and linux, in every plain line, and with HD_ASCII. */
export function asciiOf(env: Env, mode: Mode): boolean {
  if (on(env['HD_ASCII']) || mode === 'plain' || mode === 'actions') return true;
  if (env['TERM'] === 'dumb' || env['TERM'] === 'linux') return true;
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find(set);
  return !/utf-?8/i.test(locale ?? '');
}

const WIDEST = 100;

/** How the result on stdout, and progress on stderr, are drawn. */
export function styleOf(stream: Stream, env: Env, mode: Mode): Style {
  const plain = mode === 'plain' || mode === 'actions';
  const zone = plain ? 'UTC' : Intl.DateTimeFormat().resolvedOptions().timeZone;
  const terminal = stream.isTTY === true ? (stream.columns ?? 80) : 80;
  return { width: Math.min(Math.max(terminal, 40), WIDEST), ascii: asciiOf(env, mode), zone };
}
