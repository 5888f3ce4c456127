import { parse } from 'yaml';
import { count } from '../../domain/names.ts';
import type { Event } from '../../domain/event.ts';
import type { WorkflowJob } from '../../ports.ts';

/** A job as its workflow file announces it; GitHub lists a job only once its turn has come. */
export interface AnnouncedJob {
  name: string;
  /** Names of the jobs that it waits for. */
  after: readonly string[];
}

interface RawJob {
  name?: unknown;
  needs?: unknown;
}

/** The jobs of a workflow file; none if it can't be read as one. */
export function announcedJobs(workflow: string): readonly AnnouncedJob[] {
  let document: unknown;
  try {
    document = parse(workflow, { logLevel: 'error' });
  } catch {
    return [];
  }
  const jobs =
    typeof document === 'object' && document !== null && 'jobs' in document ? document.jobs : undefined;
  if (typeof jobs !== 'object' || jobs === null) return [];
  const named = new Map(
    Object.entries(jobs as Record<string, RawJob | null>).map(([key, job]) => [
      key,
      { name: typeof job?.name === 'string' ? job.name : key, needs: [job?.needs ?? []].flat().map(String) },
    ]),
  );
  return [...named.values()].map(({ name, needs }) => ({
    name,
    after: needs.map((need) => named.get(need)?.name ?? need),
  }));
}

export type JobRow = Pick<Extract<Event, { type: 'item' }>, 'name' | 'mark' | 'text' | 'ms'>;

/** Every job of a run as a row: those that GitHub lists, then those that are still to come. */
export function jobRows(
  jobs: readonly WorkflowJob[],
  announced: readonly AnnouncedJob[],
  runIsOver: boolean,
): readonly JobRow[] {
  const idle = runIsOver ? 'not run' : '';
  const coming = announced.filter(({ name }) => !jobs.some((job) => isOf(job, name)));
  return [
    ...jobs.map(rowOf),
    ...coming.map(({ name, after }) => ({
      name,
      mark: 'idle' as const,
      text: idle || (after.length === 0 ? 'queued' : `after ${after.join(', ')}`),
    })),
  ];
}

/** A job of a matrix is `build (linux)`, of a called workflow `build / test`. */
function isOf(job: WorkflowJob, announced: string): boolean {
  return (
    job.name === announced || job.name.startsWith(`${announced} (`) || job.name.startsWith(`${announced} / `)
  );
}

function rowOf(job: WorkflowJob): JobRow {
  const { name, steps } = job;
  const ms = elapsed(job);
  if (job.status !== 'completed') {
    const at =
      steps.find((step) => step.status === 'running') ?? steps.find((step) => step.status === 'queued');
    const text =
      job.status === 'waiting'
        ? 'waits for somebody on GitHub'
        : job.status === 'running' && at !== undefined
          ? stepText(at.number, steps.length, at.name)
          : job.status;
    return { name, mark: job.status === 'running' ? 'busy' : 'idle', text };
  }
  if (job.conclusion === 'skipped') return { name, mark: 'idle', text: 'not run' };
  if (job.conclusion === 'success' || job.conclusion === 'neutral') {
    const done = steps.filter((step) => step.status === 'completed').length;
    return {
      name,
      mark: 'ok',
      text: `${done} of ${count(steps.length, 'step')}`,
      ...(ms !== undefined && { ms }),
    };
  }
  const broken = steps.find((step) => step.conclusion !== undefined && isBad(step.conclusion));
  const text =
    broken === undefined ? (job.conclusion ?? '') : stepText(broken.number, steps.length, broken.name);
  return { name, mark: 'fail', text: text.replaceAll('_', ' '), ...(ms !== undefined && { ms }) };
}

/** The first job that ended badly. */
export function failedJob(jobs: readonly WorkflowJob[]): WorkflowJob | undefined {
  return jobs.find(
    (job) => job.status === 'completed' && job.conclusion !== undefined && isBad(job.conclusion),
  );
}

function isBad(conclusion: string): boolean {
  return !['success', 'neutral', 'skipped'].includes(conclusion);
}

function stepText(number: number, of: number, name: string): string {
  return `step ${number} of ${of}, ${JSON.stringify(name)}`;
}

function elapsed({ startedAt, completedAt }: WorkflowJob): number | undefined {
  const ms = Date.parse(completedAt ?? '') - Date.parse(startedAt ?? '');
  // GitHub's times are whole seconds: what took less is not known.
  return Number.isNaN(ms) || ms < 1000 ? undefined : ms;
}

/** A job's last words before it broke: its output, and the exit status that the runner added. */
export function lastWords(
  log: readonly string[],
  lines: number,
): { lines: readonly string[]; exit?: number } {
  const end = log.findIndex((line) => line.startsWith('##[error]'));
  const until = end === -1 ? log.length : end;
  const status = /^##\[error\]Process completed with exit code (\d+)\.?$/.exec(log[end] ?? '')?.[1];
  const said = status === undefined && end !== -1 ? [(log[end] ?? '').replace('##[error]', '')] : [];
  return {
    lines: [...log.slice(0, until), ...said].slice(-lines),
    ...(status !== undefined && { exit: Number(status) }),
  };
}
