import type { Clock, Command, Completed, RunOptions, Shell } from '../../ports.ts';
import { ANSWER_FLAG, ANSWER_MS } from '../../domain/limits.ts';
import { Reconnect, type Limit, type ReconnectOptions } from './reconnect.ts';

export interface ReachOptions extends ReconnectOptions {
  /** Instead of the limit on each exchange (`--answer-timeout`). */
  answerMs?: number | undefined;
}

/** A constant program of sh; what differs comes as its arguments and on its standard input. */
export function program(
  text: string,
  args: readonly (string | number)[],
  stdin?: string | Uint8Array,
): Command {
  return { argv: ['sh', '-c', text, 'hd', ...args.map(String)], ...(stdin === undefined ? {} : { stdin }) };
}

/** Exchanges with one host: how long each may take, and which run again after a lost connection. */
export class Reach {
  readonly shell: Shell;
  readonly clock: Clock;
  readonly #answerMs: number | undefined;
  readonly #back: Reconnect;

  constructor(shell: Shell, options: ReachOptions) {
    this.shell = shell;
    this.clock = options.clock;
    this.#answerMs = options.answerMs;
    this.#back = new Reconnect(shell, options);
  }

  limit(ms: number = ANSWER_MS.host): Limit {
    return { timeoutMs: this.#answerMs ?? ms, limitedBy: ANSWER_FLAG };
  }

  /** Of a program that may run twice: again after a lost connection, as long as hd holds the lock. */
  run(command: Command, limit: Limit = this.limit()): Promise<Completed> {
    return this.#back.run(limit, (within) => this.shell.run(command, within));
  }

  /** Of a program that may not, or that is asked again anyhow. */
  once(command: Command, options: RunOptions = {}): Promise<Completed> {
    return this.shell.run(command, { ...this.limit(), ...options });
  }

  /** hd holds the host's lock from here on. */
  hold(): void {
    this.#back.hold();
  }

  letGo(): void {
    this.#back.letGo();
  }
}
