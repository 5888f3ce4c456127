import type { Issue, IssueComment, Label } from './issue-state.ts';
import type { Annotation, Artifact, Environment, Gate, Review } from './review-state.ts';

/** `waiting`: for its environment; `pending`: for its concurrency group. */
type Status = 'queued' | 'in_progress' | 'completed' | 'waiting' | 'pending';
export type Conclusion =
  'success' | 'failure' | 'neutral' | 'cancelled' | 'skipped' | 'timed_out' | 'action_required';

export interface Run {
  id: number;
  checkSuite: number;
  workflow: string;
  number: number;
  attempt: number;
  event: 'push' | 'workflow_dispatch';
  /** `refs/tags/v1.4.0`. */
  ref: string;
  before: string | null;
  sha: string;
  actor: string;
  inputs: Record<string, string>;
  /** What its list shows. */
  title: string;
  status: Status;
  conclusion: Conclusion | null;
  createdAt: string;
  startedAt: string;
  updatedAt: string;
}

/** Of one attempt of a run. Its id is its check run's too, as on GitHub. */
export interface Job {
  id: number;
  run: number;
  attempt: number;
  /** Its key in the workflow file. */
  key: string;
  name: string;
  status: Status;
  conclusion: Conclusion | null;
  createdAt: string;
  startedAt: string | null;
  completedAt: string | null;
  steps: Step[];
  outputs: Record<string, string>;
  annotations: Annotation[];
  /** What its steps wrote to GITHUB_STEP_SUMMARY. */
  summary: string;
}

export interface Step {
  number: number;
  name: string;
  status: 'queued' | 'in_progress' | 'completed';
  conclusion: Conclusion | null;
  startedAt: string | null;
  completedAt: string | null;
}

/** A check run that no job made: of another app, set up through `/_lab/checks`. */
export interface Check {
  id: number;
  checkSuite: number;
  sha: string;
  name: string;
  status: 'queued' | 'in_progress' | 'completed';
  conclusion: Conclusion | null;
  startedAt: string;
  completedAt: string | null;
}

export interface CommitStatus {
  id: number;
  sha: string;
  state: 'error' | 'failure' | 'pending' | 'success';
  context: string;
  description: string | null;
  targetUrl: string | null;
  creator: string;
  createdAt: string;
}

export interface Release {
  id: number;
  tag: string;
  target: string;
  name: string | null;
  body: string | null;
  draft: boolean;
  prerelease: boolean;
  author: string;
  createdAt: string;
  publishedAt: string | null;
  assets: Asset[];
}

export interface Asset {
  id: number;
  name: string;
  label: string | null;
  contentType: string;
  size: number;
  sha256: string;
  uploader: string;
  createdAt: string;
}

/** A deployment as GitHub's API has it: a request to put a commit somewhere, and what became of it. */
export interface Deployment {
  id: number;
  ref: string;
  sha: string;
  task: string;
  environment: string;
  description: string | null;
  payload: Record<string, unknown> | string;
  creator: string;
  /** The environment goes away again; or people use it. */
  transient: boolean;
  production: boolean;
  createdAt: string;
  /** Oldest first. */
  statuses: DeploymentStatus[];
}

export interface DeploymentStatus {
  id: number;
  state: 'error' | 'failure' | 'inactive' | 'in_progress' | 'queued' | 'pending' | 'success' | 'waiting';
  description: string;
  environment: string;
  logUrl: string;
  environmentUrl: string;
  creator: string;
  createdAt: string;
}

/** What must pass before a commit may come to a branch. */
export interface BranchRules {
  /** Of its protection, and of the repository's rules. */
  protection: string[];
  rules: string[];
}

export interface State {
  lastId: number;
  /** Of issues and pull requests. */
  lastNumber: number;
  /** Every ref as it was when it was last looked at; absent before the first look. */
  refs: Record<string, string> | undefined;
  /** By path of the file. */
  workflows: Record<string, { id: number; name: string; createdAt: string; runs: number }>;
  runs: Run[];
  jobs: Job[];
  checks: Check[];
  statuses: CommitStatus[];
  releases: Release[];
  deployments: Deployment[];
  issues: Issue[];
  comments: IssueComment[];
  labels: Label[];
  environments: Environment[];
  gates: Gate[];
  reviews: Review[];
  artifacts: Artifact[];
  /** By branch. */
  branches: Record<string, BranchRules>;
}

/** The jobs of a run's last attempt, or of every one. */
export function latestJobs(state: State, run: Run, all = false): Job[] {
  return state.jobs.filter((job) => job.run === run.id && (all || job.attempt === run.attempt));
}

/** How a run ended, by its jobs. */
export function conclusionOf(jobs: readonly Job[]): Conclusion {
  const ends = jobs.map((job) => job.conclusion);
  if (ends.includes('failure')) return 'failure';
  if (ends.includes('cancelled')) return 'cancelled';
  return ends.every((end) => end === 'skipped') ? 'skipped' : 'success';
}
