import type { Environment } from '../domain/environment.ts';
import { HdError } from '../domain/errors.ts';
import { Exit } from '../domain/exit.ts';
import { Ledger } from './ledger.ts';
import type { Sight } from './observe.ts';
import type { World } from './world.ts';

/**
 * A release that was refused by what is known of it (a closed gate, a label that lies, a digest that is missing) goes
 * into the ledger; what is only out of reach, or mistyped, does not. That it can't be written changes no outcome.
 */
export async function recordRefusal(
  world: World,
  environment: Environment,
  sight: Sight,
  error: unknown,
): Promise<void> {
  if (!(error instanceof HdError) || (error.exit !== Exit.refused && error.exit !== Exit.notVerified)) return;
  const began = sight.seen.filter((each) => each.observed.ledger.count > 0);
  if (began.length === 0 || sight.unseen.length > 0) return;
  try {
    const ledger = await Ledger.open(began);
    await ledger.append({
      kind: 'refused',
      verb: 'deploy',
      at: new Date(world.clock.now()).toISOString(),
      hd: world.version,
      environment: environment.name,
      actor: await world.actor(),
      hosts: [],
      reason: error.message,
    });
  } catch (failure) {
    if (!(failure instanceof HdError)) throw failure;
    world.reporter.event({
      type: 'note',
      mark: 'warn',
      text: `the refusal is not in the ledger: ${failure.message}`,
    });
  }
}
