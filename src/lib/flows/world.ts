import type { Config, Environment } from '../domain/environment.ts';
import type { Redact } from '../domain/redaction.ts';
import type { EndBlock } from '../domain/verdict.ts';
import type { Actor } from '../domain/actor.ts';
import type { LockHolder } from '../domain/lock.ts';
import type { Patience } from '../engine/line.ts';
import type { Holiday } from '../domain/policy.ts';
import type {
  Clock,
  GitHub,
  HolidayRange,
  Host,
  Http,
  Prompt,
  Registry,
  Reporter,
  Shell,
  Sources,
} from '../ports.ts';

/** What a flow may reach; every part is made when it is first asked for. */
export interface World {
  config: Config;
  clock: Clock;
  reporter: Reporter;
  /** Takes what is known to be secret out of what is kept; what is shown is cleared when it is. */
  redact: Redact;
  http: Http;
  /** Fires when the operator wants to stop at the next safe point. */
  signal: AbortSignal;
  /** Opens a connection, or gives the one that is open. */
  host(environment: Environment, name: string): Promise<Host>;
  registry(): Promise<Registry>;
  /** Undefined without `repository` in hd.yml. */
  github(): Promise<GitHub | undefined>;
  sources(): Promise<Sources>;
  /** The files of the working tree, for `--worktree`. */
  worktree(): Promise<Sources>;
  actor(): Promise<Actor>;
  /** Public holidays of a country or a part of it (`US`, `DE-BY`). @throws UsageError for one that is not known */
  holidays(country: string, range: HolidayRange): Promise<readonly Holiday[]>;
  /** Signs what the ledger says of a deployment's end; undefined if the key failed, which was said then. */
  sign?: (text: string) => Promise<string | undefined>;
  /** Says what the screen shows if the operator leaves now, at the second Ctrl-C. */
  onLeave(say: () => EndBlock): void;
  /** hd's own version. */
  version: string;
  env: Readonly<Record<string, string | undefined>>;
  /** IANA name of the operator's zone, for times of day. */
  zone: string;
  /** For each stage on each host (`--timeout`), in milliseconds; without it each has its own limit. */
  stageMs?: number;
  /** For a run of a workflow (`--run-timeout`), in milliseconds, without what it waits for people. */
  runMs?: number;
  /** How long GitHub may be silent, or a run take to appear (`--github-wait`), in milliseconds. */
  githubWaitMs: number;
  /** Asks the person, where there is a terminal. */
  prompt: Prompt;
  /** For what is told to GitHub, or asked of it where it can be done without (`--answer-timeout`), in milliseconds. */
  answerMs?: number;
  /** How this command waits for locks (`--lock-wait`). */
  patience: Patience;
  /** This process, as others see it who want the lock. */
  self(): Pick<LockHolder, 'pid' | 'process'>;
  /** Whether a holder is proved to be dead: its process was of this machine. */
  isDead(holder: LockHolder): boolean;
  /** Runs a smoke command here. */
  local(): Promise<Shell>;
}
