import type { Environment } from '../domain/environment.ts';
import { isDone } from '../domain/container.ts';
import type { LedgerLine } from '../domain/ledger.ts';
import { foldHosts } from '../domain/names.ts';
import type { ObservedContainer, ObservedHost } from '../domain/observed.ts';
import type { Drift, EnvironmentStatus, HostStatus } from '../domain/reports.ts';
import { servingOf } from '../domain/serving.ts';
import { driftOf } from './drift.ts';
import { holidaysOf, pastDeployments } from './gates/facts.ts';
import {
  lastConfirmed,
  lastFinished,
  newestLedger,
  requestedIn,
  rollbackChoice,
  unsettled,
} from './history.ts';
import { endOf, finishText } from './settled.ts';
import { observeAll, type Sight } from './observe.ts';
import { stoppedText } from './stopped.ts';
import type { World } from './world.ts';

/** What an environment serves, how it does, and where that differs from what the ledger says. Changes nothing. */
export async function statusOf(world: World, environment: Environment): Promise<EnvironmentStatus> {
  const services = Object.keys(world.config.images);
  const sight = withoutDead(world, await observeAll(world, environment));
  const lines = newestLedger(sight.seen.map((each) => each.observed.ledger));
  const confirmed = lastConfirmed(lines);
  const hosts = environment.hosts.map(({ name }): HostStatus => {
    const seen = sight.seen.find((each) => each.host.name === name);
    if (seen === undefined) {
      const error = sight.unseen.find((each) => each.name === name)?.error;
      return { name, health: 'no answer', ...(error === undefined ? {} : { error }) };
    }
    return {
      name,
      observed: seen.observed,
      serving: servingOf(seen.observed, services),
      health: healthOf(seen.observed, services),
    };
  });
  const observed = sight.seen.map((each) => each.observed);
  const open = unsettled(lines);
  const unended = open?.started.deployment;
  const at = unended === undefined ? undefined : await stoppedText(sight.seen, unended);
  const asked = requestedIn(lines, world.clock.now());
  const last = lastFinished(lines);
  const entry = lines.findLast((line) => line.entry.outcome === 'confirmed')?.entry;
  return {
    name: environment.name,
    hosts,
    recorded: confirmed?.release,
    entry,
    ...(last === undefined || last === entry ? {} : { last }),
    unsettled:
      open === undefined
        ? undefined
        : {
            entry: open.started,
            finish: finishText(open),
            text: `${endOf(open)}${at === undefined ? '' : `; it stopped ${at}`}`,
          },
    drift: [
      ...brokenLedgers(environment.name, observed),
      ...forkOf(environment.name, observed),
      ...driftOf(environment.name, observed, confirmed?.release, lines),
    ]
      // What puts an unfinished deployment right is said with it.
      .map((each) => (open === undefined ? each : { ...each, more: each.more.slice(0, -1) })),
    wayBack: rollbackChoice(lines, confirmed?.release)?.release,
    ...(asked === undefined ? {} : { asked }),
    ...(await closedGates(world, environment, lines)),
  };
}

/** What time will open. */
async function closedGates(
  world: World,
  { policy }: Environment,
  lines: readonly LedgerLine[],
): Promise<Pick<EnvironmentStatus, 'closed'>> {
  if (policy === undefined) return {};
  const [{ judgeTime }, holidays] = await Promise.all([
    import('../gates/deploy/index.ts'),
    holidaysOf(world, policy),
  ]);
  const now = world.clock.now();
  const verdicts = judgeTime({
    now,
    zone: world.zone,
    policy,
    holidays,
    deployments: pastDeployments(lines),
  });
  const closed = verdicts.filter((each) => each.state === 'closed');
  return {
    closed: closed.map(({ gate, opensAt }) => ({ gate, ...(opensAt === undefined ? {} : { opensAt }) })),
  };
}

/** A lease whose holder is proved to be dead keeps nobody waiting: the next hd takes it. */
function withoutDead(world: World, { seen, unseen }: Sight): Sight {
  const looked = seen.map(({ host, observed }) => {
    const { lock, ...rest } = observed;
    return { host, observed: lock !== undefined && world.isDead(lock.holder) ? rest : observed };
  });
  return { seen: looked, unseen };
}

function brokenLedgers(environment: string, observed: readonly ObservedHost[]): Drift[] {
  const broken = observed.flatMap((each) => each.ledger.broken ?? []);
  return broken.map(({ message }) => ({ text: message, more: [`look: hd audit verify ${environment}`] }));
}

/** Two hosts whose last lines do not know each other; one that was away is only behind. */
function forkOf(environment: string, observed: readonly ObservedHost[]): Drift[] {
  const whole = observed.filter(({ ledger }) => ledger.broken === undefined);
  const longest = [...whole].sort((a, b) => b.ledger.count - a.ledger.count)[0];
  if (longest === undefined) return [];
  const known = new Set(longest.ledger.lines.map((line) => line.hash));
  const other = whole.filter(({ ledger: { count, head } }) => {
    const recent = longest.ledger.count - count < longest.ledger.lines.length;
    return head !== undefined && !known.has(head) && (count === longest.ledger.count || recent);
  });
  if (other.length === 0) return [];
  const hosts = foldHosts(other.map(({ host }) => host));
  const text = `the ledgers of ${longest.host} and ${hosts} tell two stories`;
  return [{ text, more: [`look at both: hd audit verify ${environment}`] }];
}

/** Every service that ought to run has a container, and none of them is unwell. */
function healthOf(observed: ObservedHost, services: readonly string[]): HostStatus['health'] {
  const fine = (observed.current?.services ?? services).every((service) => {
    const own = observed.containers.filter((each) => each.service === service);
    return own.length > 0 && own.every((each) => isDone(each) || isWell(each));
  });
  return fine ? 'healthy' : 'failing';
}

function isWell({ state, health }: ObservedContainer): boolean {
  return state === 'running' && (health === undefined || health === 'healthy');
}
