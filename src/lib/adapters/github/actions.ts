import type { RestEndpointMethodTypes } from '@octokit/rest';
import { Exit } from '../../domain/exit.ts';
import { HdError } from '../../domain/errors.ts';
import type { GitHub, WorkflowJob } from '../../ports.ts';
import { once, type Calls } from './calls.ts';
import { fromRun, progress } from './run.ts';

type Actions = Pick<GitHub, 'workflow' | 'runOfTag' | 'run' | 'jobs' | 'jobLog' | 'rerunFailed'>;
type Job = RestEndpointMethodTypes['actions']['listJobsForWorkflowRun']['response']['data']['jobs'][number];

export function createActions(calls: Calls): Actions {
  const { octokit, at } = calls;
  const { actions } = octokit.rest;

  const run = async (id: number) => {
    const found = await calls.find(`read run ${id}`, () => actions.getWorkflowRun({ ...at, run_id: id }));
    if (found !== undefined) return fromRun(found.data);
    throw new HdError('no-run', Exit.refused, `${calls.name} has no run ${id}`);
  };

  return {
    run,

    async workflow(file) {
      const found = await calls.find(`read workflow ${file}`, () =>
        actions.getWorkflow({ ...at, workflow_id: file }),
      );
      return found && { name: found.data.name, path: found.data.path, active: found.data.state === 'active' };
    },

    async runOfTag(workflow, tag, commit) {
      const found = await calls.find(`find the run of ${tag}`, () =>
        actions.listWorkflowRuns({
          ...at,
          workflow_id: workflow,
          event: 'push',
          branch: tag,
          head_sha: commit,
          per_page: 100,
        }),
      );
      const ours = (found?.data.workflow_runs ?? []).filter(
        (run) => run.event === 'push' && run.head_branch === tag && run.head_sha === commit,
      );
      const newest = ours.sort((a, b) => b.id - a.id)[0];
      return newest && fromRun(newest);
    },

    async jobs(runId) {
      const jobs = await calls.read(`read the jobs of run ${runId}`, () =>
        octokit.paginate(actions.listJobsForWorkflowRun, {
          ...at,
          run_id: runId,
          filter: 'latest',
          per_page: 100,
        }),
      );
      return jobs.map(fromJob);
    },

    async jobLog(jobId, lines) {
      // 404, 410: no log yet, or no longer.
      const found = await calls.find(
        `read the log of job ${jobId}`,
        () => actions.downloadJobLogsForWorkflowRun({ ...at, job_id: jobId }),
        [404, 410],
      );
      return lastLines(textOf(found?.data), lines);
    },

    async rerunFailed(runId) {
      const before = await run(runId);
      await calls.write(
        `run the failed jobs of run ${runId} again`,
        async () => {
          await actions.reRunWorkflowFailedJobs({ ...at, ...once, run_id: runId });
          return true;
        },
        async () => {
          const now = await run(runId);
          return now.attempt > before.attempt || now.status !== 'completed' ? true : undefined;
        },
      );
    },
  };
}

function fromJob(job: Job): WorkflowJob {
  return {
    id: job.id,
    name: job.name,
    status: progress(job.status),
    ...(job.conclusion !== null && { conclusion: job.conclusion }),
    url: job.html_url ?? '',
    startedAt: job.started_at,
    ...(job.completed_at !== null && { completedAt: job.completed_at }),
    steps: (job.steps ?? []).map((step) => ({
      number: step.number,
      name: step.name,
      status:
        step.status === 'completed' ? 'completed' : step.status === 'in_progress' ? 'running' : 'queued',
      ...(step.conclusion !== null && { conclusion: step.conclusion }),
    })),
  };
}

function textOf(data: unknown): string {
  if (typeof data === 'string') return data;
  return data instanceof ArrayBuffer ? new TextDecoder().decode(data) : '';
}

/** Without the time in front of each line, and without the runner's own commands (`##[endgroup]`). */
function lastLines(log: string, count: number): string[] {
  return log
    .split(/\r?\n/)
    .map((line) => line.replace(/^\uFEFF?\d{4}-\d\d-\d\dT[\d:.]+Z /, ''))
    .filter((line) => line.trim() !== '' && !/^##\[(group|endgroup|debug)\]/.test(line))
    .slice(-count);
}
