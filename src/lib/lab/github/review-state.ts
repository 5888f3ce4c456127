/** Where jobs deploy to, and what protects it. */
export interface Environment {
  id: number;
  name: string;
  /** Minutes. */
  waitTimer: number;
  preventSelfReview: boolean;
  reviewers: Reviewer[];
  branchPolicy: { protected_branches: boolean; custom_branch_policies: boolean } | null;
  createdAt: string;
  updatedAt: string;
}

export interface Reviewer {
  type: 'User' | 'Team';
  /** A user's by `users/{username}`, a team's by `orgs/{org}/teams/{team_slug}`. */
  id: number;
}

/** A job's way past the protection rules of its environment. */
export interface Gate {
  run: number;
  job: number;
  environment: number;
  deployment: number;
  /** Epoch milliseconds. */
  startedAt: number;
  /** `open` lets the job go, once the timer has ended too. */
  state: 'waiting' | 'open' | 'rejected';
}

/** What somebody said to a run that waits. */
export interface Review {
  run: number;
  environments: number[];
  state: 'approved' | 'rejected';
  user: string;
  comment: string;
}

export interface Artifact {
  id: number;
  run: number;
  attempt: number;
  name: string;
  size: number;
  sha256: string;
  createdAt: string;
  expiresAt: string;
}

/** What a step said by `::error::` and its like. */
export interface Annotation {
  level: 'failure' | 'warning' | 'notice';
  title: string | null;
  message: string;
  path: string;
  line: number;
}
