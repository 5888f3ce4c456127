import type { BreakGlass, RecordedApproval } from '../domain/approval.ts';
import type { Environment } from '../domain/environment.ts';
import type { LedgerEntry } from '../domain/ledger.ts';
import type { Actor } from '../domain/actor.ts';
import type { Plan } from '../domain/plan.ts';
import type { Release } from '../domain/release.ts';
import type { Driver } from '../drivers/driver.ts';
import type { Leave } from '../engine/line.ts';
import type { Confirmed } from './history.ts';
import type { SeenHost, Sight } from './observe.ts';
import type { ResolvedTarget } from './target.ts';

/** A plan that somebody agreed to, and what it needs to be executed. */
export interface Change {
  verb: 'deploy' | 'rollback';
  environment: Environment;
  driver: Driver;
  target: ResolvedTarget;
  plan: Plan;
  actor: Actor;
  /** A rollback: the release that it leaves. */
  leaves?: Release;
  /** A rollback goes on without hosts that do not answer, and says so (D9). */
  away?: Sight['unseen'];
  /** The files did not come from the release's commit. */
  worktree?: true;
  /** What it may do to get the lock. */
  leave?: Leave;
  /** For the ledger: what it went through. */
  evidence?: readonly string[];
  /** Judges the gates once more under the lock; throws if one is closed, and nothing was begun. */
  recheck?: (seen: readonly SeenHost[]) => Promise<GateWords>;
  /** Called once the ledger says that it was begun: before the first effect. */
  begun?: () => void;
  approvals?: GateWords['approvals'];
  breakGlass?: GateWords['breakGlass'];
  rules?: GateWords['rules'];
  /** A deployment that has no good end, which this one brings to an end. */
  resumes?: Resumes;
}

/** What the ledger says of the gates that a change went through. */
export interface GateWords {
  approvals: readonly RecordedApproval[];
  /** A line for each gate. */
  evidence: readonly string[];
  breakGlass?: Omit<BreakGlass, 'by'>;
  rules?: LedgerEntry['rules'];
}

export interface Resumes {
  deployment: string;
  /** The plan that it was begun with. */
  plan: string | undefined;
  /** How often it was taken up, this time included. */
  times: number;
  /** Hosts whose switch was begun by then. */
  begun: readonly string[];
  /** What served before it was begun, by host. */
  from: Readonly<Record<string, string>>;
  /** It had begun to go back: only that is finished. `failed` is the release that it goes back from. */
  back?: { failed: Release; restored: Confirmed; reason: string };
}
