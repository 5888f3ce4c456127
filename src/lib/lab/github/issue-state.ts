/** An issue, or a pull request, which GitHub keeps among the issues. */
export interface Issue {
  id: number;
  number: number;
  title: string;
  body: string | null;
  author: string;
  state: 'open' | 'closed';
  stateReason: 'completed' | 'reopened' | 'not_planned' | 'duplicate' | null;
  /** Names of labels. */
  labels: string[];
  assignees: string[];
  createdAt: string;
  updatedAt: string;
  closedAt: string | null;
  closedBy: string | null;
  pull?: Pull;
}

/** What a merged pull request has besides. */
export interface Pull {
  branch: string;
  mergeCommit: string;
  /** Of the branch, as they were before the merge. */
  commits: string[];
}

export interface IssueComment {
  id: number;
  issue: number;
  body: string;
  author: string;
  createdAt: string;
  updatedAt: string;
}

export interface Label {
  id: number;
  name: string;
  color: string;
  description: string | null;
}
