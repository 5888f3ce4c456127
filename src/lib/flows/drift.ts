import type { LedgerLine } from '../domain/ledger.ts';
import { foldHosts } from '../domain/names.ts';
import type { ObservedContainer, ObservedHost } from '../domain/observed.ts';
import { releaseName, shortDigest, type Release } from '../domain/release.ts';
import type { Drift } from '../domain/reports.ts';

/** Stands for the names of the hosts that differ alike. */
const HOSTS = '{hosts}';

/** How a service is not as recorded on one host. */
interface Difference {
  host: string;
  service: string;
  /** With HOSTS for their names: `backend is exited on HOSTS`. */
  what: string;
  by: string;
  startedAt?: number;
}

/**
 * Where the digests that run are not those of the release that was confirmed last; hosts that differ in the same way
 * are told together.
 */
export function driftOf(
  environment: string,
  observed: readonly ObservedHost[],
  recorded: Release | undefined,
  lines: readonly LedgerLine[],
): Drift[] {
  if (recorded === undefined) return [];
  const again = recorded.tag === undefined ? ['--commit', recorded.commit] : ['--tag', recorded.tag];
  const mend = `put it right: hd deploy ${environment} ${again.join(' ')}`;
  const differences = observed.flatMap((each) => differencesOn(each, recorded, lines));
  const alike = Map.groupBy(differences, ({ what, by }) => `${what} ${by}`);
  return [...alike.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { service, what, by } = first;
    const name = releaseName(recorded);
    // Of one that does not run only its release is missed.
    const says =
      first.startedAt === undefined
        ? name
        : `${shortDigest(recorded.images[service]?.digest ?? '')} (${name})`;
    const started = group.flatMap(({ startedAt }) => startedAt ?? []);
    const since = new Date(Math.min(...started, Infinity));
    const when =
      started.length === 0 ? [] : [`started ${since.toISOString().slice(0, 16).replace('T', ' ')}Z, ${by}`];
    return [
      {
        text: `${named(group, what)}; the ledger says ${says}`,
        more: [...when, mend],
      },
    ];
  });
}

function named(group: readonly Difference[], what: string): string {
  const grammar = group.length === 1 ? what : what.replace(`${HOSTS} runs`, `${HOSTS} run`);
  return grammar.replace(HOSTS, foldHosts(group.map(({ host }) => host)));
}

function differencesOn(
  { host, containers }: ObservedHost,
  recorded: Release,
  lines: readonly LedgerLine[],
): Difference[] {
  return Object.entries(recorded.images).flatMap(([service, image]): Difference[] => {
    const own = containers.filter((each) => each.service === service);
    const [first] = own;
    if (first === undefined) return [{ host, service, what: `${service} is not there on ${HOSTS}`, by: '' }];
    const down = own.find((each) => each.state !== 'running');
    if (down !== undefined)
      return [{ host, service, what: `${service} is ${down.state} on ${HOSTS}`, by: '' }];
    const other = own.find((each) => !each.digests.includes(image.digest));
    if (other === undefined) return [];
    const runs = shortDigest(other.digests[0] ?? other.imageId);
    const { startedAt } = other;
    return [{ host, service, what: `${HOSTS} runs ${service} ${runs}`, by: madeBy(other, lines), startedAt }];
  });
}

function madeBy({ deployment }: ObservedContainer, lines: readonly LedgerLine[]): string {
  const known = deployment !== undefined && lines.some(({ entry }) => entry.deployment === deployment);
  return known ? `by ${deployment}` : 'not by hd';
}
