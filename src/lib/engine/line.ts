import { randomUUID } from 'node:crypto';
import { sha256 } from '../domain/canonical.ts';
import { HdError } from '../domain/errors.ts';
import { LEASE_SECONDS, type LockHolder, type LockState, type StopRequest } from '../domain/lock.ts';
import { ordinal } from '../domain/names.ts';
import { span } from '../domain/values.ts';
import type { Clock, Host, LockAnswer, LockWish } from '../ports.ts';
import { errorOf, who, type Refusal, type Refused } from './locked.ts';

/** How one command waits for locks: under one name, and for one time in all. */
export interface Patience {
  readonly ticket: string;
  /** `--lock-wait`, in milliseconds. */
  readonly ms: number;
  /** When it began to wait, by the operator's clock. */
  since?: number;
}

export function patience(ms = 0): Patience {
  return { ticket: randomUUID(), ms };
}

/** What one may do to get a lock, besides asking for it. */
export interface Leave {
  /** Wait until a lease that nobody renews has run out; one that is renewed has a live holder. */
  expiry?: boolean;
  /** Go before those who wait in line, and through a freeze. */
  urgent?: boolean;
  /** Ask the holder to stop at its next safe point, and wait for that. */
  interrupt?: Omit<StopRequest, 'at' | 'fence'>;
}

export interface LineOptions extends Leave {
  patience?: Patience;
  /** The operator's wish to stop: leaves the line. */
  signal?: AbortSignal;
  /** What is waited for, each time that it was looked at. */
  onWait?: (text: string) => void;
  /** The holder is proved to be dead: its lease need not run out. */
  isDead?: (holder: LockHolder) => boolean;
}

/** A holder that was asked to stop has this long to reach its safe point; `--lock-wait` else. */
const STOPPING_MS = 330_000;
/** Between two looks; how long exactly follows from the ticket, so that two who wait do not keep step. */
const PAUSE_MS = { least: 1000, spread: 1000 } as const;

/** Waiting for the lock of one host after the other, never with a lock in hand. */
export class Line {
  readonly #holder: LockHolder;
  readonly #clock: Clock;
  readonly #options: LineOptions;
  readonly #patience: Patience;
  /** In whose line the ticket stands. */
  #at: Host | undefined;
  #since: number | undefined;
  #looks = 0;
  /** By host, the lease that was met there first. */
  readonly #met = new Map<string, LockState>();

  constructor(holder: LockHolder, clock: Clock, options: LineOptions) {
    this.#holder = holder;
    this.#clock = clock;
    this.#options = options;
    this.#patience = options.patience ?? patience();
  }

