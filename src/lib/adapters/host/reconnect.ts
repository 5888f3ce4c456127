import { LostError, UnreachableError } from '../../domain/errors.ts';
import type { Silence } from '../../domain/event.ts';
import { ANSWER_FLAG, limitText, RECONNECT_FLAG } from '../../domain/limits.ts';
import { utcClock } from '../../domain/values.ts';
import type { Clock, RunOptions, Shell } from '../../ports.ts';

export interface ReconnectOptions {
  clock: Clock;
  /** How long a lost host is tried again (`--reconnect`). */
  reconnectMs: number;
  /** Told whenever the host was tried in vain, and with undefined when it answers again. */
  onSilence?: ((silence: Silence | undefined) => void) | undefined;
}

/** What one exchange may take, and what sets that. */
export type Limit = Required<Pick<RunOptions, 'timeoutMs' | 'limitedBy'>>;

/** Between two tries; a connection that is not answered takes its own time besides. */
const AGAIN_MS = 1000;
/** Once the time for coming back is over: long enough to see that the network is back. */
const GIVEN_UP_MS = 3000;

/**
 * Comes back to one host whose connection was lost, for all exchanges with it alike: within one span of time, which
 * begins with the first that was not answered. Only while hd holds the host's lock: before that nothing was begun, and
 * who asked is told at once. After that span every exchange has one short try.
 */
export class Reconnect {
  readonly #shell: Pick<Shell, 'host' | 'typed'>;
  readonly #options: ReconnectOptions;
  #holding = false;
  #silence: Silence | undefined;

  constructor(shell: Pick<Shell, 'host' | 'typed'>, options: ReconnectOptions) {
    this.#shell = shell;
    this.#options = options;
  }

  /** From now on a lost connection is no failure yet. */
  hold(): void {
    this.#holding = true;
  }

  letGo(): void {
    this.#holding = false;
  }

  /**
   * Makes the exchange, again and again if it must be: it has to be one that may be made twice.
   * @throws LostError when the time is over; the exchange's own failure where the host is not held, or answered
   */
  async run<T>(limit: Limit, exchange: (limit: Limit) => Promise<T>): Promise<T> {
    const { clock, reconnectMs, onSilence } = this.#options;
    for (;;) {
      try {
        const answer = await exchange(this.#within(limit));
        this.answered();
        return answer;
      } catch (error) {
        if (!isLost(error) || !this.#holding) throw error;
        const now = clock.now();
        this.#silence ??= { since: now, until: now + reconnectMs, limitMs: reconnectMs };
        if (now >= this.#silence.until) throw this.#lost(this.#silence, error);
        onSilence?.(this.#silence);
        await clock.sleep(Math.min(AGAIN_MS, this.#silence.until - now));
        // Another exchange may have heard the host meanwhile.
        const over = this.#over();
        if (over !== undefined) throw this.#lost(over, error);
      }
    }
  }

  #over(): Silence | undefined {
    const silence = this.#silence;
    return silence !== undefined && this.#options.clock.now() >= silence.until ? silence : undefined;
  }

  /** The host was heard. */
  answered(): void {
    if (this.#silence === undefined) return;
    this.#silence = undefined;
    this.#options.onSilence?.(undefined);
  }

  #within(limit: Limit): Limit {
    if (this.#silence === undefined || !this.#holding) return limit;
    const left = this.#silence.until - this.#options.clock.now();
    if (left <= 0) return { timeoutMs: Math.min(limit.timeoutMs, GIVEN_UP_MS), limitedBy: ANSWER_FLAG };
    return left < limit.timeoutMs ? { timeoutMs: left, limitedBy: RECONNECT_FLAG } : limit;
  }

  #lost({ since, limitMs }: Silence, cause: unknown): LostError {
    const { host } = this.#shell;
    const tried = limitMs === 0 ? '' : `, tried again for ${limitText(limitMs, RECONNECT_FLAG)}`;
    return new LostError(host, `${host}: no answer since ${utcClock(since)}${tried}`, {
      next: [{ remark: 'find out why', command: this.#shell.typed(['true']) }],
      since,
      cause,
    });
  }
}

/** The connection is gone, or can't be made: the host may be as well as ever. */
export function isLost(error: unknown): error is LostError | UnreachableError {
  return (
    error instanceof LostError || (error instanceof UnreachableError && error.code === 'host-unreachable')
  );
}
