import type { HdError } from './errors.ts';
import type { JournalHead, LedgerLine } from './ledger.ts';
import type { Freeze, LockState } from './lock.ts';
import type { Manifest } from './manifest.ts';
import type { Digest } from './release.ts';

/** A snapshot of one host, taken in one exchange. */
export interface ObservedHost {
  host: string;
  /** The host's own clock, epoch milliseconds, and how far it is ahead of the operator's. */
  at: number;
  skewMs: number;
  containers: readonly ObservedContainer[];
  /** `repository@digest` of every image that is there. */
  images: readonly string[];
  /** What `current` points to; absent before the first deployment. */
  current?: Manifest;
  /** Every release directory's manifest, in no order. */
  releases: readonly Manifest[];
  /** Content-addressed folders below `files/`: what containers mount from a release's commit. */
  files: readonly string[];
  lock?: LockState;
  /** Deployments are stopped by hand; one whose time is over is not there any more. */
  freeze?: Freeze;
  /** The last lines of the ledger, oldest first, without refusals but for the last and what people rejected; how many there are in all. */
  ledger: ObservedLedger;
  /** What this host's journal of the deployment comes to, if one was asked for and there is one. */
  journal?: JournalHead;
  /** Of the file system that Docker writes to. */
  disk: { freeBytes: number; totalBytes: number };
  /** Of `env_files`: what is wrong with one (absent, readable by everybody). */
  envFiles: readonly { path: string; problem?: 'missing' | 'world-readable' }[];
}

export interface ObservedLedger {
  lines: readonly LedgerLine[];
  count: number;
  head?: string;
  /** A line of it is no entry: `lines` are those that can be read, and only going back believes them. */
  broken?: HdError;
}

export interface ObservedContainer {
  service: string;
  id: string;
  name: string;
  /** As it was asked for when the container was made: `postgres:16`, `ghcr.io/…@sha256:…`. */
  image: string;
  imageId: Digest;
  /** Every registry digest that the local image is known by. */
  digests: readonly Digest[];
  /** The tag that the container was made from names another local image by now. */
  tagMoved: boolean;
  state: 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead';
  health?: 'starting' | 'healthy' | 'unhealthy';
  exitCode: number;
  restarts: number;
  restartPolicy: string;
  /** Epoch milliseconds; 0 if it never started. */
  startedAt: number;
  /** The deployment whose files it was made from; absent if it was not hd's. */
  deployment?: string;
}
