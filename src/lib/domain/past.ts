import type { LedgerEntry } from './ledger.ts';
import { releaseName } from './release.ts';

/** One thing that happened to an environment: a deployment by its last word, or an entry that stands for itself. */
export interface Past {
  /** Its last word. */
  entry: LedgerEntry;
  /** All of its words, oldest first. */
  words: readonly LedgerEntry[];
  /** What served before, without repetition. */
  from: readonly string[];
  /** As a person says it: the outcome, `no end`, or what kind of thing it was. */
  outcome: string;
}

/** Only what fits all of these. */
export interface PastFilter {
  /** With or without its `v`. */
  version?: string;
  /** The beginning of it. */
  commit?: string;
  /** Whoever had a hand in it. */
  actor?: string;
  outcome?: string;
  /** Epoch milliseconds, both inclusive. */
  since?: number;
  until?: number;
}

/** Words of a deployment; the others are things of their own. */
const OF_A_DEPLOYMENT = new Set([
  ...['planned', 'approved', 'started', 'going-back', 'finished', 'interrupted'],
]);

const UNENDED = new Set(['planned', 'approved', 'started', 'going-back']);

/** What was done, newest first. */
export function pastOf(entries: readonly LedgerEntry[]): Past[] {
  const words = new Map<string, LedgerEntry[]>();
  const told: (string | LedgerEntry)[] = [];
  for (const entry of entries) {
    const { deployment, kind } = entry;
    if (deployment === undefined || !OF_A_DEPLOYMENT.has(kind)) {
      told.push(entry);
      continue;
    }
    words.set(deployment, [...(words.get(deployment) ?? []), entry]);
    // One that was taken up again stands where it was ended, not where it began.
    if (told.includes(deployment)) told.splice(told.indexOf(deployment), 1);
    told.push(deployment);
  }
  return told.reverse().flatMap((each): Past[] => {
    const own = typeof each === 'string' ? (words.get(each) ?? []) : [each];
    const entry = own.at(-1);
    if (entry === undefined) return [];
    const from = own.flatMap((word) => Object.values(word.from ?? {}));
    return [{ entry, words: own, from: [...new Set(from)], outcome: outcomeOf(entry) }];
  });
}

function outcomeOf({ kind, outcome }: LedgerEntry): string {
  if (outcome !== undefined) return outcome;
  return UNENDED.has(kind) ? 'no end' : kind;
}

/** Whoever had a hand in it, in their order: one that was begun by one person may be ended by another. */
export function actorsOf({ words }: Pick<Past, 'words'>): readonly string[] {
  const names = words.flatMap(({ actor, stoppedBy }) => [actor.name, stoppedBy?.name ?? []].flat());
  return [...new Set(names)];
}

export function isWanted(past: Past, filter: PastFilter): boolean {
  const { entry, outcome } = past;
  const { release } = entry;
  const at = Date.parse(entry.at);
  const bare = (text: string): string => text.replace(/^v/, '');
  const versions = [release?.version, release?.tag, release && releaseName(release)];
  return (
    fits(filter.version, (wanted) =>
      versions.some((each) => each !== undefined && bare(each) === bare(wanted)),
    ) &&
    fits(filter.commit, (wanted) => release?.commit.startsWith(wanted.toLowerCase()) === true) &&
    fits(filter.actor, (wanted) =>
      actorsOf(past).some((each) => each.toLowerCase() === wanted.toLowerCase()),
    ) &&
    fits(filter.outcome, (wanted) => outcome === wanted) &&
    fits(filter.since, (wanted) => at >= wanted) &&
    fits(filter.until, (wanted) => at <= wanted)
  );
}

function fits<T>(wanted: T | undefined, judge: (wanted: T) => boolean): boolean {
  return wanted === undefined || judge(wanted);
}
