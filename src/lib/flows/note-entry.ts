import type { Environment } from '../domain/environment.ts';
import type { LedgerLine } from '../domain/ledger.ts';
import type { Actor } from '../domain/actor.ts';
import { takeLease } from '../engine/lease.ts';
import { takenOverEntries } from './found.ts';
import { Ledger, type NewEntry } from './ledger.ts';
import { holderOf } from './locked.ts';
import { observeAll, requireAll, type SeenHost } from './observe.ts';
import { recordTakeover } from './takeover.ts';
import type { World } from './world.ts';

/** An entry as its teller knows it: the rest is the same for each that is written at once. */
export type Note = Omit<NewEntry, 'at' | 'hd' | 'environment' | 'actor'> & { actor?: Actor };

/**
 * Writes entries that change nothing on a host (a refusal, a request, a proof) under a short lock, on all of these
 * hosts, without waiting for it.
 * @param seen the hosts whose ledger is written to
 * @param entries or what makes them of the ledger's last lines, once nobody else can write; none writes nothing but whose lease was taken over
 * @param purpose for whoever meets the lock: `record a refusal`
 * @returns the ledger's last lines, with these
 * @throws HdError if the lock is held, or a host could not be written to
 */
export async function recordEntries(
  world: World,
  environment: Environment,
  seen: readonly SeenHost[],
  entries: readonly Note[] | ((lines: readonly LedgerLine[]) => readonly Note[]),
  purpose: string,
): Promise<readonly LedgerLine[]> {
  const actor = await world.actor();
  const hosts = seen.map((each) => each.host);
  const isDead: typeof world.isDead = (holder) => world.isDead(holder);
  const lease = await takeLease(hosts, holderOf(world, { actor, purpose }), world.clock, { isDead });
  try {
    const names = hosts.map((each) => each.name);
    const services = Object.keys(world.config.images);
    const now = requireAll(environment, services, await observeAll(world, environment, names));
    const ledger = await Ledger.open(now, { fence: (host) => lease.fence(host), redact: world.redact });
    const at = new Date(world.clock.now()).toISOString();
    const base = { at, hd: world.version, environment: environment.name, actor };
    const notes = typeof entries === 'function' ? entries(ledger.lines) : entries;
    const [first] = notes;
    if (first === undefined) {
      await recordTakeover(world, { environment, actor, verb: 'deploy' }, lease, now);
      return ledger.lines;
    }
    const unwritten = await ledger.append(
      ...takenOverEntries({ ...base, verb: first.verb }, lease.replaced),
      ...notes.map((each) => ({ ...base, ...each })),
    );
    const [error] = unwritten.values();
    if (error !== undefined) throw error;
    return ledger.lines;
  } finally {
    await lease.release();
  }
}
