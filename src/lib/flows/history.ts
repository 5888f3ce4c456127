import type { EntryKind, LedgerEntry, LedgerLine } from '../domain/ledger.ts';
import type { ObservedLedger } from '../domain/observed.ts';
import type { ProvedElsewhere } from '../domain/policy.ts';
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
  ledgers: readonly Pick<ObservedLedger, 'lines' | 'count' | 'broken'>[],
): readonly LedgerLine[] {
  return [...ledgers].sort((a, b) => rankOf(b) - rankOf(a))[0]?.lines ?? [];
}

/** The longest first; one that is broken after all that are whole. */
export function rankOf({ count, broken }: Pick<ObservedLedger, 'count' | 'broken'>): number {
  return broken === undefined ? count : count - Number.MAX_SAFE_INTEGER;
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

/** Releases that were proved, each with its last proof, newest first: by a deployment, or by `hd verify --record`. */
export function provedReleases(lines: readonly LedgerLine[]): ProvedElsewhere[] {
  const newest: ProvedElsewhere[] = [];
  for (const { entry } of [...lines].reverse()) {
    const { kind, outcome, release } = entry;
    const proved = kind === 'verified' || (kind === 'finished' && outcome === 'confirmed');
    if (!proved || release === undefined || newest.some((each) => sameRelease(each.release, release)))
      continue;
    newest.push({ release, at: Date.parse(entry.at) });
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
  const open = unsettled(lines)?.started;
  if (open !== undefined) {
    // A rollback that did not get there is tried again; what any other left behind is what it wanted to replace.
    const { verb, release } = open;
    const again = confirmed.find((each) => release !== undefined && sameRelease(each.release, release));
    return verb === 'rollback' && again !== undefined ? again : confirmed[0];
  }
  const at = current === undefined ? -1 : confirmed.findIndex((each) => sameRelease(each.release, current));
  return confirmed
    .slice(at + 1)
    .find(
      (each) =>
        !left.has(key(each.release)) && (current === undefined || !sameRelease(each.release, current)),
    );
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

/** A deployment that has no good end: until it is resumed or gone back from, no other one begins. */
export interface Unsettled {
  /** Its first word, as it was last written: what was to be done. */
  started: LedgerEntry;
  /** Its newest word. Without an outcome its operator died, or is at work. */
  last: LedgerEntry;
  /** It had begun to go back to this release. */
  back: Release | undefined;
}

/**
 * The deployment that is to be settled first, if there is one. One that was stopped before any host was switched left
 * nothing behind; after a first one that failed there is nothing to go back to, and only another release helps.
 */
export function unsettled(all: readonly LedgerLine[]): Unsettled | undefined {
  // One that came to nothing hides nothing: what it found unsettled still is.
  const idle = new Set(all.flatMap(({ entry }) => (cameToNothing(entry) ? [entry.deployment] : [])));
  const lines = all.filter(({ entry }) => !idle.has(entry.deployment));
  const last = lines.findLast(({ entry }) => ENDS.has(entry.kind))?.entry;
  if (last === undefined) return undefined;
  const at = lines.findLastIndex(
    ({ entry }) => entry.kind === 'started' && entry.deployment === last.deployment,
  );
  const started = lines[at]?.entry ?? last;
  const words = lines.slice(Math.max(at, 0)).map((line) => line.entry);
  const own = words.filter((entry) => entry.deployment === last.deployment);
  const back = own.findLast((entry) => entry.restored !== undefined)?.restored;
  return isSettled(last, back) ? undefined : { started, last, back };
}

const ENDS: ReadonlySet<EntryKind> = new Set(['started', 'going-back', 'finished', 'interrupted']);

function isSettled({ kind, outcome }: LedgerEntry, back: Release | undefined): boolean {
  if (kind !== 'finished' || outcome === 'inconclusive' || outcome === 'interrupted') return false;
  return outcome !== 'failed' || back === undefined;
}

/** Stopped before any host was switched, by it or by those who began it. */
export function cameToNothing({ kind, outcome, begun }: LedgerEntry): boolean {
  return kind === 'finished' && outcome === 'interrupted' && begun?.length === 0;
}

/**
 * A plan that people were asked to approve and have not rejected, that is good still, and after which nothing was begun.
 * @param now epoch milliseconds
 */
export function requestedIn(lines: readonly LedgerLine[], now: number): LedgerEntry | undefined {
  const last = lines.findLast(({ entry }) => ANSWERS.has(entry.kind) || isRejection(entry))?.entry;
  if (last?.kind !== 'requested') return undefined;
  return Date.parse(last.request?.expires ?? '') > now ? last : undefined;
}

const ANSWERS: ReadonlySet<EntryKind> = new Set(['requested', 'started']);

function isRejection({ kind, approval }: LedgerEntry): boolean {
  return kind === 'refused' && approval !== undefined;
}
