import type { Standing } from '../../domain/approval.ts';
import type {
  GateName,
  Holiday,
  Known,
  PastDeployment,
  Policy,
  ProvedElsewhere,
  Unknown,
} from '../../domain/policy.ts';
import type { Digest, Release } from '../../domain/release.ts';
import type { CommitCheck, GitHubIssue } from '../../ports.ts';
import type { Gate } from '../gate.ts';

/** Everything that the gates of a deployment judge by, observed beforehand: a gate asks nobody. */
export interface DeployFacts {
  /** Epoch milliseconds; the gates of time judge by it, and the next slot is looked for by moving it. */
  now: number;
  /** The operator's, IANA name, for times of day. */
  zone: string;
  environment: string;
  policy: Policy;
  release: Release;
  /** The plan's hash. */
  plan: string;
  /** Public holidays from today on, for at least 400 days; empty if the policy names no country. */
  holidays: Known<readonly Holiday[]>;
  /** Of the ledger, newest first: those that began to change something. */
  deployments: readonly PastDeployment[];
  ledger: { entries: number; head?: string; problems: readonly string[] };
  /** One sentence for each way in which the hosts differ from what the ledger says was confirmed last. */
  drift: readonly string[];
  /** What was confirmed last. */
  recorded?: Release;
  /** Of each image that the release replaces: how the plan names it, and its digest when it was released, if that was kept. */
  images: readonly { service: string; reference: string; released?: Digest }[];
  /** Why it is not known what was kept. */
  manifest?: Unknown;
  /** Bytes that each host has to pull (compressed), and what is free where Docker keeps them. */
  disk: readonly { host: string; pullBytes: number; freeBytes: number }[];
  /** `promoted_from`: what was proved there, newest first. */
  elsewhere?: Known<readonly ProvedElsewhere[]>;
  /** `incidents`: open issues with the label, and those opened within the policy's time. */
  incidents?: Known<{ open: readonly GitHubIssue[]; recent: readonly GitHubIssue[] }>;
  checks?: Known<{ checks: readonly CommitCheck[]; required: readonly string[] }>;
  /** The release branch, and whether the release's commit is on it. */
  branch?: Known<{ name: string; head: string; contains: boolean }>;
  approvals?: Known<Standing>;
}

/** What the gates of time alone judge by: the window and the rate. */
export type TimeFacts = Pick<DeployFacts, 'now' | 'zone' | 'policy' | 'holidays' | 'deployments'>;

/** What the approvals are judged by; a rollback has no more than this. */
export type ApprovalFacts = Pick<DeployFacts, 'policy' | 'approvals' | 'zone' | 'now'>;

/** A gate of a deployment; some need only a part of the facts. */
export interface DeployGate<Facts = DeployFacts> extends Gate<Facts> {
  readonly name: GateName;
}

/** In place of a fact that nobody looked for: nothing follows from that. */
export const NOT_ASKED: Unknown = { unknown: 'it was not asked for' };
