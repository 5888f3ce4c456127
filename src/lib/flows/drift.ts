import type { LedgerLine } from '../domain/ledger.ts';
import type { ObservedHost } from '../domain/observed.ts';
import { releaseName, shortDigest, type Release } from '../domain/release.ts';
import type { Drift } from '../domain/reports.ts';

/** Where the digests that run are not those of the release that was confirmed last. */
export function driftOf(
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
