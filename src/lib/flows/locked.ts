import type { Environment } from '../domain/environment.ts';
import { Exit } from '../domain/exit.ts';
import { HdError } from '../domain/errors.ts';
import { servesText, servingOf } from '../domain/serving.ts';
import { age, span } from '../domain/values.ts';
import { LockedError } from '../engine/lease.ts';
import { observeAll } from './observe.ts';
import type { World } from './world.ts';

/** Says who holds the lock and until when, and what serves meanwhile (screens.md, 10); any other error goes on. */
export async function lockedBy(
  world: World,
  environment: Environment,
  services: readonly string[],
  error: unknown,
): Promise<never> {
  if (!(error instanceof LockedError)) throw error;
  const { holder, since, expires } = error.held;
  const sight = await observeAll(world, environment);
  const now =
    (sight.seen.find((each) => each.host.name === error.host)?.observed.at ?? world.clock.now()) / 1000;
  const servings = sight.seen.map((each) => servingOf(each.observed, services));
  const who =
    holder.run === undefined
      ? `${holder.machine}, process ${holder.pid}`
      : `GitHub Actions run ${holder.run}`;
  throw new HdError('locked', Exit.locked, error.message, {
    outcome: 'locked',
    headline: servesText(
      environment.name,
      servings,
      sight.unseen.map((each) => each.name),
    ),
    facts: [
      { label: 'holder', text: `${holder.actor}, ${who}` },
      { label: 'doing', text: holder.purpose },
      {
        label: 'lock',
        text: `on ${error.host}, for ${age((now - since) * 1000)}; a lease that ends in ${span(Math.max(0, expires - now) * 1000)} unless it is renewed`,
      },
    ],
    next: [{ remark: 'see when it is free', command: ['hd', 'status', environment.name] }],
  });
}
