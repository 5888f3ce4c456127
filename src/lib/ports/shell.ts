import type { Duplex } from 'node:stream';
import type { HostSpec } from '../domain/environment.ts';

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

/** Opens shells; one connection a host, shared. */
export interface Shells {
  open(spec: HostSpec): Promise<Shell>;
  closeAll(): Promise<void>;
  /** For the bench: how many connections were made, how many commands were run. */
  readonly used: { connections: number; commands: number };
}
