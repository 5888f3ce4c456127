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
  /** Labels that the repository does not have are made. The body must differ from any other's (a lost answer is looked for by it). */
  createIssue(issue: {
    title: string;
    body: string;
    labels: readonly string[];
    assignees?: readonly string[];
  }): Promise<GitHubIssue>;
  closeIssue(number: number, reason: 'completed' | 'not_planned'): Promise<void>;
  /** Oldest first. */
  comments(issue: number): Promise<readonly GitHubComment[]>;
  addComment(issue: number, body: string): Promise<GitHubComment>;
  /** False also for a team that is not there, or that this token can't see. */
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
