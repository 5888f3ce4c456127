import { Exit } from '../domain/exit.ts';
import { HdError, InterruptedError, withHeadline } from '../domain/errors.ts';
import { releaseName } from '../domain/release.ts';
import type { Lease } from '../engine/lease.ts';
import type { Answer } from './answer.ts';
import { changedError } from './changed.ts';
import { Deployment } from './deployment.ts';
import { newestLedger } from './history.ts';
import { GatesClosed } from './gates/closed.ts';
import { leaseOn } from './locked.ts';
import { observeAll, requireAll } from './observe.ts';
import { planChange } from './plan.ts';
import { requireSettled } from './settled.ts';
import { recordTakeover } from './takeover.ts';
import type { Change, GateWords } from './change.ts';
import type { World } from './world.ts';

/**
 * Lock, observe again, and carry out the plan that was agreed to.
 * @param serves what was seen to serve when it was agreed to, for a failure before the first effect
 * @throws HdError exit 8 if the lock is held, or the hosts changed since the plan; nothing was begun then
 */
export async function carryOut(world: World, change: Change, serves: string): Promise<Answer> {
  const { environment, plan, actor } = change;
  const away = change.away?.map((each) => each.name) ?? [];
  const names = environment.hosts.map((host) => host.name).filter((name) => !away.includes(name));
  const hosts = await Promise.all(names.map((name) => world.host(environment, name)));
  const verb = change.resumes === undefined ? change.verb : 'resume';
  const doing = { actor, purpose: `${verb} ${releaseName(plan.release)}`, plan: plan.hash };
  // Every host that answers, not only those of the plan: going back may have to change any of them.
  const lease = await leaseOn(world, environment, hosts, doing, change.leave).catch((error: unknown) => {
    throw nothingChanged(error, serves);
  });
  let deployment: Deployment | undefined;
  try {
    deployment = await begin(world, change, lease, names).catch((error: unknown) => {
      throw nothingChanged(error, serves);
    });
    change.begun?.();
    return await deployment.run();
  } finally {
    await lease.release();
    await deployment?.published();
  }
}

/** Looks again, now that nobody else can change the hosts, and writes the ledger's first word. */
async function begin(
  world: World,
  change: Change,
  lease: Lease,
  names: readonly string[],
): Promise<Deployment> {
  const { environment, plan } = change;
  const services = Object.keys(plan.release.images);
  const seen = requireAll(environment, services, await observeAll(world, environment, names));
  const observed = seen.map((each) => each.observed);
  const again = planChange(change.driver, environment, change.target.target, observed);
  let words: GateWords | undefined;
  try {
    // Whoever had the lock before may have left something unfinished.
    if (change.verb === 'deploy' && change.resumes === undefined)
      requireSettled(environment, seen, newestLedger(observed.map((each) => each.ledger)), services);
    if (again.plan.hash !== plan.hash) {
      const then = { hash: plan.hash, subject: plan.subject };
      throw changedError({ environment, then, now: again.plan, seen }, lease.waited ? OLD_PLAN : undefined);
    }
    words = await change.recheck?.(seen);
  } catch (error) {
    await recordTakeover(world, change, lease, seen);
    throw error;
  }
  const evidence = [...(change.evidence ?? []), ...(words?.evidence ?? [])];
  const judged = evidence.length === 0 ? change : { ...change, ...words, evidence };
  return Deployment.begin(world, judged, lease, seen);
}

function nothingChanged(error: unknown, serves: string): unknown {
  if (error instanceof GatesClosed) return error;
  if (error instanceof InterruptedError) return withHeadline(error, `${serves}; nothing was changed`);
  const plain = error instanceof HdError && error.headline === undefined && error.exit !== Exit.usage;
  return plain ? withHeadline(error, `${serves}; nothing was changed`) : error;
}

/** While it waited for the lock, whoever had it changed the hosts. */
const OLD_PLAN = 'hosts-changed-while-waiting';

/** What was planned before the wait for the lock is old after it: then all is done again, and asked again. */
export async function orAgain(
  world: World,
  carriedOut: Promise<Answer>,
  again: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await carriedOut;
  } catch (error) {
    if (!(error instanceof HdError) || error.code !== OLD_PLAN) throw error;
    const text = 'the hosts changed while this waited for the lock: planned again';
    world.reporter.event({ type: 'note', mark: 'idle', text });
    return again();
  }
}
