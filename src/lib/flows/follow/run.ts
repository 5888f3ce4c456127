import { Exit } from '../../domain/exit.ts';
import { HdError, UnreachableError } from '../../domain/errors.ts';
import { GITHUB_FLAG, limitSpan, limitText } from '../../domain/limits.ts';
import type { Clock, GitHub, Reporter, WorkflowJob, WorkflowRun } from '../../ports.ts';
import { announcedJobs, failedJob, jobRows, lastWords, type AnnouncedJob } from './jobs.ts';
import { orStop } from './stop.ts';

/** How often to look, by how long it is waited already: what did not change costs GitHub nothing. */
const LOOK_EVERY_MS = [
  { until: 10_000, every: 500 },
  { until: 60_000, every: 2_000 },
  { until: Infinity, every: 5_000 },
] as const;
/** Of a log, to find the last words in; and how many of them are shown (screens.md, rule 13). */
const LOG_LINES = 400;
const LAST_WORDS = 8;

/** What following a run needs of the world. */
export interface FollowWorld {
  github: Pick<GitHub, 'run' | 'jobs' | 'jobLog'>;
  clock: Clock;
  reporter: Reporter;
  /** Fires when the operator wants to stop: the run goes on. */
  signal: AbortSignal;
  /** How long a run may take to appear, and a silence of GitHub's to end (`--github-wait`), in milliseconds. */
  patienceMs: number;
}

/** A workflow's file as it is at the run's commit. */
export interface WorkflowText {
  /** `release.yml`. */
  file: string;
  text: string;
}

export interface Followed {
  run: WorkflowRun;
  jobs: readonly WorkflowJob[];
  /** Without what it waited for people, if that has a limit of its own. */
  ms: number;
}

export interface FollowOptions {
  workflow: WorkflowText;
  /** For the whole run, and the flag that sets it. */
  limit: { ms: number; flag: string };
  /** For waiting for people alone; without it that counts as the run's own time. */
  reviewMs?: number;
  /** Wait for an attempt after this one: the run was asked to run again. */
  after?: number;
  /** Called with what each look at it saw, before the next one. */
  onLook?: (seen: Pick<Followed, 'run' | 'jobs'>) => Promise<void>;
}

/** Says that the run is waited for: the first row of what `appeared` and `followRun` show. */
export function announceRun({ reporter }: FollowWorld, { file }: WorkflowText): void {
  reporter.event({ type: 'stage', name: 'run', mark: 'busy', text: `${file}, waiting for it to start` });
}

/**
 * Waits until GitHub has the run.
 * @param what as it is named if it does not appear: `no run of release.yml for v1.4.0`
 * @throws HdError (exit 9) if it does not appear within `--github-wait`
 */
export async function appeared(
  find: () => Promise<WorkflowRun | undefined>,
  what: string,
  { clock, signal, patienceMs }: FollowWorld,
): Promise<WorkflowRun> {
  const since = clock.now();
  for (;;) {
    const run = await orStop(signal, find());
    if (run !== undefined) return run;
    const passed = clock.now() - since;
    if (passed >= patienceMs)
      throw new HdError(
        'run-missing',
        Exit.inconclusive,
        `${what} appeared within ${limitText(patienceMs, GITHUB_FLAG)}`,
        { outcome: 'inconclusive' },
      );
    await clock.sleep(pauseAfter(passed), signal);
  }
}

/**
 * Follows a run to its end, and shows its jobs.
 * @throws HdError (exit 9) if it does not end in time, or GitHub falls silent
 */
export async function followRun(
  id: number,
  { workflow, limit, reviewMs, after, onLook }: FollowOptions,
  world: FollowWorld,
): Promise<Followed> {
  const { clock, signal } = world;
  const announced = announcedJobs(workflow.text);
  const since = clock.now();
  let [worked, waited] = [0, 0];
  for (let before = since; ;) {
    const seen = await look(id, world);
    const { run } = seen;
    const restarted = after === undefined || run.attempt > after;
    if (restarted) show(seen, announced, workflow.file, world);
    if (restarted && run.status === 'completed') return { ...seen, ms: worked + clock.now() - before };
    await onLook?.(seen);
    await clock.sleep(pauseAfter(clock.now() - since), signal);
    const now = clock.now();
    if (reviewMs !== undefined && run.status === 'waiting') waited += now - before;
    else worked += now - before;
    before = now;
    const name = `${workflow.file} #${run.number}`;
    if (worked >= limit.ms) throw stillRuns(name, run, limitText(limit.ms, limit.flag));
    if (reviewMs !== undefined && waited >= reviewMs) throw stillRuns(name, run, limitSpan(reviewMs));
  }
}

