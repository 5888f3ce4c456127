import type { Environment } from '../domain/environment.ts';
import { Exit } from '../domain/exit.ts';
import { HdError, InterruptedError, withHeadline } from '../domain/errors.ts';
import type { Actor } from '../domain/actor.ts';
import { LEASE_SECONDS, type Freeze, type LockHolder, type LockState } from '../domain/lock.ts';
import { leaseOf } from '../domain/locked.ts';
import { servesText, servingOf } from '../domain/serving.ts';
import { age, time } from '../domain/values.ts';
import { awaitFree, takeLease, type Lease } from '../engine/lease.ts';
import type { Leave, LineOptions } from '../engine/line.ts';
import { FrozenError, LockedError } from '../engine/locked.ts';
import type { Host } from '../ports.ts';
import { unsettled, newestLedger } from './history.ts';
import { observeAll, type SeenHost } from './observe.ts';
import type { World } from './world.ts';

/** Who wants the lock, and what for. */
export interface Doing {
  actor: Actor;
  /** `deploy v1.4.1`. */
  purpose: string;
  /** Of the plan that is carried out. */
  plan?: string;
}

/** What this process says of itself in a lock. */
export function holderOf(world: World, { actor, purpose, plan }: Doing): LockHolder {
  const id = world.env['GITHUB_RUN_ID'];
  // acme/healthdelta/.github/workflows/deploy_backend.yml@refs/heads/main
  const file = /([^/]+)@/.exec(world.env['GITHUB_WORKFLOW_REF'] ?? '')?.[1];
  const run = id === undefined || file === undefined ? id : `${id}, ${file}`;
  return {
    actor: actor.name,
    machine: actor.machine,
    ...world.self(),
    purpose,
    ...(plan === undefined ? {} : { plan }),
    ...(run === undefined ? {} : { run }),
  };
}

/**
 * Takes the lock on these hosts, waiting for it as far as `--lock-wait` and the leave allow.
 * @throws HdError exit 8 that says who holds it, or who has stopped deployments by hand
 */
export async function leaseOn(
  world: World,
  environment: Environment,
  hosts: readonly Host[],
  doing: Doing,
  leave: Leave = {},
): Promise<Lease> {
  const holder = holderOf(world, doing);
  const take = (options: LineOptions) => takeLease(hosts, holder, world.clock, options);
  return waiting(world, environment, doing, take, leave);
}

export interface FreeOptions extends Leave {
  /** Before somebody is asked to stop: says what would be stopped; throws if the answer is no. */
  agree?: (text: string) => Promise<void>;
}

/**
 * What is known before the question is said before the question: who holds the lock, or has stopped deployments by
 * hand. With leave to wait it waits, and keeps its place in line for the lease that is taken then.
 * @param seen the hosts whose lock is wanted
 * @returns whether it waited: what was seen is old then
 * @throws HdError exit 8 with the one who holds it
 */
export async function requireFree(
  world: World,
  environment: Environment,
  seen: readonly SeenHost[],
  doing: Doing,
  { agree, ...leave }: FreeOptions = {},
): Promise<boolean> {
  const frozen = seen.find((each) => each.observed.freeze !== undefined);
  if (frozen?.observed.freeze !== undefined && leave.urgent !== true)
    throw frozenScreen(world, environment, seen, frozen.observed.freeze, doing);
  const [held] = seen.flatMap(({ host, observed }) => {
    const state = leaseOf(observed);
    return state === undefined || world.isDead(state.holder) ? [] : [{ host: host.name, state }];
  });
  if (held === undefined) return false;
  if (world.patience.ms === 0 && leave.expiry !== true && leave.interrupt === undefined)
    throw lockedScreen(world, environment, seen, held.host, held.state);
  const { actor, purpose } = held.state.holder;
  await agree?.(`This stops ${purpose} of ${actor}, and rolls ${environment.name} back.`);
  const hosts = seen.map((each) => each.host);
  const holder = holderOf(world, doing);
  const wait = (options: LineOptions) => awaitFree(hosts, holder, world.clock, options);
  return waiting(world, environment, doing, wait, leave, seen);
}

/** Shows what is waited for as a row, and says of a refusal who is behind it. */
async function waiting<T>(
  world: World,
  environment: Environment,
  doing: Doing,
  wait: (options: LineOptions) => Promise<T>,
  leave: Leave,
  seen?: readonly SeenHost[],
): Promise<T> {
  const { clock, reporter, patience, signal } = world;
  const serves = seen === undefined ? '' : `${headlineOf(world, environment, seen)}; `;
  let since: number | undefined;
  const onWait = (text: string): void => {
    since ??= clock.now();
    reporter.event({ type: 'stage', name: 'lock', mark: 'busy', text });
  };
  const isDead = (holder: LockHolder): boolean => world.isDead(holder);
  try {
    const got = await wait({ ...leave, patience, signal, onWait, isDead });
    if (since !== undefined) {
      const ms = clock.now() - since;
      reporter.event({ type: 'stage', name: 'lock', mark: 'ok', text: 'free', ms });
    }
    return got;
  } catch (error) {
    if (since !== undefined)
      reporter.event({ type: 'stage', name: 'lock', mark: 'idle', text: 'was not had' });
    if (error instanceof InterruptedError)
      throw new InterruptedError('stopped while waiting for the lock', {
        headline: `${serves}nothing was changed`,
        next: [{ command: ['hd', 'status', environment.name] }],
      });
    return lockedBy(world, environment, doing, error);
  }
}

