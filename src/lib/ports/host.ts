import type { JournalHead, LedgerLine } from '../domain/ledger.ts';
import type { Freeze, LockHolder, LockState, StopRequest } from '../domain/lock.ts';
import type { ObservedContainer, ObservedHost } from '../domain/observed.ts';
import type { Completed, Shell } from './shell.ts';

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
