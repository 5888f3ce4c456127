/** Issues, their comments, and who is in a team. Times are epoch milliseconds. */
export interface GitHubIssues {
  /** Newest first; pull requests are left out. */
  issues(filter: {
    labels: readonly string[];
    state: 'open' | 'closed' | 'all';
    /** Opened or changed since then. */
    since?: number;
  }): Promise<readonly GitHubIssue[]>;
  /** Undefined if there is none of that number. */
  issue(number: number): Promise<GitHubIssue | undefined>;
  /**
   * Labels that the repository does not have are made; assignees that GitHub does not take are left out. The body must
   * differ from any other's (a lost answer is looked for by it).
   * @throws HdError exit 4 if the token's user may not set labels: the issue could not be found again, and is closed
   */
  createIssue(issue: {
    title: string;
    body: string;
    labels: readonly string[];
    assignees?: readonly string[];
  }): Promise<GitHubIssue>;
  closeIssue(number: number, reason: 'completed' | 'not_planned'): Promise<void>;
  /**
   * Oldest first.
   * @throws HdError exit 3 if there is no such issue; `addComment` too
   */
  comments(issue: number): Promise<readonly GitHubComment[]>;
  addComment(issue: number, body: string): Promise<GitHubComment>;
  /**
   * By a membership that was accepted. False also for a team that is not there, or that this token's user can't see.
   * @throws HdError exit 4 if the token lacks the permission to read members
   */
  isTeamMember(team: { org: string; slug: string }, login: string): Promise<boolean>;
}

export interface GitHubIssue {
  number: number;
  url: string;
  title: string;
  body: string;
  author: string;
  labels: readonly string[];
  assignees: readonly string[];
  open: boolean;
  at: number;
  closedAt?: number;
  /** A login. A list need not say it, and GitHub does not of somebody who is gone; `issue` does of all others. */
  closedBy?: string;
}

export interface GitHubComment {
  id: number;
  url: string;
  author: string;
  body: string;
  at: number;
  /** Its text was changed after it was made. */
  edited: boolean;
}
