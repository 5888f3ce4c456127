import type { Environment } from '../domain/environment.ts';
import { HdError } from '../domain/errors.ts';
import type { LedgerLine } from '../domain/ledger.ts';
import type { Manifest } from '../domain/manifest.ts';
import type { ObservedHost } from '../domain/observed.ts';
import { withoutHost } from '../domain/names.ts';
import { formatImage } from '../domain/release.ts';
import type { Host } from '../ports.ts';
import { confirmedReleases, rollbackChoice } from './history.ts';
import type { SeenHost } from './observe.ts';
import type { World } from './world.ts';

type Keep = Parameters<Host['prune']>[0];

/**
 * What stays on a host (D8): the newest confirmed releases with their files and images, never less than what serves
 * and what a rollback would choose, and whatever those mount.
 * @param serving the manifest of what serves now
 */
export function keepOn(
  observed: ObservedHost,
  lines: readonly LedgerLine[],
  serving: Manifest,
  deployment: string,
  keep: number,
): Keep {
  const choice = rollbackChoice(lines, serving.release);
  const confirmed = [...confirmedReleases(lines).slice(0, keep), ...(choice === undefined ? [] : [choice])];
  const releases = new Set([deployment, serving.deployment, ...confirmed.map((each) => each.deployment)]);
  const manifests = [serving, ...observed.releases.filter((each) => releases.has(each.deployment))];
  const images = [...manifests.map((each) => each.release), ...confirmed.map((each) => each.release)].flatMap(
    (release) => Object.values(release.images),
  );
  return {
    releases: [...releases],
    files: [...new Set(manifests.flatMap((each) => each.trees))],
    images: [...new Set(images.map(formatImage))],
    repositories: [...new Set(images.map((image) => image.repository))],
  };
}

/** After a success, on the hosts that were changed. A failure here only warns: the release serves all the same. */
export async function prune(
  world: World,
  environment: Environment,
  seen: readonly SeenHost[],
  lines: readonly LedgerLine[],
  deployment: string,
  fence: (host: string) => number,
): Promise<void> {
  await Promise.all(
    seen.map(async ({ host, observed }) => {
      if (observed.current === undefined) return;
      const keep = keepOn(observed, lines, observed.current, deployment, environment.keep);
      await host.prune(keep, fence(host.name)).catch((error: unknown) => {
        if (!(error instanceof HdError)) throw error;
        world.reporter.event({
          type: 'note',
          mark: 'warn',
          text: `${host.name} was not pruned: ${withoutHost(host.name, error.message)}`,
        });
      });
    }),
  );
}
