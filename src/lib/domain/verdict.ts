import type { ExitCode } from './exit.ts';

/** `ok` ✓, `fail` ✗, `warn` ! (not proven), `idle` · (not begun), `busy` (running). */
export type Mark = 'ok' | 'fail' | 'warn' | 'idle' | 'busy';

/** A labelled line above the verdict; `foreign` is text that somebody else wrote, shown behind `| `. */
export interface Fact {
  /** A row with an outcome of its own: a gate, a check. Its symbol stands before the label. */
  mark?: Mark;
  label: string;
  text: string;
  /** Further lines of ours, in the text's column. */
  more?: readonly string[];
  foreign?: readonly string[];
}

/** A command that a person can paste, with the remark that stands before it. */
export interface Next {
  remark?: string;
  command: readonly string[];
}

/** A row of the verdict: free text, or commands. */
export interface VerdictRow {
  label: string;
  text?: string;
  commands?: readonly Next[];
}

/** The last lines on the screen: what serves now, is it safe, what next. */
export interface Verdict {
  mark: Mark;
  /** One or two words: `confirmed`, `rolled-back`, `refused`, `host key`. */
  outcome: string;
  /** What serves now, after the outcome. */
  headline: string;
  exit: ExitCode;
  rows: readonly VerdictRow[];
}

/** Facts, an empty line, the verdict. */
export interface EndBlock {
  facts: readonly Fact[];
  verdict: Verdict;
}
