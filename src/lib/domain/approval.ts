import type { Actor } from './actor.ts';

/** What is asked of people: one issue on GitHub for each plan (role quorum). */
export interface ApprovalRequest {
  number: number;
  url: string;
  environment: string;
  verb: 'deploy' | 'rollback';
  /** `v1.4.0`. */
  what: string;
  /** The whole hash. */
  plan: string;
  /** A login. */
  requester: string;
  /** Epoch milliseconds. */
  askedAt: number;
  expiresAt: number;
  open: boolean;
  /** Who opened the issue, and its text now. */
  author: string;
  body: string;
}

/** A word that counts. */
export interface Vote {
  /** A login. */
  by: string;
  decision: 'approve' | 'reject';
  role: string;
  /** `approval`, `review`: what the policy says that this role's word means. */
  meaning: string;
  comment: string;
  /** Epoch milliseconds. */
  at: number;
  url: string;
}

/** A word that does not count, and why: `login-d is in none of the roles`. */
export interface NotCounted {
  by: string;
  at: number;
  why: string;
  url: string;
}

export interface RoleStanding {
  role: string;
  needed: number;
  meaning: string;
  votes: readonly Vote[];
  /** Whose word would count: logins and teams, without the requester. */
  asked: readonly string[];
}

export type StandingState =
  /** Nobody was asked yet. */
  | 'not-asked'
  | 'waiting'
  | 'approved'
  | 'rejected'
  | 'expired'
  /** Another plan of the environment was asked for later. */
  | 'overtaken'
  /** The issue does not say any more what was asked. */
  | 'altered'
  /** Deployed, or closed by hand. */
  | 'closed';

/** How an approval by roles stands. */
export interface Standing {
  state: StandingState;
  plan: string;
  request?: ApprovalRequest;
  roles: readonly RoleStanding[];
  rejected?: Vote;
  notCounted: readonly NotCounted[];
  reminded?: number;
  escalated?: number;
}

/** Somebody's approval as the ledger keeps it. */
export interface RecordedApproval {
  by: string;
  role: string;
  meaning: string;
  comment: string;
  /** RFC 3339. */
  at: string;
  url: string;
}

/** The request as the ledger keeps it: `body` is the SHA-256 of the text that people were shown. */
export interface RecordedRequest {
  issue: number;
  url: string;
  body: string;
  expires: string;
}

/** Gates that were skipped in an emergency, by whom, for what. */
export interface BreakGlass {
  by: Actor;
  incident: string;
  reason: string;
  gates: readonly string[];
  /** The issue in which it is reviewed; absent if GitHub could not be told. */
  review?: string;
}
