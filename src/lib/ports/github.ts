import type { RepositoryName } from '../domain/environment.ts';
import type { GitHubState } from '../domain/publication.ts';
import type { Commit, Tag } from '../domain/version.ts';
import type { GitHubDispatch } from './github-dispatch.ts';
import type { WorkflowRun } from './workflow-run.ts';
import type { GitHubIssues } from './github-issues.ts';
import type { SourceFile } from './sources.ts';

export interface GitHub extends GitHubIssues, GitHubDispatch {
  readonly repository: RepositoryName;
  /** Without one it reads what is public. */
  readonly hasToken: boolean;
  /** For links: `https://github.com`. */
  readonly webUrl: string;
  /** The login that the token proves; undefined for a token without a user (an installation's). */
  viewer(): Promise<string | undefined>;
  defaultBranch(): Promise<string>;
  /** Undefined if there is no such branch. */
  branchHead(branch: string): Promise<Commit | undefined>;
  /** Undefined if there is no such tag; the commit that an annotated tag points to in the end. */
  tag(tag: Tag): Promise<GitHubTag | undefined>;
  tags(): Promise<readonly { tag: string; commit: Commit }[]>;
  /** Takes a full or short sha, or a ref. */
  commit(ref: string): Promise<GitHubCommit | undefined>;
  compare(
    base: string,
    head: string,
  ): Promise<{ status: 'ahead' | 'behind' | 'identical' | 'diverged'; aheadBy: number; behindBy: number }>;
  /** Check runs and commit statuses, each by its newest answer. */
  checks(commit: Commit): Promise<readonly CommitCheck[]>;
  workflow(file: string): Promise<{ name: string; path: string; active: boolean } | undefined>;
  createTag(tag: { tag: Tag; commit: Commit; message: string }): Promise<void>;
  /** The newest run of the workflow that a push of this tag started. */
  runOfTag(workflow: string, tag: Tag, commit: Commit): Promise<WorkflowRun | undefined>;
  /** @throws HdError exit 3, `no-run`, if GitHub has none of that id, or not yet */
  run(id: number): Promise<WorkflowRun>;
  jobs(runId: number): Promise<readonly WorkflowJob[]>;
  /** The last lines of a job's log; empty if GitHub has none yet. */
  jobLog(jobId: number, lines: number): Promise<readonly string[]>;
  /** Runs the failed jobs of a run again, and what depends on them: the run's next attempt. */
  rerunFailed(runId: number): Promise<void>;
  /** The published release of the tag, else its draft (which only a token that may write sees). */
  release(tag: Tag): Promise<GitHubRelease | undefined>;
  /** Without `notes` GitHub writes them from the pull requests since the release before. */
  createRelease(release: {
    tag: Tag;
    commit: Commit;
    prerelease: boolean;
    draft: boolean;
    notes?: string;
  }): Promise<GitHubRelease>;
  publishRelease(release: GitHubRelease): Promise<GitHubRelease>;
  /** The content of an asset; undefined if the release has none of that name. */
  readAsset(release: GitHubRelease, name: string): Promise<string | undefined>;
  /** Replaces an asset of the same name. */
  uploadAsset(release: GitHubRelease, name: string, content: string): Promise<void>;
  /** Undefined if the commit has no such file. */
  readFile(commit: Commit, path: string): Promise<SourceFile | undefined>;
  listFiles(commit: Commit, path: string): Promise<readonly string[]>;
  /**
   * What is kept on GitHub besides releases.
   * @param signal for what is asked beside the work: no request is tried again, or waited for in sight of the person
   */
  publishing(signal?: AbortSignal): GitHubPublishing;
}

/** Deployments with their statuses, and refs of hd's own. */
export interface GitHubPublishing {
  /** Newest first, 100 at the most. */
  deployments(environment: string, commit?: Commit): Promise<readonly GitHubDeployment[]>;
  /** Newest first, 100 at the most. */
  statuses(deployment: number): Promise<readonly GitHubDeploymentStatus[]>;
  /** Merges nothing, and waits for no check. The payload must differ from that of any other deployment. */
  createDeployment(deployment: NewGitHubDeployment): Promise<GitHubDeployment>;
  /** Leaves other deployments of the environment as they are. */
  addStatus(deployment: number, status: NewGitHubDeploymentStatus): Promise<void>;
  /** The commits that a ref leads to, newest first, 100 at the most; empty if there is no such ref. */
  history(ref: string): Promise<readonly GitHubRefCommit[]>;
  /**
   * Puts a commit with one file, `head`, at the ref's end.
   * @param after the commit that is there now; undefined makes the ref
   * @throws HdError exit 5 if another one is there
   */
  commitTo(ref: string, text: string, after: Commit | undefined): Promise<void>;
}

export interface GitHubDeployment {
  id: number;
  commit: Commit;
  payload: unknown;
  at: string;
  /** A login. */
  by: string;
}

export interface NewGitHubDeployment {
  /** A tag or a commit. */
  ref: string;
  environment: string;
  task: string;
  description: string;
  payload: object;
  production: boolean;
}

export interface GitHubDeploymentStatus {
  state: string;
  description: string;
  /** Of the output; empty if there is none. */
  link: string;
  at: string;
  by: string;
}

export interface NewGitHubDeploymentStatus {
  state: GitHubState;
  description: string;
  /** Where the service is, and where the output. */
  url?: string;
  link?: string;
}

export interface GitHubRefCommit {
  sha: Commit;
  message: string;
  at: string;
  by: string;
}

export interface GitHubTag {
  tag: string;
  commit: Commit;
  annotated: boolean;
  tagger?: { name: string; date: string };
}

export interface GitHubCommit {
  sha: Commit;
  /** The message's first line. */
  title: string;
  date: string;
}

export interface CommitCheck {
  name: string;
  state: 'passed' | 'failed' | 'running';
  url?: string;
  /** Of a check run that an Actions workflow made: that run's workflow file. */
  workflow?: string;
  completedAt?: string;
}

export interface WorkflowJob {
  id: number;
  name: string;
  status: 'queued' | 'running' | 'waiting' | 'completed';
  conclusion?: string;
  url: string;
  startedAt?: string;
  completedAt?: string;
  steps: readonly {
    number: number;
    name: string;
    status: 'queued' | 'running' | 'completed';
    conclusion?: string;
  }[];
}

export interface GitHubRelease {
  id: number;
  url: string;
  prerelease: boolean;
  draft: boolean;
  assets: readonly { id: number; name: string }[];
  /** Where GitHub takes assets; a host of its own on github.com. */
  uploadUrl: string;
}
