import type { Environment } from '../domain/environment.ts';
import { HdError } from '../domain/errors.ts';
import { Exit } from '../domain/exit.ts';
import { takeLease } from '../engine/lease.ts';
import { takenOverEntries } from './found.ts';
import { Ledger } from './ledger.ts';
import { holderOf } from './locked.ts';
import { observeAll, type Sight } from './observe.ts';
import type { World } from './world.ts';

/**
 * A release that was refused by what is known of it (a closed gate, a label that lies, a digest that is missing) goes
 * into the ledger; what is only out of reach, or mistyped, does not. That it can't be written changes no outcome.
 */
export async function recordRefusal(
  world: World,
  environment: Environment,
  sight: Sight,
  /** As a person names it: `v1.4.0`. */
  wanted: string,
  error: unknown,
): Promise<void> {
  if (!(error instanceof HdError) || (error.exit !== Exit.refused && error.exit !== Exit.notVerified)) return;
  const began = sight.seen.filter((each) => each.observed.ledger.count > 0);
  if (began.length === 0 || sight.unseen.length > 0) return;
  const actor = await world.actor();
  const holder = holderOf(world, { actor, purpose: 'record a refusal' });
  try {
    const lease = await takeLease(
      began.map((each) => each.host),
      holder,
      world.clock,
    );
    try {
      const { seen } = await observeAll(
        world,
        environment,
        began.map((each) => each.host.name),
      );
      const ledger = await Ledger.open(seen, { fence: (host) => lease.fence(host), redact: world.redact });
      const at = new Date(world.clock.now()).toISOString();
      const verb = 'deploy' as const;
      const base = { at, hd: world.version, environment: environment.name, actor, verb };
      const evidence = [`asked for ${wanted}`, ...evidenceOf(error)];
      await ledger.append(...takenOverEntries(base, lease.replaced), {
        ...base,
        kind: 'refused',
        hosts: [],
        reason: error.message,
        evidence,
      });
    } finally {
      await lease.release();
    }
  } catch (failure) {
    if (!(failure instanceof HdError)) throw failure;
    world.reporter.event({
      type: 'note',
      mark: 'warn',
      text: `the refusal is not in the ledger: ${failure.message}`,
    });
  }
}

/** What was found, a line each. */
function evidenceOf({ facts }: HdError): string[] {
  return facts.flatMap(({ label, text, more = [], foreign = [] }) => [
    `${label} ${text}`,
    ...more,
    ...foreign,
  ]);
}
