import type { Finding } from './finding.ts';
import type { Release } from './release.ts';

export type Outcome = 'confirmed' | 'rolled-back' | 'failed' | 'inconclusive' | 'interrupted';

export interface Actor {
  /** The GitHub login if a token proved it, else the OS user. */
  name: string;
  proven: boolean;
  machine: string;
}

/** One event; a line of the ledger is its canonical JSON (RFC 8785). */
export interface LedgerEntry {
  v: 1;
  /** SHA-256 of the line before, without its newline, in hexadecimal; absent in the first. */
  prev?: string;
  /** RFC 3339, UTC, by the operator's clock. */
  at: string;
  hd: string;
  environment: string;
  actor: Actor;
  kind: 'started' | 'finished' | 'refused' | 'taken-over';
  verb: 'deploy' | 'rollback';
  /** `d48`; a refusal has none, since nothing began. */
  deployment?: string;
  plan?: string;
  release?: Release;
  /** What served before, by host. */
  from?: Readonly<Record<string, string>>;
  hosts: readonly string[];
  outcome?: Outcome;
  /** Whose directory holds the release's files, if it is not this deployment's own (a rollback). */
  files?: string;
  /** A rollback: the release that was rolled back from. */
  leaves?: Release;
  /** The release that was put back, if the outcome is `rolled-back`. */
  restored?: Release;
  durationsMs?: Readonly<Record<string, number>>;
  downtimeMs?: number;
  /** The findings that failed; for a success, how many passed. */
  failed?: readonly Finding[];
  checks?: { passed: number; of: number };
  /** One sentence: why it was refused, or failed. */
  reason?: string;
  /** `--worktree`: the files did not come from the release's commit. */
  worktree?: true;
}

/** An entry as it stands in the file. */
export interface LedgerLine {
  entry: LedgerEntry;
  /** SHA-256 of the line, without its newline, in hexadecimal. */
  hash: string;
}
