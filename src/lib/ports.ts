/** Every interface to the outside. Adapters implement them; flows know nothing else of the world. */
import type { Duplex } from 'node:stream';
import type { Signed } from './domain/audit/evidence.ts';
import type { HostSpec, RepositoryName } from './domain/environment.ts';
import type { Event } from './domain/event.ts';
import type { Actor, JournalHead, LedgerLine } from './domain/ledger.ts';
import type { Freeze, LockHolder, LockState, StopRequest } from './domain/lock.ts';
import type { ObservedContainer, ObservedHost } from './domain/observed.ts';
import type { GitHubState } from './domain/publication.ts';
import type { Digest } from './domain/release.ts';
import type { Secret } from './domain/secret.ts';
import type { Commit, Tag } from './domain/version.ts';

/** The operator's machine's time. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Resolves early, without an error, when the signal fires. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** What to run: never a shell string. A program of sh is `['sh', '-c', CONSTANT, 'hd', ...arguments]`. */
export interface Command {
  argv: readonly string[];
  /** Secrets go here, never into argv. */
  stdin?: string | Uint8Array;
}

export interface RunOptions {
  /** For the whole exchange, the opening of the channel included. */
  timeoutMs?: number;
  /** What sets that limit, for whoever may want another: `--answer-timeout`. */
  limitedBy?: string;
  signal?: AbortSignal;
  /** As it arrives; both streams are in the result as well. */
  onStdout?: (text: string) => void;
  onStderr?: (text: string) => void;
}

export interface Completed {
  status: number;
  stdout: string;
  stderr: string;
  ms: number;
}

/**
 * A machine that commands can be run on: over SSH, or this one. Every failure to get the whole answer is a
 * LostError (it may have run), or before anything ran an UnreachableError or a refusal (exit 4).
 */
export interface Shell {
  readonly host: string;
  run(command: Command, options?: RunOptions): Promise<Completed>;
  /** A TCP connection as this machine sees it; rejects with the system's code (`ECONNREFUSED`). */
  connect(address: string, port: number, timeoutMs: number): Promise<Duplex>;
  /** What a person types to run this command there: `ssh -F FILE prod-2 docker ps`. */
  typed(command: readonly string[]): readonly string[];
  close(): Promise<void>;
}

/** A detached step: what it runs, and who watches. */
export interface Effect {
  /** A path below the host's journals: `d48/pull-1`. */
  id: string;
  argv: readonly string[];
  timeoutMs: number;
  /** It changes what serves: no other step of the host runs beside it. */
  alone: boolean;
  /** For the journal. */
  intent: Intent;
  /** What it prints, as it does. */
  onOutput?: (text: string) => void;
  /** Ends the watching; the step goes on. */
  signal?: AbortSignal;
}

/** What a step is for; the host writes it into its journal of the deployment before the effect, and the outcome after. */
export interface Intent {
  deployment: string;
  stage: string;
  cause: string;
}

/** How a lock is asked for. */
export interface LockWish {
  /** Waits in line under this name; who does not ask again for a while loses the place. */
  ticket?: string;
  /** The fence of a lease whose holder is proved to be dead: it need not run out first. */
  instead?: number;
  /** Goes before those who wait in line, and through a freeze: going back (D9), and what ends a freeze. */
  urgent?: true;
  /** Takes nothing: says whether it could, and keeps the ticket's place in line. */
  look?: true;
}

export type LockAnswer =
  | { fence: number; replaced?: LockState }
  /** To a look: it would be given. */
  | { free: true }
  /** `place` in the line, from 1, and how many wait, if a ticket was given. */
  | { held: LockState; at: number; place?: { at: number; of: number } }
  /** Nobody has the lock, but others who wait come first. */
  | { behind: LockHolder; place?: { at: number; of: number } }
  | { frozen: Freeze; at: number };

