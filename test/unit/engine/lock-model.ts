/** Hosts that give their lock as the programs on a host do, and a clock that is turned when nobody moves. */
import { LostError } from '../../../src/lib/domain/errors.ts';
import { LEASE_SECONDS, PLACE_SECONDS, type LockHolder } from '../../../src/lib/domain/lock.ts';
import type { Clock, Host, LockAnswer, LockWish } from '../../../src/lib/ports.ts';
import { NOW } from '../../support/core.ts';
import { fakeHost } from './fakes.ts';

/** Sleeps end in the order of their time, each when everybody else waits for something. */
export class ModelClock implements Clock {
  #time = NOW;
  #sleepers: { until: number; wake: () => void }[] = [];

  now(): number {
    return this.#time;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const sleeper = { until: this.#time + ms, wake: resolve };
      this.#sleepers.push(sleeper);
      signal?.addEventListener('abort', () => {
        this.#sleepers = this.#sleepers.filter((each) => each !== sleeper);
        resolve();
      });
    });
  }

  /** Turns until it is done; rejects when it is not after that time. */
  async run<T>(work: Promise<T>, limitMs: number): Promise<T> {
    const state = { done: false };
    const end = (): void => void (state.done = true);
    work.then(end, end);
    const last = this.#time + limitMs;
    for (;;) {
      for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
      if (state.done) return work;
      const [next] = this.#sleepers.sort((a, b) => a.until - b.until);
      if (next === undefined || next.until > last) throw new Error(`not done in ${limitMs / 1000}s`);
      this.#sleepers = this.#sleepers.slice(1);
      this.#time = Math.max(this.#time, next.until);
      next.wake();
    }
  }
}

interface Place {
  ticket: string;
  number: number;
  until: number;
  holder: LockHolder;
}

export class ModelHost {
  readonly name: string;
  readonly #clock: Clock;
  #fence = 0;
  #lease: { fence: number; holder: LockHolder; expires: number; since: number } | undefined;
  #line: Place[] = [];

  constructor(name: string, clock: Clock) {
    this.name = name;
    this.#clock = clock;
  }

  /** Whose lease is in force. */
  get holder(): LockHolder | undefined {
    const lease = this.#lease;
    return lease !== undefined && lease.expires > this.#now ? lease.holder : undefined;
  }

  /** The host as one operator reaches it: each exchange takes its time, and none comes back once it is gone. */
  reachedBy(latency: () => number, gone: () => boolean): Host {
    const exchange = async <T>(answer: () => T): Promise<T> => {
      await this.#clock.sleep(latency());
      if (gone()) throw new LostError(this.name, 'gone');
      const said = answer();
      await this.#clock.sleep(latency());
      return said;
    };
    return fakeHost(this.name, {
      lock: (holder, wish) => exchange(() => this.#lock(holder, wish)),
      leaveLine: (ticket) =>
        exchange(() => void (this.#line = this.#line.filter((each) => each.ticket !== ticket))),
      renew: (fence) =>
        exchange(() => {
          if (this.#lease?.fence !== fence) return false;
          this.#lease.expires = this.#now + LEASE_SECONDS;
          return true;
        }),
      unlock: (fence) =>
        exchange(() => {
          if (this.#lease?.fence === fence) this.#lease = undefined;
        }),
      stopRequest: () => exchange(() => undefined),
    });
  }

  get #now(): number {
    return this.#clock.now() / 1000;
  }

  #lock(holder: LockHolder, { ticket, urgent, look, instead }: LockWish = {}): LockAnswer {
    this.#line = this.#line.filter((each) => each.until > this.#now).sort((a, b) => a.number - b.number);
    const lease = this.#lease;
    const first = this.#line[0];
    if (lease !== undefined && lease.expires > this.#now && lease.fence !== instead)
      return { held: lease, at: this.#now, ...this.#join(holder, ticket, urgent) };
    if (urgent !== true && first !== undefined && first.ticket !== ticket)
      return { behind: first.holder, ...this.#join(holder, ticket, urgent) };
    if (look === true) {
      if (this.#line.some((each) => each.ticket === ticket)) this.#join(holder, ticket, urgent);
      return { free: true };
    }
    this.#fence += 1;
    this.#lease = {
      fence: this.#fence,
      holder,
      since: this.#now,
      expires: this.#now + LEASE_SECONDS,
    };
    this.#line = this.#line.filter((each) => each.ticket !== ticket);
    return { fence: this.#fence, ...(lease === undefined ? {} : { replaced: lease }) };
  }

  #join(holder: LockHolder, ticket?: string, urgent?: true): { place?: { at: number; of: number } } {
    if (ticket === undefined) return {};
    const until = this.#now + PLACE_SECONDS;
    const own = this.#line.find((each) => each.ticket === ticket);
    if (own !== undefined) own.until = until;
    else {
      const number =
        urgent === true ? (this.#line[0]?.number ?? 0) - 1 : (this.#line.at(-1)?.number ?? 0) + 1;
      this.#line.push({ ticket, number, until, holder });
      this.#line.sort((a, b) => a.number - b.number);
    }
    return {
      place: { at: this.#line.findIndex((each) => each.ticket === ticket) + 1, of: this.#line.length },
    };
  }
}