  /** Without leave to wait there is no ticket, and no place to give up. */
  get #waits(): boolean {
    const { expiry, interrupt } = this.#options;
    return this.#patience.ms > 0 || expiry === true || interrupt !== undefined;
  }

  /** Whether anybody was waited for. */
  get waited(): boolean {
    return this.#looks > 0;
  }

  /** Asks for the lock, or how it stands; a lease whose holder is dead is no reason to refuse. */
  async ask(host: Host, look?: true): Promise<Exclude<LockAnswer, Refusal> | Refused> {
    const { urgent, isDead } = this.#options;
    const wish: LockWish = {
      ...(this.#waits ? { ticket: this.#patience.ticket } : {}),
      ...(urgent === true ? { urgent } : {}),
      ...(look === undefined ? {} : { look }),
    };
    try {
      let answer = await host.lock(this.#holder, wish);
      if ('held' in answer && isDead?.(answer.held.holder) === true)
        answer = await host.lock(this.#holder, { ...wish, instead: answer.held.fence });
      if ('fence' in answer || 'free' in answer) return answer;
      return { host, why: answer };
    } catch (error) {
      if (error instanceof HdError && error.code === 'host-busy') return { host, why: { busy: error } };
      throw error;
    }
  }

  /**
   * Waits until the host that refused would give its lock.
   * @throws the refusal, once there is no leave to wait for it; InterruptedError at a Ctrl-C
   */
  async wait(refused: Refused): Promise<void> {
    const { signal, onWait } = this.#options;
    let now: Awaited<ReturnType<Line['ask']>> = refused;
    while ('why' in now) {
      if (this.#at !== undefined && this.#at.name !== now.host.name) await this.leave();
      if (this.#waits) this.#at = now.host;
      const left = this.#left(now);
      if (left <= 0) throw errorOf(now);
      await this.#interrupt(now);
      onWait?.(this.#text(now));
      await this.#clock.sleep(Math.min(left, this.#pause()), signal);
      signal?.throwIfAborted();
      now = await this.ask(now.host, true);
    }
  }

  /** Gives the place up; one that can't be given up is lost by itself. */
  async leave(): Promise<void> {
    const host = this.#at;
    this.#at = undefined;
    await host?.leaveLine(this.#patience.ticket).catch(() => undefined);
  }

  #pause(): number {
    this.#looks += 1;
    const spread = parseInt(sha256(`${this.#patience.ticket} ${this.#looks}`).slice(0, 8), 16);
    return PAUSE_MS.least + (spread % PAUSE_MS.spread);
  }

  get #stoppingMs(): number {
    return this.#patience.ms > 0 ? this.#patience.ms : STOPPING_MS;
  }

  /** How long this may still be waited for, in milliseconds. */
  #left(refused: Refused): number {
    if ('frozen' in refused.why) return 0;
    const now = this.#clock.now();
    this.#since ??= now;
    this.#patience.since ??= now;
    const inLine = this.#patience.since + this.#patience.ms - now;
    return Math.max(inLine, this.#stopping(now), this.#expiry(refused, now));
  }

  #stopping(now: number): number {
    return this.#options.interrupt === undefined ? 0 : (this.#since ?? now) + this.#stoppingMs - now;
  }

  #expiry({ host, why }: Refused, now: number): number {
    if (this.#options.expiry !== true) return 0;
    // Whoever is first in line takes the lock, or loses the place.
    if ('busy' in why || 'behind' in why) return (this.#since ?? now) + LEASE_SECONDS * 1000 - now;
    if (!('held' in why)) return 0;
    const met = this.#met.get(host.name) ?? why.held;
    this.#met.set(host.name, met);
    const renewed = why.held.fence !== met.fence || why.held.expires > met.expires;
    return renewed ? 0 : (why.held.expires - why.at) * 1000;
  }

  async #interrupt({ host, why }: Refused): Promise<void> {
    const { interrupt } = this.#options;
    if (interrupt === undefined || !('held' in why)) return;
    const { fence } = why.held;
    if (this.#met.get(host.name)?.fence === fence) return;
    this.#met.set(host.name, why.held);
    await host.askToStop({ ...interrupt, fence });
  }

  #text({ host, why }: Refused): string {
    const now = this.#clock.now();
    const since = this.#since ?? now;
    const of = (ms: number, from = since): string =>
      `${span(Math.floor((now - from) / 1000) * 1000)} of ${span(ms)}`;
    if ('busy' in why) return `${why.busy.message}, ${of(Math.max(this.#patience.ms, LEASE_SECONDS * 1000))}`;
    if ('frozen' in why) return `frozen on ${host.name}`;
    const first = who('held' in why ? why.held.holder : why.behind);
    if (this.#options.interrupt !== undefined)
      return `${first} was asked to stop at its next safe point, ${of(this.#stoppingMs)}`;
    if (this.#patience.ms === 0 && 'held' in why)
      return `the lease of ${first} ends in ${why.held.expires - why.at}s unless it is renewed`;
    const place = why.place === undefined ? 'in line' : `${ordinal(why.place.at)} of ${why.place.of} in line`;
    const limit = this.#patience.ms === 0 ? LEASE_SECONDS * 1000 : this.#patience.ms;
    return `${place} behind ${first}, ${of(limit, this.#patience.since)}`;
  }
}
