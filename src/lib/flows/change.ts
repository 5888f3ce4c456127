import type { Environment } from '../domain/environment.ts';
import { Exit } from '../domain/exit.ts';
import { HdError } from '../domain/errors.ts';
import type { Actor } from '../domain/ledger.ts';
import type { Plan } from '../domain/plan.ts';
import { releaseName, type Release } from '../domain/release.ts';
import { servesText, servingOf } from '../domain/serving.ts';
import type { Driver } from '../drivers/driver.ts';
import { takeLease } from '../engine/lease.ts';
import type { Answer } from './answer.ts';
import { Deployment } from './deployment.ts';
import { lockedBy } from './locked.ts';
import { observeAll, requireAll, type SeenHost, type Sight } from './observe.ts';
import { planChange } from './plan.ts';
import type { ResolvedTarget } from './target.ts';
import type { World } from './world.ts';

/** A plan that somebody agreed to, and what it needs to be executed. */
export interface Change {
  verb: 'deploy' | 'rollback';
  environment: Environment;
  driver: Driver;
  target: ResolvedTarget;
  plan: Plan;
  actor: Actor;
  /** A rollback: the release that it leaves. */
  leaves?: Release;
  /** A rollback goes on without hosts that do not answer, and says so (D9). */
  away?: Sight['unseen'];
  /** The files did not come from the release's commit. */
  worktree?: true;
}

/**
 * Lock, observe again, and carry out the plan that was agreed to.
 * @throws HdError exit 8 if the lock is held, or the hosts changed since the plan; nothing was begun then
 */
export async function carryOut(world: World, change: Change): Promise<Answer> {
  const { environment, plan, actor } = change;
  const services = Object.keys(plan.release.images);
  const away = change.away?.map((each) => each.name) ?? [];
  const names = environment.hosts.map((host) => host.name).filter((name) => !away.includes(name));
  const hosts = await Promise.all(names.map((name) => world.host(environment, name)));
  const changed = plan.hosts.length === 0 ? hosts : hosts.filter((host) => plan.hosts.includes(host.name));
  const run = world.env['GITHUB_RUN_ID'];
  const holder = {
    actor: actor.name,
    machine: actor.machine,
    pid: process.pid,
    purpose: `${change.verb} ${releaseName(plan.release)}`,
    ...(run === undefined ? {} : { run }),
  };
  const lease = await takeLease(changed, holder, world.clock).catch((error: unknown) =>
    lockedBy(world, environment, services, error),
  );
  try {
    const seen = requireAll(environment, services, await observeAll(world, environment, names));
    const again = planChange(
      change.driver,
      environment,
      change.target.target,
      seen.map((each) => each.observed),
    );
    if (again.plan.hash !== plan.hash) throw hostsChanged(change, seen, services);
    return await new Deployment(world, change, lease, seen).run();
  } finally {
    await lease.release();
  }
}

function hostsChanged(change: Change, seen: readonly SeenHost[], services: readonly string[]): HdError {
  const { name } = change.environment;
  return new HdError(
    'hosts-changed',
    Exit.locked,
    'the hosts changed since the plan; nothing of it was begun',
    {
      outcome: 'changed',
      headline: servesText(
        name,
        seen.map((each) => servingOf(each.observed, services)),
      ),
      next: [{ command: ['hd', 'status', name] }],
    },
  );
}
