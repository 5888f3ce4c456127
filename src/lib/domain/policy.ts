import type { Release } from './release.ts';

/** Who fills which role: GitHub logins, and teams as `org/slug`. */
export type Roles = Readonly<Record<string, readonly string[]>>;

/** How many people of each role must agree, and what their word means (21 CFR 11.50: review, approval). */
export type Quorum = Readonly<Record<string, { count: number; meaning: string }>>;

/** By the reviewers of the GitHub environment, or by roles, which works on every GitHub plan. */
export type Approvals = { by: 'github' } | { by: 'roles'; quorum: Quorum };

export type Weekday = 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun';

/** When deployments may begin. Days and hours are those of `zone`; a window that ends before it begins ends a day later. */
export interface WindowPolicy {
  days: readonly Weekday[];
  /** `09:00`; `to` is not part of the window any more, and may be `24:00`. */
  from: string;
  to: string;
  /** IANA name. */
  zone: string;
  /** A country, or a part of one, whose public holidays are closed: `US`, `DE-BY`. */
  holidays?: string;
  /** Closed from the first day to the last, both included, in `zone`: `2026-12-24`, or `12-24` for every year. */
  blackouts: readonly { from: string; to: string; why: string }[];
  /** Closed from one moment to another; epoch milliseconds. */
  freezes: readonly { from: number; to: number; why: string }[];
}

/** Gates that every policy has unless it says otherwise. */
export type StandingGate = 'checks' | 'branch' | 'immutable' | 'drift' | 'ledger' | 'disk';
/** Gates that a policy has if it says so. */
export type ChosenGate = 'window' | 'rate' | 'promoted_from' | 'incidents' | 'approvals';
export type GateName = StandingGate | ChosenGate;

/** What an environment demands of a deployment. An environment without one has no gates. */
export interface Policy {
  approvals?: Approvals;
  /** The only gate of a rollback to a confirmed release (D9). */
  rollbackApprovals?: Quorum;
  window?: WindowPolicy;
  rate?: { deploys: number; perMs: number };
  /** The same digests, confirmed there; within that time, if one is named (T24). */
  promotedFrom?: { environment: string; withinMs?: number };
  /** No open issue with the label, and none opened within that time (T25). */
  incidents?: { label: string; withinMs?: number };
  /** Standing gates that are turned off. */
  without: readonly StandingGate[];
  /** Checks that must be there besides those that GitHub requires of the release branch. */
  requiredChecks: readonly string[];
  /** What `--break-glass` may skip. */
  breakGlass: readonly GateName[];
  asking: Asking;
}

/** How people are asked for approval; milliseconds from the asking. */
export interface Asking {
  remindMs: number;
  /** Who is asked as well if nobody has answered by then: logins and teams. */
  escalate?: { afterMs: number; to: readonly string[] };
  expireMs: number;
}

export interface Holiday {
  /** `2026-11-26`, in the window's zone. */
  date: string;
  name: string;
}

/** What could not be had, and why: `github.com: no answer in 15s`. */
export interface Unknown {
  unknown: string;
}

export type Known<T> = T | Unknown;

export function isUnknown(value: object): value is Unknown {
  return 'unknown' in value;
}

/** A deployment as the rate gate counts it. */
export interface PastDeployment {
  deployment: string;
  /** When it was begun; epoch milliseconds. */
  at: number;
}

/** A release that was proved on another environment. */
export interface ProvedElsewhere {
  release: Release;
  /** Epoch milliseconds of its last proof. */
  at: number;
}
