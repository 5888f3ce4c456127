import type { Environment } from '../domain/environment.ts';
import type { LedgerLine } from '../domain/ledger.ts';
import type { ObservedHost } from '../domain/observed.ts';
import { releaseName, shortDigest, type Release } from '../domain/release.ts';
import type { Drift, EnvironmentStatus, HostStatus } from '../domain/reports.ts';
import { servingOf } from '../domain/serving.ts';
import { lastConfirmed, lastFinished, newestLedger, rollbackChoice, unfinished } from './history.ts';
import { observeAll } from './observe.ts';
import type { World } from './world.ts';

/** What an environment serves, how it does, and where that differs from what the ledger says. Changes nothing. */
export async function statusOf(world: World, environment: Environment): Promise<EnvironmentStatus> {
  const services = Object.keys(world.config.images);
  const sight = await observeAll(world, environment);
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
  const open = unfinished(lines);
  const last = lastFinished(lines);
  const entry = lines.findLast((line) => line.entry.outcome === 'confirmed')?.entry;
  return {
    name: environment.name,
    hosts,
    recorded: confirmed?.release,
    entry,
    ...(last === undefined || last === entry ? {} : { last }),
    unfinished: open,
    drift: observed.flatMap((each) => driftOf(environment.name, each, confirmed?.release, lines)),
    wayBack: rollbackChoice(lines, confirmed?.release)?.release,
  };
}

function healthOf(observed: ObservedHost, services: readonly string[]): HostStatus['health'] {
  const own = observed.containers.filter((each) => services.includes(each.service));
  const fine =
    own.length > 0 &&
    own.every(
      (each) => each.state === 'running' && each.health !== 'unhealthy' && each.health !== 'starting',
    );
  return fine ? 'healthy' : 'failing';
}

/** Where the digests that run are not those of the release that was confirmed last. */
function driftOf(
  environment: string,
  observed: ObservedHost,
  recorded: Release | undefined,
  lines: readonly LedgerLine[],
): Drift[] {
  if (recorded === undefined) return [];
  const again = recorded.tag === undefined ? ['--commit', recorded.commit] : ['--tag', recorded.tag];
  return Object.entries(recorded.images).flatMap(([service, image]) => {
    const containers = observed.containers.filter((each) => each.service === service);
    const right =
      containers.length > 0 &&
      containers.every((each) => each.state === 'running' && each.digests.includes(image.digest));
    if (right) return [];
    const [container] = containers;
    const mend = `put it right: hd deploy ${environment} ${again.join(' ')}`;
    if (container === undefined || container.state !== 'running') {
      const state = container === undefined ? 'is not there' : `is ${container.state}`;
      return [
        {
          text: `${service} ${state} on ${observed.host}; the ledger says ${releaseName(recorded)}`,
          more: [mend],
        },
      ];
    }
    const runs = container.digests[0] ?? container.imageId;
    const byHd = lines.some(
      ({ entry }) => entry.deployment !== undefined && entry.deployment === container.deployment,
    );
    const by = byHd ? `by ${container.deployment ?? ''}` : 'not by hd';
    return [
      {
        text: `${observed.host} runs ${service} ${shortDigest(runs)}; the ledger says ${shortDigest(image.digest)} (${releaseName(recorded)})`,
        more: [
          `the container was started ${new Date(container.startedAt).toISOString().slice(0, 16).replace('T', ' ')}Z, ${by}`,
          mend,
        ],
      },
    ];
  });
}
