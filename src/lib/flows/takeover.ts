import type { Environment } from '../domain/environment.ts';
import { HdError } from '../domain/errors.ts';
import type { LedgerVerb } from '../domain/ledger.ts';
import type { Actor } from '../domain/actor.ts';
import type { Lease } from '../engine/lease.ts';
import { takenOverEntries } from './found.ts';
import { Ledger } from './ledger.ts';
import type { SeenHost } from './observe.ts';
import type { World } from './world.ts';

interface Taker {
  environment: Environment;
  actor: Actor;
  /** What the lock was taken for. */
  verb: LedgerVerb;
}

/**
 * Writes whose leases were taken over, where nothing else follows that would say it. That it can't be written changes
 * no outcome.
 * @param seen the hosts of the lease, as they are under it
 */
export async function recordTakeover(
  world: World,
  { environment, actor, verb }: Taker,
  { replaced, fence }: Lease,
  seen: readonly SeenHost[],
): Promise<void> {
  if (replaced.length === 0) return;
  const at = new Date(world.clock.now()).toISOString();
  const base = { at, hd: world.version, environment: environment.name, actor, verb };
  try {
    const ledger = await Ledger.open(seen, { fence, redact: world.redact });
    await ledger.append(...takenOverEntries(base, replaced));
  } catch (error) {
    if (!(error instanceof HdError)) throw error;
    const text = `the takeover of the lock is not in the ledger: ${error.message}`;
    world.reporter.event({ type: 'note', mark: 'warn', text });
  }
}
