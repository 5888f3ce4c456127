import { Exit } from '../../domain/exit.ts';
import { HdError, UnreachableError } from '../../domain/errors.ts';
import { GITHUB_FLAG, limitText, STAGE_FLAG } from '../../domain/limits.ts';
import type { Commit, Tag } from '../../domain/version.ts';
import type { WorkflowJob, WorkflowRun } from '../../ports.ts';
import { announcedJobs, failedJob, jobRows, lastWords, type AnnouncedJob } from './jobs.ts';
import { orStop } from './stop.ts';
import type { ReleaseWorld } from './world.ts';

/** How often to look, by how long the run goes on already: what did not change costs GitHub nothing. */
const LOOK_EVERY_MS = [
  { until: 10_000, every: 500 },
  { until: 60_000, every: 2_000 },
  { until: Infinity, every: 5_000 },
] as const;
/** Of a log, to find the last words in; and how many of them are shown (screens.md, rule 13). */
const LOG_LINES = 400;
const LAST_WORDS = 8;

export interface Followed {
  run: WorkflowRun;
  jobs: readonly WorkflowJob[];
  ms: number;
}

export interface FollowOptions {
  tag: Tag;
  commit: Commit;
  workflow: { file: string; text: string };
  timeoutMs: number;
  /** Wait for an attempt after this one: the run was asked to run again. */
  after?: number;
}

/**
 * Follows the run that the push of this tag started, and no other, to its end; shows its jobs.
 * @throws HdError (exit 9) if it does not appear, does not end in time, or GitHub falls silent
 */
export async function followRun(options: FollowOptions, world: ReleaseWorld): Promise<Followed> {
  const { clock, reporter, signal } = world;
  const { file, text } = options.workflow;
  const announced = announcedJobs(text);
  const since = clock.now();
  reporter.event({ type: 'stage', name: 'run', mark: 'busy', text: `${file}, waiting for it to start` });

  let run = await appeared(options, world);
  for (;;) {
    const seen = await look(run.id, world);
    run = seen.run;
    const restarted = options.after === undefined || run.attempt > options.after;
    if (restarted) show(seen, announced, file, world);
    if (restarted && run.status === 'completed') return { ...seen, ms: clock.now() - since };
    const passed = clock.now() - since;
    if (passed >= options.timeoutMs)
      throw new HdError(
        'run-timeout',
        Exit.inconclusive,
        `${file} #${run.number} still runs after ${limitText(options.timeoutMs, STAGE_FLAG)}`,
        { outcome: 'inconclusive', facts: [{ label: 'seen', text: run.url }] },
      );
    await clock.sleep(pauseAfter(passed), signal);
  }
}

function pauseAfter(passed: number): number {
  return LOOK_EVERY_MS.find(({ until }) => passed < until)?.every ?? 5_000;
}

async function appeared({ tag, commit, workflow }: FollowOptions, world: ReleaseWorld): Promise<WorkflowRun> {
  const { github, clock, signal, patienceMs } = world;
  const since = clock.now();
  for (;;) {
    const run = await orStop(signal, github.runOfTag(workflow.file, tag, commit));
    if (run !== undefined) return run;
    const passed = clock.now() - since;
    if (passed >= patienceMs)
      throw new HdError(
        'run-missing',
        Exit.inconclusive,
        `no run of ${workflow.file} for ${tag} appeared within ${limitText(patienceMs, GITHUB_FLAG)}`,
        { outcome: 'inconclusive' },
      );
    await clock.sleep(pauseAfter(passed), signal);
  }
}

/** Run and jobs; a silence of GitHub's is sat out for a while, since the run does not need us. */
async function look(id: number, world: ReleaseWorld): Promise<Pick<Followed, 'run' | 'jobs'>> {
  const { github, clock, signal, patienceMs } = world;
  const since = clock.now();
  for (;;) {
    try {
      // In this order: the jobs of a run that is over are then over as well.
      const run = await orStop(signal, github.run(id));
      return { run, jobs: await orStop(signal, github.jobs(id)) };
    } catch (error) {
      if (!(error instanceof UnreachableError) || clock.now() - since >= patienceMs) throw error;
      world.reporter.event({ type: 'note', mark: 'warn', text: `${error.message}; trying again` });
      await clock.sleep(pauseAfter(Infinity), signal);
    }
  }
}

function show(
  { run, jobs }: Pick<Followed, 'run' | 'jobs'>,
  announced: readonly AnnouncedJob[],
  file: string,
  { reporter }: ReleaseWorld,
): void {
  const rows = jobRows(jobs, announced, run.status === 'completed');
  const done = rows.filter((row) => row.mark === 'ok').length;
  for (const row of rows) if (row.mark !== 'fail') reporter.event({ type: 'item', stage: 'run', ...row });
  if (run.status === 'completed') return;
  const text = `${file} #${run.number}, ${done} of ${rows.length} jobs`;
  reporter.event({ type: 'stage', name: 'run', mark: 'busy', text, link: run.url });
}

/** The last rows of the run: green, or the job and the step that broke with its last words. */
export async function concludeRun(
  followed: Followed,
  workflow: { file: string; text: string },
  world: ReleaseWorld,
  kept: boolean,
) {
  const { run, jobs, ms } = followed;
  const rows = jobRows(jobs, announcedJobs(workflow.text), true);
  const name = `${workflow.file} #${run.number}`;
  if (run.conclusion === 'success' && kept) {
    world.reporter.event({
      type: 'stage',
      name: 'run',
      mark: 'idle',
      text: `${name} was green already, kept`,
    });
    return { ok: true as const };
  }
  if (run.conclusion === 'success') {
    const done = rows.filter((row) => row.mark === 'ok').length;
    world.reporter.event({
      type: 'stage',
      name: 'run',
      mark: 'ok',
      text: `${name}, ${done} of ${rows.length} jobs`,
      ms,
    });
    return { ok: true as const };
  }
  const broken = failedJob(jobs);
  const log = broken === undefined ? [] : await logOf(broken, world);
  const words = lastWords(log, LAST_WORDS);
  for (const row of rows.filter((candidate) => candidate.mark === 'fail')) {
    const exit = row.name === broken?.name && words.exit !== undefined ? `, exit ${words.exit}` : '';
    const foreign = row.name === broken?.name && words.lines.length > 0 ? { foreign: words.lines } : {};
    world.reporter.event({ type: 'item', stage: 'run', ...row, text: row.text + exit, ...foreign });
  }
  const how = (run.conclusion ?? 'failure').replaceAll('_', ' ').replace('failure', 'failed');
  const text = broken === undefined ? `${name} ended: ${how}` : `${name} ${how} in job ${broken.name}`;
  const link = broken?.url ?? run.url;
  world.reporter.event({ type: 'stage', name: 'run', mark: 'fail', text, ms, link });
  return { ok: false as const, text, link, lines: words.lines };
}

/** What can't be read of a log does not hide that the run failed. */
async function logOf(job: WorkflowJob, { github, signal }: ReleaseWorld): Promise<readonly string[]> {
  return orStop(
    signal,
    github.jobLog(job.id, LOG_LINES).catch(() => []),
  );
}