/** What hd does on a host, in domain words, each in one exchange; built on a Shell. */
export interface Host {
  readonly name: string;
  readonly shell: Shell;
  /** @param deployment also what its journal comes to */
  observe(deployment?: string): Promise<ObservedHost>;
  /**
   * Only the containers: quick, for waiting.
   * @param again how often the host itself looks again, every 50 ms, while a healthcheck has not spoken yet
   */
  containers(again?: number): Promise<readonly ObservedContainer[]>;
  /** The last log lines of a service's container since then (epoch milliseconds), bounded. */
  logs(containerId: string, sinceMs: number): Promise<readonly string[]>;
  /** Takes the values of the host's environment files out of what was got elsewhere, from the service say. */
  withoutSecrets(lines: readonly string[]): Promise<readonly string[]>;
  /** Takes the lease, or says why not; `replaced` is a lease that ran out, `at` the host's clock in epoch seconds. */
  lock(holder: LockHolder, wish?: LockWish): Promise<LockAnswer>;
  /** Leaves the line. */
  leaveLine(ticket: string): Promise<void>;
  /** False if another took the lease over. */
  renew(fence: number): Promise<boolean>;
  unlock(fence: number): Promise<void>;
  /** Asks whoever holds the lease with that fence to stop. */
  askToStop(request: Omit<StopRequest, 'at'>): Promise<void>;
  /** Who asks the holder of this lease to stop. */
  stopRequest(fence: number): Promise<StopRequest | undefined>;
  /** Puts the freeze there, or takes it away. */
  freeze(freeze: Omit<Freeze, 'since'> | undefined, fence: number): Promise<void>;
  /**
   * Appends canonical lines, each after the one before, the first after the line whose hash is `prev`; all or none.
   * False if the ledger's end is another. An append that was already done is done.
   */
  append(lines: readonly string[], prev: string | undefined, fence: number): Promise<boolean>;
  ledger(): Promise<readonly LedgerLine[]>;
  /**
   * Puts another host's ledger in the place of this one's, whose head is `head`; the file that was there is kept
   * beside it, whole, under its head's name. False if the ledger's end is another.
   */
  adopt(lines: readonly string[], head: string, fence: number): Promise<boolean>;
  /** Ledgers that were set aside by `adopt`, by the head that they end with. */
  setAside(): Promise<readonly { head: string; lines: readonly LedgerLine[] }[]>;
  /**
   * All that an audit reads, byte for byte, in one exchange.
   * @param only the ledger, without what was set aside and the journals
   */
  records(only?: 'ledger'): Promise<HostRecords>;
  /** The whole journal of a deployment, as it is on this host; empty if it has none. */
  journal(deployment: string): Promise<string>;
  /** What the journal of a deployment comes to now. */
  journalHead(deployment: string): Promise<JournalHead | undefined>;
  /** Puts files into `directory` (below the environment's), all or none; refused if the fence is not ours. */
  ship(
    directory: string,
    files: readonly { path: string; content: Uint8Array; executable: boolean }[],
    fence: number,
    intent: Intent,
    limitMs?: number,
  ): Promise<void>;
  /** Reads files back that were shipped. */
  read(directory: string, paths: readonly string[]): Promise<readonly Uint8Array[]>;
  /** Makes a symlink below the environment's directory point to the target, in one rename. */
  point(link: string, target: string, fence: number, intent: Intent): Promise<void>;
  /** Starts a detached step and follows it to its end, across a lost connection as well (D4). */
  effect(step: Effect, fence: number): Promise<Completed>;
  /** Removes release directories, journals and images that nothing needs (D8). */
  prune(
    keep: {
      releases: readonly string[];
      files: readonly string[];
      images: readonly string[];
      repositories: readonly string[];
    },
    fence: number,
  ): Promise<void>;
}

/** Files below `.hd` as they are: also what is not JSON, and a last line without its end. */
export interface HostRecords {
  /** Empty before the first deployment. */
  ledger: string;
  /** By the head that is in the file's name. */
  setAside: readonly { head: string; text: string }[];
  /** By deployment. */
  journals: ReadonlyMap<string, string>;
}

/** Opens shells; one connection a host, shared. */
export interface Shells {
  open(spec: HostSpec): Promise<Shell>;
  closeAll(): Promise<void>;
  /** For the bench: how many connections were made, how many commands were run. */
  readonly used: { connections: number; commands: number };
}

export interface HttpRequest {
  url: string;
  method?: 'GET' | 'HEAD' | 'POST';
  headers?: Readonly<Record<string, string | Secret>>;
  timeoutMs: number;
}

export type HttpAnswer =
  | { kind: 'answer'; status: number; body: string; ms: number }
  /** Nothing came back: why is the system's code or `timeout`. */
  | { kind: 'none'; why: string; ms: number };

export interface Http {
  /** @param via the machine to ask from; absent, the operator's */
  request(request: HttpRequest, via?: Shell): Promise<HttpAnswer>;
}

export interface ResolvedImage {
  /** Of the index if there is one, else of the manifest: what a release pins. */
  digest: Digest;
  platforms: readonly ImagePlatform[];
}

export interface ImagePlatform {
  /** `linux/amd64`, `linux/arm64/v8`. */
  platform: string;
  digest: Digest;
  labels: Readonly<Record<string, string>>;
  /** Compressed. */
  layers: readonly { digest: Digest; bytes: number }[];
}

export interface Registry {
  /** @param reference a tag or a digest. Undefined if the registry has no such manifest. */
  resolve(repository: string, reference: string): Promise<ResolvedImage | undefined>;
}

/** The files of a commit: from the local clone when it has it, else from GitHub (D1). */
export interface Sources {
  /** Undefined if the commit has no such file. */
  read(commit: Commit, path: string): Promise<SourceFile | undefined>;
  /** Every file at or below the path, as paths from the root. */
  list(commit: Commit, path: string): Promise<readonly string[]>;
}

export interface SourceFile {
  content: Uint8Array;
  executable: boolean;
}

export interface GitHub {
  readonly repository: RepositoryName;
  /** Without one it reads what is public. */
  readonly hasToken: boolean;
  /** For links: `https://github.com`. */
  readonly webUrl: string;
  /** The login that the token proves; undefined for a token without a user (an installation's). */
  viewer(): Promise<string | undefined>;
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

export interface WorkflowRun {
  id: number;
  number: number;
  attempt: number;
  status: 'queued' | 'running' | 'waiting' | 'completed';
  conclusion?: string;
  url: string;
  startedAt?: string;
  updatedAt?: string;
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

/** Asks a person. Every question says what it is about to change; without a terminal a flow never calls it. */
export interface Prompt {
  readonly interactive: boolean;
  /** An empty line is no. */
  confirm(question: string): Promise<boolean>;
  /** What was typed. */
  text(question: string): Promise<string>;
  /** The index of what was chosen. */
  choose(rows: readonly { text: string; disabled: boolean }[], head: string): Promise<number>;
}

export interface Reporter {
  event(event: Event): void;
}

/** Who is at the keyboard. */
export interface Identity {
  actor(): Promise<Actor>;
}

/** Signs what is written into the ledger. */
export interface Signer {
  /** An armoured SSH signature over the text. @throws UsageError if the key can't sign */
  sign(text: string): Promise<string>;
}

/** Tells whose a signature is. */
export interface Signatures {
  /** @param at when it was made, RFC 3339: a key is judged by what was allowed then */
  check(text: string, signature: string, at: string): Promise<Signed>;
}
