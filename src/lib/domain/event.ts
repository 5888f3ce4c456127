import type { Fact, Mark } from './verdict.ts';

/** What a flow says while it works; a renderer draws it. Steps and flows know nothing of terminals. */
export type Event =
  /** `deploy v1.4.0 to prod  acme/healthdelta  login-a`: the first line; the renderer adds the time. */
  | { type: 'header'; verb: string; parts: readonly string[] }
  /** What is about to happen, before the question: on stderr, between empty lines; the table between the facts. */
  | { type: 'preview'; facts: readonly Fact[]; table?: PreviewTable; after?: readonly Fact[] }
  /**
   * Opens a live region with these rows, all idle: what is going to happen, in order. `transient` for a verb whose
   * answer says it all again: the rows go when it ends.
   */
  | { type: 'stages'; title?: string; stages: readonly { name: string; text: string }[]; transient?: true }
  /**
   * A stage's row changes. `ms` is there when it ended; `link` is shown below the stage's items. A stage that
   * ended well folds into its row, but for one that says `open`: what the verb is about.
   * `idle` says that there is nothing to do: `v1.4.0 is at 8c3f2e1 already, kept`. One that waits for people has no
   * duration: its text says since when (screens.md, rule 15).
   */
  | {
      type: 'stage';
      name: string;
      mark: Mark;
      text: string;
      ms?: number;
      link?: string;
      open?: true;
      forPeople?: true;
    }
  /** A row nested in a stage: a host, a job. `serves` is what that host serves now. */
  | {
      type: 'item';
      stage: string;
      name: string;
      mark: Mark;
      serves?: string;
      text: string;
      ms?: number;
      foreign?: readonly string[];
    }
  /** A host does not answer and is tried again; without `silence`, it answers. */
  | { type: 'silence'; host: string; silence?: Silence }
  /** The last rows of the live region: always what serves now, and what else is to be known at a glance. */
  | { type: 'footer'; text: string; more?: string }
  /** A line of its own, above the live region. */
  | { type: 'note'; mark: 'warn' | 'ok' | 'fail' | 'idle'; text: string };

/** A host that does not answer, while it is tried again. Epoch milliseconds of the operator's clock. */
export interface Silence {
  since: number;
  until: number;
  /** Of `--reconnect`. */
  limitMs: number;
}

export interface PreviewTable {
  /** In capitals. */
  head: readonly string[];
  rows: readonly {
    mark?: Mark;
    cells: readonly string[];
    /** Below the row: what is done on which host. */
    steps?: readonly { name: string; text: string }[];
  }[];
  /** Columns whose cells stand at the right: durations. */
  right?: readonly number[];
}
