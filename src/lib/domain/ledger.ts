import type { Actor } from './actor.ts';
import type { BreakGlass, RecordedApproval, RecordedRequest } from './approval.ts';
import type { Finding } from './finding.ts';
import type { StageName } from './plan.ts';
import type { Release } from './release.ts';
import type { Commit } from './version.ts';

export type Outcome = 'confirmed' | 'rolled-back' | 'failed' | 'inconclusive' | 'interrupted';

export type EntryKind =
  /** What would be done, and why; stands before `started`. */
  | 'planned'
  | 'refused'
  /** People were asked to approve a plan. */
  | 'requested'
  /** One for each approval that a deployment had, beside its first word. */
  | 'approved'
  /** Before the first effect; again, with `resumed`, when a deployment is taken up. */
  | 'started'
  /** The release failed, and the one in `restored` is put back. */
  | 'going-back'
  | 'finished'
  /** A deployment whose operator was asked to stop, or was found dead: it has no good end yet. */
  | 'interrupted'
  | 'taken-over'
  | 'frozen'
  | 'unfrozen'
  /** Hosts were found to run something else than the ledger said, before that was changed. */
  | 'drift'
  /** What runs was proved again, and nothing was changed (`hd verify --record`). */
  | 'verified'
  /** Two ledgers told two stories; names both heads, and whose is kept. */
  | 'reconciled';

export type LedgerVerb = 'deploy' | 'rollback' | 'verify' | 'lock' | 'unlock' | 'reconcile';

/** One event; a line of the ledger is its canonical JSON (RFC 8785). */
export interface LedgerEntry {
  v: 1;
  /** SHA-256 of the line before, without its newline, in hexadecimal; absent in the first. */
  prev?: string;
  /** RFC 3339, UTC, by the operator's clock. */
  at: string;
  /** The same moment by each host's own clock, as far as it was last seen to be off. */
  clocks?: Readonly<Record<string, string>>;
  hd: string;
  environment: string;
  actor: Actor;
  kind: EntryKind;
  verb: LedgerVerb;
  /** `d48`; what began nothing has none. */
  deployment?: string;
  plan?: string;
  /** `planned`: what the stages do, and why. */
  stages?: readonly { name: StageName; hosts: readonly string[]; what: string; because: string }[];
  release?: Release;
  /** What served before, by host. */
  from?: Readonly<Record<string, string>>;
  hosts: readonly string[];
  /** How often the deployment was taken up again. */
  resumed?: number;
  outcome?: Outcome;
  /** Hosts whose switch was begun. */
  begun?: readonly string[];
  /** Whose directory holds the release's files, if it is not this deployment's own (a rollback). */
  files?: string;
  /** A rollback: the release that was rolled back from. */
  leaves?: Release;
  /** The release that is put back, or was, if the outcome is `rolled-back`. */
  restored?: Release;
  durationsMs?: Readonly<Record<string, number>>;
  downtimeMs?: number;
  /** The findings that failed; for a success, how many passed. */
  failed?: readonly Finding[];
  checks?: { passed: number; of: number };
  /** One sentence: why it was refused, failed, frozen or reconciled. */
  reason?: string;
  /** What a gate or a look at the hosts found, a line each. */
  evidence?: readonly string[];
  /** `--worktree`: the files did not come from the release's commit. */
  worktree?: true;
  /** `interrupted`: who asked it to stop; absent if it was found dead. */
  stoppedBy?: Actor;
  /** `frozen`: until when, RFC 3339; absent for one that ends only by hand. */
  until?: string;
  /** `reconciled`: the head of each host's ledger before, and whose story goes on. */
  heads?: Readonly<Record<string, string>>;
  keep?: string;
  /** Each host's journal of the deployment: how many lines it had, and their SHA-256. */
  journals?: Readonly<Record<string, JournalHead>>;
  /** The GitHub Deployment that was kept in step, and the one that the Actions job made by itself. */
  github?: { deployment?: number; actions?: number };
  /** `requested`. */
  request?: RecordedRequest;
  /** `approved`. */
  approval?: RecordedApproval;
  /** `started`: whose rules it was judged by, if they were read from the release branch; whether going back needs approval. */
  rules?: { branch: string; commit: Commit; rollback?: true };
  /** `started`: gates that were skipped. */
  breakGlass?: Omit<BreakGlass, 'by'>;
  /** Over the canonical entry without this field: `ssh-keygen -Y sign -n hd-ledger`, armoured. */
  signature?: string;
}

/** The first `lines` lines of a journal, newlines included; a step that was left to itself may write more after them. */
export interface JournalHead {
  lines: number;
  sha256: string;
}

/** An entry as it stands in the file. */
export interface LedgerLine {
  entry: LedgerEntry;
  /** SHA-256 of the line, without its newline, in hexadecimal. */
  hash: string;
}
