import { Exit } from '../domain/exit.ts';
import { HdError } from '../domain/errors.ts';
import { RENEW_MS, type LockHolder, type LockState } from '../domain/lock.ts';
import type { Clock, Host } from '../ports.ts';

/** A lock that somebody else holds. */
export class LockedError extends HdError {
  override readonly name = 'LockedError';
  readonly host: string;
  readonly held: LockState;
  constructor(host: string, held: LockState) {
    super('locked', Exit.locked, `${held.holder.actor} holds the lock on ${host}`, { outcome: 'locked' });
    this.host = host;
    this.held = held;
  }
}

/** The lease on every host that a deployment changes (D3). */
export interface Lease {
  fence(host: string): number;
  /** Leases that ran out and were replaced. */
  replaced: readonly { host: string; state: LockState }[];
  /** Gives every lock back; a host that does not answer loses it by itself. */
  release(): Promise<void>;
}

/**
 * Takes the lock on every host, in name order, all or none, and renews it until it is released.
 * @throws LockedError if one is held; what was taken by then is given back
 */
export async function takeLease(hosts: readonly Host[], holder: LockHolder, clock: Clock): Promise<Lease> {
  const fences = new Map<string, number>();
  const replaced: { host: string; state: LockState }[] = [];
  const ordered = [...hosts].sort((a, b) => (a.name < b.name ? -1 : 1));
  const release = async (): Promise<void> => {
    await Promise.allSettled(
      ordered.map(async (host) => {
        const fence = fences.get(host.name);
        if (fence !== undefined) await host.unlock(fence);
      }),
    );
  };
  for (const host of ordered) {
    try {
      const taken = await host.lock(holder);
      if ('held' in taken) throw new LockedError(host.name, taken.held);
      fences.set(host.name, taken.fence);
      if (taken.replaced !== undefined) replaced.push({ host: host.name, state: taken.replaced });
    } catch (error) {
      await release();
      throw error;
    }
  }
  const stop = new AbortController();
  const renewing = Promise.all(
    ordered.map((host) => renew(host, fences.get(host.name) ?? 0, clock, stop.signal)),
  );
  return {
    fence: (host) => fences.get(host) ?? 0,
    replaced,
    release: async () => {
      stop.abort();
      await renewing;
      await release();
    },
  };
}

/** A renewal that fails needs no word here: the host itself refuses the effects of a lease that was taken over. */
async function renew(host: Host, fence: number, clock: Clock, signal: AbortSignal): Promise<void> {
  for (;;) {
    await clock.sleep(RENEW_MS, signal);
    if (signal.aborted) return;
    await host.renew(fence).catch(() => false);
  }
}
