import type { Commit } from '../domain/version.ts';
import type { WorkflowRun } from './workflow-run.ts';

/** Runs that hd starts itself, and what a run waits for. */
export interface GitHubDispatch {
  /**
   * Starts the workflow, never twice; an input that it does not declare is an error (exit 2), as is a workflow that is
   * not there.
   * @param workflow the file's name
   * @param ref a branch or tag
   * @returns the run, if the server says which (`return_run_details`). Undefined from an older one, and after a lost
   *   answer: the run, if there is one, is then among `dispatched`
   */
  dispatch(
    workflow: string,
    ref: string,
    inputs: Readonly<Record<string, string>>,
  ): Promise<{ run: number } | undefined>;
  /** Dispatched runs of the workflow, newest first, made at or after that moment (epoch milliseconds, by GitHub's clock). */
  dispatched(workflow: string, since: number): Promise<readonly WorkflowRun[]>;
  /** Runs that wait for a review, newest first. */
  waitingRuns(): Promise<readonly WorkflowRun[]>;
  cancelRun(run: number): Promise<void>;
  /** What the run waits for; empty if for nothing. */
  pendingDeployments(run: number): Promise<readonly PendingDeployment[]>;
  /** @throws HdError exit 4 if the token's user is no required reviewer, or may not review an own request; 3 if it comes too late */
  review(
    run: number,
    review: { environments: readonly number[]; state: 'approved' | 'rejected'; comment: string },
  ): Promise<void>;
  /** What people said to a run, oldest first. */
  reviews(run: number): Promise<readonly RunReview[]>;
  /**
   * The text files of a run's artifact, by path; undefined if the run has none of that name, or it is expired.
   * @throws HdError exit 5 for one that is no zip, larger than 16 MB unpacked, or not what was uploaded
   */
  artifact(run: number, name: string): Promise<ReadonlyMap<string, string> | undefined>;
  /** Undefined if GitHub has no such environment. */
  environment(name: string): Promise<GitHubEnvironment | undefined>;
  /** Names of the checks that GitHub requires of a branch: its protection's and its rules'. */
  requiredChecks(branch: string): Promise<readonly string[]>;
  /**
   * Commits after `base` up to `head`, oldest first, 250 at the most; `total` says how many there are.
   * @throws HdError exit 5 if GitHub lacks one of them
   */
  commitsBetween(
    base: Commit,
    head: Commit,
  ): Promise<{ total: number; commits: readonly { sha: Commit; title: string; author: string }[] }>;
  /** Merged pull requests that a commit belongs to. */
  pullRequestsOf(
    commit: Commit,
  ): Promise<readonly { number: number; title: string; url: string; author: string }[]>;
}

export interface PendingDeployment {
  /** Of the environment. */
  id: number;
  environment: string;
  /** The viewer is one of the required reviewers, and may say yes. */
  mayApprove: boolean;
  /** Logins, and teams as `org/slug`. */
  reviewers: readonly string[];
  /** Until then it waits for its timer too; epoch milliseconds. */
  waitsUntil?: number;
}

export interface RunReview {
  by: string;
  state: 'approved' | 'rejected' | 'pending';
  comment: string;
  environments: readonly string[];
}

export interface GitHubEnvironment {
  id: number;
  name: string;
  /** Empty also where GitHub's plan does not offer required reviewers. */
  reviewers: readonly string[];
  preventSelfReview: boolean;
  waitMinutes: number;
}
