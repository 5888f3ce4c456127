import { HdError, InterruptedError } from '../domain/errors.ts';
import {
  ASKED_MS,
  RENEW_MS,
  stopText,
  type LockHolder,
  type LockState,
  type StopRequest,
} from '../domain/lock.ts';
import type { Clock, Host } from '../ports.ts';
import { Line, type LineOptions } from './line.ts';
import type { Refused } from './locked.ts';

/** The lease on every host that a deployment changes (D3). */
export interface Lease {
  fence: (host: string) => number;
  /** Leases that ran out, or whose holder was dead, and were replaced. */
  replaced: readonly { host: string; state: LockState }[];
  /** It was not given at once: what was seen before is old. */
  waited: boolean;
  /** Fires when the holder is to stop: somebody asks for it, or another took the lease over. */
  stopped: AbortSignal;
  /** Who asks the holder to stop. */
  stoppedBy(): StopRequest | undefined;
  /** The host whose lease another took over; it refuses every effect from then on. */
  lost(): string | undefined;
  /** Gives every lock back; a host that does not answer loses it by itself. */
  release(): Promise<void>;
}

/** A host that does not answer is not waited for longer, before the lock of the first one is given back. */
const GIVE_BACK_MS = 2_000;

/**
 * Takes the lock on every host, in name order, all or none, and renews it until it is released. Where one is held,
 * what was taken is given back before anything is waited for: nobody waits with a lock in hand, so that operators with
 * overlapping sets of hosts never wait for each other.
 * @throws LockedError or FrozenError when there is no leave to wait (any longer); InterruptedError at a Ctrl-C
 */
export async function takeLease(
  hosts: readonly Host[],
  holder: LockHolder,
  clock: Clock,
  options: LineOptions = {},
): Promise<Lease> {
  const ordered = inOrder(hosts);
  const line = new Line(holder, clock, options);
  const held = new Held(ordered, clock);
  try {
    for (;;) {
      const refused = await held.take(line);
      options.signal?.throwIfAborted();
      if (refused === undefined) return held.keep(line.waited);
      await line.wait(refused);
    }
  } catch (error) {
    await Promise.all([held.giveBack(), line.leave()]);
    throw error;
  }
}

/**
 * Waits until the lock of every host would be given, and takes none; the place in line is kept for as long as a
 * place lasts.
 * @returns whether it waited
 * @throws as takeLease
 */
export async function awaitFree(
  hosts: readonly Host[],
  holder: LockHolder,
  clock: Clock,
  options: LineOptions,
): Promise<boolean> {
  const ordered = inOrder(hosts);
  const line = new Line(holder, clock, options);
  try {
    for (;;) {
      const refused = await firstRefusal(ordered, line);
      options.signal?.throwIfAborted();
      if (refused === undefined) return line.waited;
      await line.wait(refused);
    }
  } catch (error) {
    await line.leave();
    throw error;
  }
}

async function firstRefusal(hosts: readonly Host[], line: Line): Promise<Refused | undefined> {
  for (const host of hosts) {
    const answer = await line.ask(host, true);
    if ('why' in answer) return answer;
  }
  return undefined;
}

function inOrder(hosts: readonly Host[]): readonly Host[] {
  return [...hosts].sort((a, b) => (a.name < b.name ? -1 : 1));
}

class Held {
  readonly #hosts: readonly Host[];
  readonly #clock: Clock;
  readonly #fences = new Map<string, number>();
  /** By host; also of a lock that was given back while another was waited for. */
  readonly #replaced = new Map<string, LockState>();
  readonly #stop = new AbortController();
  #stoppedBy: StopRequest | undefined;
  #lost: string | undefined;

  constructor(hosts: readonly Host[], clock: Clock) {
    this.#hosts = hosts;
    this.#clock = clock;
  }

  /** All or none: gives back what was taken when one is refused. */
  async take(line: Line): Promise<Refused | undefined> {
    for (const host of this.#hosts) {
      const answer = await line.ask(host);
      if ('why' in answer) {
        await this.giveBack();
        return answer;
      }
      if (!('fence' in answer)) throw new TypeError(`${host.name} was asked for its lock, and only looked`);
      this.#fences.set(host.name, answer.fence);
      if (answer.replaced !== undefined) this.#replaced.set(host.name, answer.replaced);
    }
    return undefined;
  }

  /** The first host last: who waits for all of them waits there, and finds the others free. */
  async giveBack(): Promise<void> {
    const unlock = async (host: Host): Promise<void> => {
      const fence = this.#fences.get(host.name);
      this.#fences.delete(host.name);
      // One that does not hear of it loses the lock by itself.
      if (fence !== undefined) await host.unlock(fence).catch(() => undefined);
    };
    const [first, ...rest] = this.#hosts;
    const done = new AbortController();
    const others = Promise.all(rest.map(unlock)).finally(() => done.abort());
    await Promise.race([others, this.#clock.sleep(GIVE_BACK_MS, done.signal)]);
    await Promise.all([others, ...(first === undefined ? [] : [unlock(first)])]);
  }

  keep(waited: boolean): Lease {
    const ended = new AbortController();
    const fences = new Map(this.#fences);
    this.#hosts.forEach((host, index) => {
      const fence = fences.get(host.name) ?? 0;
      void this.#renew(host, fence, ended.signal);
      void this.#listen(host, fence, index, ended.signal);
    });
    return {
      fence: (host) => fences.get(host) ?? 0,
      replaced: [...this.#replaced].map(([host, state]) => ({ host, state })),
      waited,
      stopped: this.#stop.signal,
      stoppedBy: () => this.#stoppedBy,
      lost: () => this.#lost,
      release: async () => {
        ended.abort();
        await this.giveBack();
      },
    };
  }

  /** A renewal that fails needs no word here: it is tried again, and until then the host knows whose it is. */
  async #renew(host: Host, fence: number, ended: AbortSignal): Promise<void> {
    for (;;) {
      await this.#clock.sleep(RENEW_MS, ended);
      if (ended.aborted) return;
      const ours = await host.renew(fence).catch(() => true);
      if (ours) continue;
      this.#fenced(host, ended);
      return;
    }
  }

  /** One host is asked at a time, the next one ASKED_MS later: a request may have reached only one of them. */
  async #listen(host: Host, fence: number, index: number, ended: AbortSignal): Promise<void> {
    await this.#clock.sleep(ASKED_MS * (index + 1), ended);
    while (!ended.aborted && !this.#stop.signal.aborted) {
      try {
        const request = await host.stopRequest(fence);
        if (request !== undefined) this.#asked(request, ended);
      } catch (error) {
        // One that does not answer is asked again; the hosts know whose the lock is.
        if (error instanceof HdError && error.code === 'lock-lost') this.#fenced(host, ended);
      }
      await this.#clock.sleep(ASKED_MS * this.#hosts.length, ended);
    }
  }

  #asked(request: StopRequest, ended: AbortSignal): void {
    if (ended.aborted) return;
    this.#stoppedBy ??= request;
    this.#stop.abort(new InterruptedError(stopText(request)));
  }

  #fenced(host: Host, ended: AbortSignal): void {
    if (ended.aborted) return;
    this.#lost ??= host.name;
    this.#stop.abort(new InterruptedError(`the lock on ${host.name} was taken over`));
  }
}
