import type { Environment } from '../domain/environment.ts';
import { Exit } from '../domain/exit.ts';
import { HdError } from '../domain/errors.ts';
import type { Actor } from '../domain/actor.ts';
import type { Freeze } from '../domain/lock.ts';
import { foldHosts, withoutHost } from '../domain/names.ts';
import { servesText, servingOf } from '../domain/serving.ts';
import { time } from '../domain/values.ts';
import type { Fact, VerdictRow } from '../domain/verdict.ts';
import type { Lease } from '../engine/lease.ts';
import type { Answer } from './answer.ts';
import { announce } from './deploy.ts';
import { takenOverEntries } from './found.ts';
import { Ledger, type NewEntry } from './ledger.ts';
import { freezeFacts, leaseOn, requireFree, type Doing } from './locked.ts';
import { observeAll, requireAll, requireAny, type SeenHost, type Sight } from './observe.ts';
import { recordTakeover } from './takeover.ts';
import type { World } from './world.ts';

export interface FreezeRequest {
  environment: Environment;
  why: string;
  /** Epoch seconds; absent for one that ends only by hand. */
  until?: number;
  dryRun: boolean;
  confirm(environment: Environment, text: string): Promise<void>;
}

/**
 * `hd lock ENV --why WHY`: no deployment begins there, until the time is over or `hd unlock`. One that runs is not
 * frozen out from under itself. The same person may change the reason and the end; another is shown whose it is.
 */
export async function lock(world: World, request: FreezeRequest): Promise<Answer> {
  const { environment, until } = request;
  // It is said to whoever meets the freeze, and stands on the host as it is here.
  const why = world.redact(request.why);
  return change(world, request, {
    verb: 'lock',
    partly: true,
    already: ({ actor }, seen) => seen.every((each) => isSame(each.observed.freeze, actor, why, until)),
    refuse: ({ actor }, sight) => {
      const other = freezesOf(sight.seen).find((each) => each.actor !== actor.name);
      if (other === undefined) return;
      throw new HdError('frozen', Exit.locked, `${other.actor} has stopped deployments by hand already`, {
        outcome: 'locked',
        headline: `${serves(world, environment, sight)}; nothing was changed`,
        facts: freezeFacts(other, world.zone, world.clock.now()),
        next: [
          {
            remark: `once ${other.actor} agrees`,
            command: ['hd', 'unlock', environment.name, '--why', 'WHY'],
          },
        ],
      });
    },
    entry: { kind: 'frozen', ...(until === undefined ? {} : { until: iso(until) }) },
    freeze: ({ actor }) => ({
      actor: actor.name,
      machine: actor.machine,
      why,
      ...(until === undefined ? {} : { until }),
    }),
    said: {
      would: 'stops deployments to',
      outcome: 'frozen',
      done: 'deployments are stopped by hand',
      already: 'deployments are stopped by hand already',
      undo: ['hd', 'unlock', environment.name, '--why', 'WHY'],
    },
  });
}

/** `hd unlock ENV --why WHY`: ends a freeze, whoever began it; the ledger says who ended it, and why. */
export function unlock(world: World, request: FreezeRequest): Promise<Answer> {
  const { environment } = request;
  return change(world, request, {
    verb: 'unlock',
    partly: false,
    already: (_, seen) => freezeOf(seen) === undefined,
    refuse: () => undefined,
    entry: { kind: 'unfrozen' },
    freeze: () => undefined,
    said: {
      would: 'allows deployments to',
      outcome: 'unfrozen',
      done: 'deployments are allowed again',
      already: 'nobody has stopped deployments',
      undo: ['hd', 'lock', environment.name, '--why', 'WHY'],
    },
  });
}

/** What differs between freezing and its end. */
interface Way {
  verb: 'lock' | 'unlock';
  /** Without hosts that do not answer: one that is frozen keeps every deployment from beginning. */
  partly: boolean;
  already(doing: Doing, seen: readonly SeenHost[]): boolean;
  refuse(doing: Doing, sight: Sight): void;
  entry: Pick<NewEntry, 'kind' | 'until'>;
  freeze(doing: Doing): Omit<Freeze, 'since'> | undefined;
  said: { would: string; outcome: string; done: string; already: string; undo: readonly string[] };
}

async function change(world: World, request: FreezeRequest, way: Way): Promise<Answer> {
  const { environment, dryRun } = request;
  const [{ seen: first, unseen }, actor] = await Promise.all([
    look(world, environment, way),
    announce(world, `${way.verb} ${environment.name}`),
  ]);
  for (const { name, error } of unseen) {
    const text = `${name} does not answer and is left as it is: ${withoutHost(name, error.message)}`;
    world.reporter.event({ type: 'note', mark: 'warn', text });
  }
  const doing: Doing = { actor, purpose: `${way.verb} ${environment.name}` };
  if (way.already(doing, first)) return answer(world, request, way, { seen: first, unseen }, 'no change');
  way.refuse(doing, { seen: first, unseen });
  if (dryRun) return answer(world, request, way, { seen: first, unseen }, 'planned');
  // What ends a freeze goes through it; what begins one goes before those who would deploy.
  const leave = { urgent: true };
  await requireFree(world, environment, first, doing, leave);
  await request.confirm(environment, `This ${way.said.would} ${environment.name}.`);
  world.signal.throwIfAborted();
  const hosts = first.map((each) => each.host);
  const again = async (): Promise<Sight> => {
    const names = hosts.map((host) => host.name);
    const services = Object.keys(world.config.images);
    const seen = requireAll(environment, services, await observeAll(world, environment, names));
    return { seen, unseen };
  };
  const lease = await leaseOn(world, environment, hosts, doing, leave);
  try {
    const now = await again();
    const { seen } = now;
    try {
      way.refuse(doing, now);
    } catch (error) {
      await recordTakeover(world, { environment, actor, verb: way.verb }, lease, seen);
      throw error;
    }
    await record(world, request, way, seen, actor, lease);
    await Promise.all(seen.map(({ host }) => host.freeze(way.freeze(doing), lease.fence(host.name))));
  } finally {
    await lease.release();
  }
  return answer(world, request, way, await again(), 'done');
}

