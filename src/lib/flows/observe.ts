import type { Environment } from '../domain/environment.ts';
import { Exit } from '../domain/exit.ts';
import { HdError } from '../domain/errors.ts';
import type { ObservedHost } from '../domain/observed.ts';
import { servesText, servingOf } from '../domain/serving.ts';
import type { Host } from '../ports.ts';
import type { World } from './world.ts';

export interface SeenHost {
  host: Host;
  observed: ObservedHost;
}

export interface Sight {
  seen: readonly SeenHost[];
  /** Hosts that gave no answer, and why. */
  unseen: readonly { name: string; error: HdError }[];
}

/**
 * Looks at every host of an environment, in parallel; a host that can't be read does not stop the others.
 * @param deployment whose journal is looked at as well
 */
export async function observeAll(
  world: World,
  environment: Environment,
  names?: readonly string[],
  deployment?: string,
): Promise<Sight> {
  const wanted = names ?? environment.hosts.map((host) => host.name);
  const looked = await Promise.all(
    wanted.map(async (name) => {
      try {
        const host = await world.host(environment, name);
        return { host, observed: await host.observe(deployment) };
      } catch (error) {
        if (error instanceof HdError) return { name, error };
        throw error;
      }
    }),
  );
  return {
    seen: looked.flatMap((each) => (each.observed === undefined ? [] : [each])),
    unseen: looked.flatMap((each) => (each.error === undefined ? [] : [each])),
  };
}

/** Before the first effect every host must answer; one that does not stops all (exit 4 or 11). */
export function requireAll(
  environment: Environment,
  services: readonly string[],
  sight: Sight,
): readonly SeenHost[] {
  const [first] = sight.unseen;
  if (first === undefined) return sight.seen;
  const servings = sight.seen.map((each) => servingOf(each.observed, services));
  const names = sight.unseen.map((each) => each.name);
  const { error } = first;
  throw new HdError(
    error.code,
    error.exit === Exit.inconclusive ? Exit.unreachable : error.exit,
    error.message,
    {
      facts: error.facts,
      headline: servesText(environment.name, servings, names),
      next: error.next,
      ...(error.outcome === undefined ? {} : { outcome: error.outcome }),
      cause: error,
    },
  );
}

/** For what one host can tell for all: the ledger, going back. */
export function requireAny(sight: Sight): readonly SeenHost[] {
  const [first] = sight.unseen;
  if (sight.seen.length === 0 && first !== undefined) throw first.error;
  return sight.seen;
}
