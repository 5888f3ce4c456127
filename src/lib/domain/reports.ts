import type { HdError } from './errors.ts';
import type { Finding } from './finding.ts';
import type { LedgerEntry } from './ledger.ts';
import type { ObservedHost } from './observed.ts';
import type { Release } from './release.ts';
import type { Serving } from './serving.ts';

/** What `hd verify` found out. */
export interface VerifyReport {
  environment: string;
  release: Release;
  /** The deployment that recorded it. */
  deployment: string | undefined;
  hosts: readonly { name: string; findings: readonly Finding[] }[];
}

/** What `hd status` saw of one host. */
export interface HostStatus {
  name: string;
  serving?: Serving;
  observed?: ObservedHost;
  health: 'healthy' | 'failing' | 'no answer';
  /** Why there was no answer: the error that looking at it ended with. */
  error?: HdError;
}

/** What is not as the ledger says: one paragraph each. */
export interface Drift {
  text: string;
  more: readonly string[];
}

export interface EnvironmentStatus {
  name: string;
  hosts: readonly HostStatus[];
  /** What the ledger says was confirmed last. */
  recorded: Release | undefined;
  /** The entry that says so. */
  entry: LedgerEntry | undefined;
  /** The last deployment, if it ended otherwise. */
  last?: LedgerEntry;
  /** A deployment that has no good end: its first word, how it ended as far as anybody wrote it down, what is left. */
  unsettled: { entry: LedgerEntry; text: string; finish: string } | undefined;
  drift: readonly Drift[];
  /** What `hd rollback` would go back to. */
  wayBack: Release | undefined;
  /** Of the gates that time opens, those that are closed now: by the file here, and nobody is asked. */
  closed?: readonly { gate: string; opensAt?: number }[];
  /** A plan that people were asked to approve, and that nothing was begun after. */
  asked?: LedgerEntry;
}

/** A row of `hd rollback --list`: what can be gone back to, or why not. */
export interface WayBack {
  name: string;
  confirmedAt?: string;
  image: string;
  /** The one that is chosen without `--to`. */
  chosen: boolean;
  possible: boolean;
  text: string;
}
