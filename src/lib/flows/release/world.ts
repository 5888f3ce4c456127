import type { Config } from '../../domain/environment.ts';
import type { Commit, Tag } from '../../domain/version.ts';
import type { Clock, GitHub, Prompt, Registry, Reporter } from '../../ports.ts';

/** What `hd release` was asked for; exactly as it was typed. */
export interface ReleaseRequest {
  /** `1.4.0` or `v1.4.0`. */
  version?: string;
  bump?: 'major' | 'minor' | 'patch';
  /** The name of a pre-release: `rc` makes v1.4.0-rc.1, then v1.4.0-rc.2. */
  pre?: string;
  /** Instead of the release branch: a maintenance line. */
  branch?: string;
  /** Instead of the branch's head: a full or short sha on it. */
  commit?: string;
  sign: boolean;
  dryRun: boolean;
  yes: boolean;
  /** For the checks and for the run, each. */
  timeoutMs: number;
}

/** Makes signed tags with the local git; the API can't. */
interface TagSigner {
  signTag(tag: { tag: Tag; commit: Commit; message: string }): Promise<void>;
  pushTag(tag: Tag): Promise<void>;
}

/** What a release may reach. */
export interface ReleaseWorld {
  config: Config;
  github: GitHub;
  registry: Registry;
  signer?: TagSigner;
  clock: Clock;
  reporter: Reporter;
  prompt: Prompt;
  /** Fires when the operator wants to stop at the next safe point. */
  signal: AbortSignal;
  /** How long a run may take to appear, and a silence of GitHub's to end (`--github-wait`), in milliseconds. */
  patienceMs: number;
  /** IANA name of the operator's zone, for times of day. */
  zone: string;
}