function stillRuns(name: string, { status, url }: WorkflowRun, limit: string): HdError {
  const how = status === 'waiting' ? 'waits' : 'runs';
  return new HdError('run-timeout', Exit.inconclusive, `${name} still ${how} after ${limit}`, {
    outcome: 'inconclusive',
    facts: [{ label: 'seen', text: url }],
  });
}

function pauseAfter(passed: number): number {
  return LOOK_EVERY_MS.find(({ until }) => passed < until)?.every ?? 5_000;
}

/** In this order: the jobs of a run that is over are then over as well. */
function look(id: number, world: FollowWorld): Promise<Pick<Followed, 'run' | 'jobs'>> {
  const { github } = world;
  return patiently(async () => ({ run: await github.run(id), jobs: await github.jobs(id) }), world);
}

/**
 * Asks GitHub; its silence is sat out for a while, since a run does not need us.
 * @throws UnreachableError after `--github-wait`; InterruptedError at once
 */
export async function patiently<T>(
  ask: () => Promise<T>,
  { clock, reporter, signal, patienceMs }: Omit<FollowWorld, 'github'>,
): Promise<T> {
  const since = clock.now();
  for (;;) {
    try {
      return await orStop(signal, ask());
    } catch (error) {
      if (!(error instanceof UnreachableError) || clock.now() - since >= patienceMs) throw error;
      reporter.event({ type: 'note', mark: 'warn', text: `${error.message}; trying again` });
      await clock.sleep(pauseAfter(Infinity), signal);
    }
  }
}

function show(
  { run, jobs }: Pick<Followed, 'run' | 'jobs'>,
  announced: readonly AnnouncedJob[],
  file: string,
  { reporter }: FollowWorld,
): void {
  const rows = jobRows(jobs, announced, run.status === 'completed');
  const done = rows.filter((row) => row.mark === 'ok').length;
  for (const row of rows) if (row.mark !== 'fail') reporter.event({ type: 'item', stage: 'run', ...row });
  if (run.status === 'completed') return;
  const text = `${file} #${run.number}, ${done} of ${rows.length} jobs`;
  reporter.event({ type: 'stage', name: 'run', mark: 'busy', text, link: run.url });
}

/** How a run ended: green, or with the job that broke, a link to it and its last words. */
export type Concluded =
  { ok: true; text: string } | { ok: false; text: string; link: string; lines: readonly string[] };

/**
 * The last rows of the run: green, or the job and the step that broke with its last words.
 * @param kept it was green before it was looked at
 */
export async function concludeRun(
  followed: Followed,
  workflow: WorkflowText,
  world: FollowWorld,
  kept: boolean,
): Promise<Concluded> {
  const { run, jobs, ms } = followed;
  const { reporter } = world;
  const rows = jobRows(jobs, announcedJobs(workflow.text), true);
  const name = `${workflow.file} #${run.number}`;
  if (run.conclusion === 'success' && kept) {
    const text = `${name} was green already, kept`;
    reporter.event({ type: 'stage', name: 'run', mark: 'idle', text });
    return { ok: true, text };
  }
  if (run.conclusion === 'success') {
    const done = rows.filter((row) => row.mark === 'ok').length;
    const text = `${name}, ${done} of ${rows.length} jobs`;
    reporter.event({ type: 'stage', name: 'run', mark: 'ok', text, ms });
    return { ok: true, text };
  }
  const broken = failedJob(jobs);
  const log = broken === undefined ? [] : await logOf(broken, world);
  const words = lastWords(log, LAST_WORDS);
  for (const row of rows.filter((candidate) => candidate.mark === 'fail')) {
    const exit = row.name === broken?.name && words.exit !== undefined ? `, exit ${words.exit}` : '';
    const foreign = row.name === broken?.name && words.lines.length > 0 ? { foreign: words.lines } : {};
    reporter.event({ type: 'item', stage: 'run', ...row, text: row.text + exit, ...foreign });
  }
  const how = (run.conclusion ?? 'failure').replaceAll('_', ' ').replace('failure', 'failed');
  const text = broken === undefined ? `${name} ended: ${how}` : `${name} ${how} in job ${broken.name}`;
  const link = broken?.url ?? run.url;
  reporter.event({ type: 'stage', name: 'run', mark: 'fail', text, ms, link });
  return { ok: false, text, link, lines: words.lines };
}

/** What can't be read of a log does not hide that the run failed. */
async function logOf(job: WorkflowJob, { github, signal }: FollowWorld): Promise<readonly string[]> {
  return orStop(
    signal,
    github.jobLog(job.id, LOG_LINES).catch(() => []),
  );
}
