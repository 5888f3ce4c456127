import { deploymentNumber } from './deployment.ts';
import type { Manifest } from './manifest.ts';
import type { ObservedHost } from './observed.ts';
import { count, foldHosts } from './names.ts';
import { releaseName, type Release } from './release.ts';

/** What a host was seen to serve: judged by the digests that run, never by what was asked for. */
export interface Serving {
  host: string;
  /** Absent if nothing of the application runs. */
  release?: Release;
  /** Containers run, but no manifest on the host explains them. */
  unknown: boolean;
}

/** @param services those that a release replaces (D6) */
export function servingOf(observed: ObservedHost, services: readonly string[]): Serving {
  const relevant = observed.containers.filter(
    (each) => services.includes(each.service) && each.state === 'running',
  );
  if (relevant.length === 0) return { host: observed.host, unknown: false };
  const explains = (manifest: Manifest): boolean =>
    relevant.every((each) => {
      const digest = manifest.release.images[each.service]?.digest;
      return digest !== undefined && each.digests.includes(digest);
    });
  const newest = [...observed.releases].sort(
    (a, b) => deploymentNumber(b.deployment) - deploymentNumber(a.deployment),
  );
  const candidates = [...(observed.current === undefined ? [] : [observed.current]), ...newest];
  const found = candidates.find(explains);
  return found === undefined
    ? { host: observed.host, unknown: true }
    : { host: observed.host, release: found.release, unknown: false };
}

export function servingName(serving: Serving): string {
  if (serving.release !== undefined) return releaseName(serving.release);
  return serving.unknown ? 'an unknown image' : 'nothing';
}

/**
 * `prod serves v1.3.2 on 3 of 3 hosts`, or host by host where they differ: the sentence of every headline.
 * @param unseen hosts that could not be observed
 */
export function servesText(
  environment: string,
  servings: readonly Serving[],
  unseen: readonly string[] = [],
): string {
  if (servings.length === 0) return `what ${environment} serves is not known`;
  return `${environment} serves ${servesWhat(servings, unseen)}`;
}

/** `v1.3.2 on 3 of 3 hosts`; `v1.4.0 on prod-1, v1.3.2 on prod-2..3`. */
export function servesWhat(servings: readonly Serving[], unseen: readonly string[] = []): string {
  const groups = Map.groupBy(servings, servingName);
  const [only] = groups;
  if (only !== undefined && groups.size === 1 && unseen.length === 0) {
    const [name, hosts] = only;
    return name === 'nothing' ? name : `${name} on ${hosts.length} of ${count(hosts.length, 'host')}`;
  }
  const parts = [...groups].map(([name, hosts]) => `${name} on ${foldHosts(hosts.map((each) => each.host))}`);
  if (unseen.length > 0) parts.push(`${foldHosts(unseen)} not known`);
  return parts.join(', ');
}
