import type { LedgerEntry, LedgerLine } from '../domain/ledger.ts';
import { sameImages, type Release } from '../domain/release.ts';

/** A release that was confirmed on an environment, and the deployment whose files it used. */
export interface Confirmed {
  release: Release;
  /** Whose directory holds its files; a rollback uses an earlier one's. */
  deployment: string;
  at: string;
  by: string;
}

/**
 * The newest telling of an environment's history: the longest ledger among its hosts.
 * @param ledgers of each host, oldest line first
 */
export function newestLedger(
  ledgers: readonly { lines: readonly LedgerLine[]; count: number }[],
): readonly LedgerLine[] {
  return [...ledgers].sort((a, b) => b.count - a.count)[0]?.lines ?? [];
}

/** Confirmed releases, newest first, each with the last time that it was confirmed. */
export function confirmedReleases(lines: readonly LedgerLine[]): Confirmed[] {
  const newest: Confirmed[] = [];
  for (const { entry } of [...lines].reverse()) {
    if (entry.kind !== 'finished' || entry.outcome !== 'confirmed' || entry.release === undefined) continue;
    const { release } = entry;
    if (newest.some((each) => sameRelease(each.release, release))) continue;
    const deployment = entry.files ?? entry.deployment;
    if (deployment !== undefined) newest.push({ release, deployment, at: entry.at, by: entry.actor.name });
  }
  return newest;
}

export function sameRelease(a: Release, b: Release): boolean {
  return a.commit === b.commit && a.tag === b.tag && sameImages(a.images, b.images);
}

/**
 * What `hd rollback` chooses without `--to` (D9): the newest confirmed release before the current one that has not
 * been rolled back from. Deploying a release again makes it eligible again.
 * @param current what serves now; undefined if nothing or something unknown does
 */
export function rollbackChoice(
  lines: readonly LedgerLine[],
  current: Release | undefined,
): Confirmed | undefined {
  const left = leftReleases(lines);
  const confirmed = confirmedReleases(lines);
  const proved = current !== undefined && !isUnproved(lines, current);
  const at = proved ? confirmed.findIndex((each) => sameRelease(each.release, current)) : -1;
  return confirmed
    .slice(at + 1)
    .find(
      (each) =>
        !left.has(key(each.release)) && (current === undefined || !sameRelease(each.release, current)),
    );
}

/** What serves was put there by a deployment that has no good end: everything confirmed was before it. */
function isUnproved(lines: readonly LedgerLine[], current: Release): boolean {
  const last = lines.findLast(({ entry }) => entry.kind === 'started' || entry.kind === 'finished')?.entry;
  if (last?.release === undefined || !sameRelease(last.release, current)) return false;
  return last.outcome === undefined || last.outcome === 'interrupted' || last.outcome === 'failed';
}

/** Releases that were rolled back from, by a person or by hd, and not confirmed again since. */
function leftReleases(lines: readonly LedgerLine[]): ReadonlySet<string> {
  const left = new Set<string>();
  for (const { entry } of lines) {
    if (entry.kind !== 'finished' || entry.release === undefined) continue;
    if (entry.outcome === 'rolled-back' && entry.verb === 'deploy') left.add(key(entry.release));
    if (entry.outcome === 'confirmed') left.delete(key(entry.release));
    const went = entry.outcome === 'confirmed' || entry.outcome === 'inconclusive';
    if (went && entry.leaves !== undefined) left.add(key(entry.leaves));
  }
  return left;
}

function key(release: Release): string {
  return `${release.tag ?? ''} ${release.commit}`;
}

/** The last confirmed release: what a failed deployment goes back to. */
export function lastConfirmed(lines: readonly LedgerLine[]): Confirmed | undefined {
  return confirmedReleases(lines)[0];
}

/** The newest entry that finished with this release confirmed, for `since` and the measured downtime. */
export function lastFinished(lines: readonly LedgerLine[]): LedgerEntry | undefined {
  return [...lines].reverse().find(({ entry }) => entry.kind === 'finished')?.entry;
}

/** A deployment that was started and has no end: its operator died. */
export function unfinished(lines: readonly LedgerLine[]): LedgerEntry | undefined {
  const last = [...lines]
    .reverse()
    .find(({ entry }) => entry.kind === 'started' || entry.kind === 'finished')?.entry;
  return last?.kind === 'started' ? last : undefined;
}