/** Says who holds the lock and until when, and what serves meanwhile (screens.md, 10); any other error goes on. */
async function lockedBy(
  world: World,
  environment: Environment,
  doing: Doing,
  error: unknown,
): Promise<never> {
  if (!(error instanceof LockedError || error instanceof FrozenError)) throw error;
  const { seen } = await observeAll(world, environment);
  if (error instanceof FrozenError) throw frozenScreen(world, environment, seen, error.freeze, doing);
  if (error.held === undefined) throw withHeadline(error, headlineOf(world, environment, seen));
  throw lockedScreen(world, environment, seen, error.host, error.held);
}

function lockedScreen(
  world: World,
  environment: Environment,
  seen: readonly SeenHost[],
  host: string,
  held: LockState,
): HdError {
  const { holder } = held;
  const { since, expires } = seen.map((each) => sameLease(each, host, held)).find(Boolean) ?? held;
  const now = nowOn(world, seen, host);
  const clock = (at: number): string => time(at * 1000, world.zone, now);
  const ago = (at: number): string => `${age(now - at * 1000)} ago`;
  const open = unsettled(newestLedger(seen.map((each) => each.observed.ledger)))?.started;
  const deployment = open?.actor.name === holder.actor ? `${open.deployment ?? ''}, ` : '';
  const { machine, pid, run, plan } = holder;
  const where = run === undefined ? `on ${machine}, process ${pid}` : `GitHub Actions run ${run}`;
  const deploys = !/^(rollback|lock|unlock|reconcile)\b/.test(holder.purpose);
  return new HdError('locked', Exit.locked, `${holder.actor} holds the lock on ${host}`, {
    outcome: 'locked',
    headline: headlineOf(world, environment, seen),
    facts: [
      { label: 'holder', text: `${holder.actor}, ${where}` },
      {
        label: 'doing',
        text: `${deployment}${holder.purpose}${plan === undefined ? '' : `, plan ${plan.slice(0, 12)}`}`,
      },
      {
        label: 'lock',
        text: `since ${clock(since)} (${ago(since)}), renewed ${ago(expires - LEASE_SECONDS)}, until ${clock(expires)}`,
      },
    ],
    ...(deploys
      ? {
          urgent: [
            {
              remark: 'stop it and go back',
              command: ['hd', 'rollback', environment.name, '--interrupt'],
            },
          ],
        }
      : {}),
  });
}

/** As it is by now: it may have been renewed since it was met. */
function sameLease({ host, observed }: SeenHost, name: string, { fence }: LockState): LockState | undefined {
  return host.name === name && observed.lock?.fence === fence ? observed.lock : undefined;
}

function frozenScreen(
  world: World,
  environment: Environment,
  seen: readonly SeenHost[],
  freeze: Freeze,
  { purpose }: Doing,
): HdError {
  const { name } = environment;
  const now = world.clock.now();
  const { actor } = freeze;
  return new HdError('frozen', Exit.locked, `${actor} has stopped deployments to ${name} by hand`, {
    outcome: 'locked',
    headline: `${headlineOf(world, environment, seen)}; nothing was changed`,
    facts: freezeFacts(freeze, world.zone, now),
    next: [{ remark: `once ${actor} agrees`, command: ['hd', 'unlock', name, '--why', 'WHY'] }],
    // No gate stops a rollback (D9), and a freeze only one that does not say so.
    ...(purpose.startsWith('rollback')
      ? { urgent: [{ remark: 'go back all the same', command: ['hd', 'rollback', name, '--interrupt'] }] }
      : {}),
  });
}

/** Who stopped deployments by hand, and why. */
export function freezeFacts(
  { actor, machine, why, since, until }: Freeze,
  zone: string,
  now: number,
): { label: string; text: string }[] {
  const clock = (at: number): string => time(at * 1000, zone, now);
  const end = until === undefined ? '' : `, until ${clock(until)}`;
  const ago = `${age(now - since * 1000)} ago`;
  return [
    {
      label: 'holder',
      text: `${actor}, by hand, on ${machine}, since ${clock(since)} (${ago})${end}`,
    },
    { label: 'reason', text: `"${why}"` },
  ];
}

function nowOn(world: World, seen: readonly SeenHost[], host: string): number {
  return seen.find((each) => each.host.name === host)?.observed.at ?? world.clock.now();
}

function headlineOf(world: World, environment: Environment, seen: readonly SeenHost[]): string {
  const services = Object.keys(world.config.images);
  const there = new Set(seen.map((each) => each.host.name));
  const unseen = environment.hosts.map((each) => each.name).filter((name) => !there.has(name));
  return servesText(
    environment.name,
    seen.map((each) => servingOf(each.observed, services)),
    unseen,
  );
}