async function look(world: World, environment: Environment, { partly }: Way): Promise<Sight> {
  const sight = await observeAll(world, environment);
  if (partly) requireAny(sight);
  else requireAll(environment, Object.keys(world.config.images), sight);
  return sight;
}

/** The ledger first: what was done without a word of it could not be told apart from somebody's own doing. */
async function record(
  world: World,
  { environment, why }: FreezeRequest,
  way: Way,
  seen: readonly SeenHost[],
  actor: Actor,
  { replaced, fence }: Lease,
): Promise<void> {
  // Two stories keep nobody from stopping deployments.
  const forked = ({ message: text }: HdError): void =>
    world.reporter.event({ type: 'note', mark: 'warn', text });
  const ledger = await Ledger.open(seen, { fence, redact: world.redact, forked });
  const at = new Date(world.clock.now()).toISOString();
  const base = { at, hd: world.version, environment: environment.name, actor, verb: way.verb };
  const hosts = seen.map((each) => each.host.name);
  const own = { ...base, ...way.entry, hosts, reason: why };
  const unwritten = await ledger.append(...takenOverEntries(base, replaced), own);
  const [error] = unwritten.values();
  if (error !== undefined) throw error;
}

function answer(
  world: World,
  request: FreezeRequest,
  way: Way,
  sight: Sight,
  outcome: 'done' | 'planned' | 'no change',
): Answer {
  const { environment, why, until } = request;
  const { name } = environment;
  const { said } = way;
  const { seen } = sight;
  const freeze = freezeOf(seen);
  const end = until === undefined ? '' : `, until ${time(until * 1000, world.zone, world.clock.now())}`;
  const changed: Fact = {
    label: 'changed',
    text: `${said.done}${end}, on ${foldHosts(seen.map((each) => each.host.name))}: ${why}`,
  };
  const would: Fact = { label: 'would', text: `${said.done}${end}: ${why}` };
  const rows: Record<typeof outcome, readonly VerdictRow[]> = {
    done: [
      { label: 'see it', commands: [{ command: ['hd', 'status', name] }] },
      { label: 'undo it', commands: [{ command: said.undo }] },
    ],
    planned: [{ label: 'next', commands: [{ remark: 'do it', command: againCommand(request, way) }] }],
    'no change': [{ label: 'see it', commands: [{ command: ['hd', 'status', name] }] }],
  };
  const words = { done: '', planned: '; nothing was changed', 'no change': `; ${said.already}` };
  return {
    exit: Exit.done,
    block: {
      facts: { done: [changed], planned: [would], 'no change': [] }[outcome],
      verdict: {
        mark: 'ok',
        outcome: outcome === 'done' ? said.outcome : outcome,
        headline: `${serves(world, environment, sight)}${words[outcome]}`,
        exit: Exit.done,
        rows: rows[outcome],
      },
    },
    json: {
      outcome: outcome === 'done' ? said.outcome : outcome.replace(' ', '-'),
      environment: name,
      hosts: seen.map((each) => each.host.name),
      ...(sight.unseen.length === 0 ? {} : { unseen: sight.unseen.map((each) => each.name) }),
      freeze: freeze === undefined ? null : jsonOf(freeze),
    },
  };
}

function againCommand({ environment, why, until }: FreezeRequest, { verb }: Way): string[] {
  return [
    'hd',
    verb,
    environment.name,
    '--why',
    why,
    ...(until === undefined ? [] : ['--until', iso(until)]),
  ];
}

function jsonOf({ actor, machine, why, since, until }: Freeze): object {
  return { actor, machine, why, since: iso(since), ...(until === undefined ? {} : { until: iso(until) }) };
}

function freezeOf(seen: readonly SeenHost[]): Freeze | undefined {
  return freezesOf(seen)[0];
}

/** A host that was away when the others were frozen, or freed, may have another one. */
function freezesOf(seen: readonly SeenHost[]): Freeze[] {
  return seen.flatMap((each) => each.observed.freeze ?? []);
}

function isSame(
  freeze: Freeze | undefined,
  { name }: Actor,
  why: string,
  until: number | undefined,
): boolean {
  return freeze !== undefined && freeze.actor === name && freeze.why === why && freeze.until === until;
}

function serves(world: World, environment: Environment, { seen, unseen }: Sight): string {
  const services = Object.keys(world.config.images);
  return servesText(
    environment.name,
    seen.map((each) => servingOf(each.observed, services)),
    unseen.map((each) => each.name),
  );
}

function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
