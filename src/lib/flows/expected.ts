import type { LedgerEntry, LedgerLine } from '../domain/ledger.ts';
import type { Plan, StageName } from '../domain/plan.ts';

/** How long something is expected to take, as long as the last ones did; absent for what was never done. Milliseconds. */
export interface Expected {
  stages: Readonly<Partial<Record<StageName, number>>>;
  /** From the lock to the last check. */
  confirmed?: number;
  /** Going back, to its proof. */
  back?: number;
}

/** How many of the last ones count. */
const LAST = 5;
const STAGES: readonly StageName[] = ['ship', 'pull', 'switch', 'verify'];

/** By the environment's ledger: the median of the last five of each kind. */
export function expectedOf(lines: readonly LedgerLine[]): Expected {
  const ended = lines.flatMap(({ entry }) => (counts(entry) ? [entry] : [])).reverse();
  const of = (key: string, entries = ended): number | undefined =>
    median(entries.flatMap(({ durationsMs }) => durationsMs?.[key] ?? []).slice(0, LAST));
  const forward = ended.filter(({ outcome, verb }) => outcome === 'confirmed' && verb === 'deploy');
  const stages = Object.fromEntries(STAGES.flatMap((name) => pair(name, of(name))));
  const { switch: switching, verify } = stages;
  // Where nobody ever went back: files and images are there, so that it is a switch and its proof.
  const likely = switching === undefined || verify === undefined ? undefined : switching + verify;
  const back = median(ended.flatMap(wentBack).slice(0, LAST)) ?? likely;
  return {
    stages,
    ...Object.fromEntries([...pair('confirmed', of('confirmed', forward)), ...pair('back', back)]),
  };
}

/** What was taken up again did only what was left. */
function counts({ kind, resumed }: LedgerEntry): boolean {
  return kind === 'finished' && resumed === undefined;
}

/** By hd itself, or by a person's rollback. */
function wentBack({ verb, outcome, durationsMs }: LedgerEntry): readonly number[] {
  const ms =
    verb === 'rollback' && outcome === 'confirmed' ? durationsMs?.['confirmed'] : durationsMs?.['back'];
  return ms === undefined ? [] : [ms];
}

function pair(name: string, ms: number | undefined): [string, number][] {
  return ms === undefined ? [] : [[name, ms]];
}

function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[half - 1], sorted[half]];
  return sorted.length % 2 === 1 || low === undefined || high === undefined
    ? high
    : Math.round((low + high) / 2);
}

/**
 * Of this plan: by stage, and in `all`: the sum if each of them is known, else as long as a deployment takes.
 */
export function expectedMs(
  expected: Expected,
  { stages }: Pick<Plan, 'stages'>,
): Readonly<Record<string, number>> {
  const names: readonly StageName[] = [...stages.map((stage) => stage.name), 'verify'];
  const known = names.flatMap((name) => pair(name, expected.stages[name]));
  const sum = known.reduce((ms, [, each]) => ms + each, 0);
  const all = known.length === names.length ? sum : expected.confirmed;
  return Object.fromEntries([...known, ...pair('all', all)]);
}
