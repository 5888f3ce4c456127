import { readFile } from 'node:fs/promises';
import type { components } from '@octokit/openapi-types';
import { notFound } from './api-error.ts';
import { jobUrl } from './checks.ts';
import { nodeId } from './people.ts';
import { ok, page, redirect, type ApiRequest, type Operations, type World } from './operation.ts';
import { repoUrl } from './repository.ts';
import { shortRef } from './refs.ts';
import { findRun } from './runs.ts';
import { latestJobs, type Job, type Run } from './state.ts';

type Schemas = components['schemas'];

function jobOf(world: World, api: string, run: Run, job: Job): Schemas['job'] {
  const url = repoUrl(world, api);
  return {
    id: job.id,
    run_id: run.id,
    workflow_name: world.store.state.workflows[run.workflow]?.name ?? null,
    head_branch: shortRef(run.ref),
    run_url: `${url}/actions/runs/${run.id}`,
    run_attempt: job.attempt,
    node_id: nodeId('Job', job.id),
    head_sha: run.sha,
    url: `${url}/actions/jobs/${job.id}`,
    html_url: jobUrl(world, job),
    status: job.status,
    conclusion: job.conclusion,
    created_at: job.createdAt,
    started_at: job.startedAt ?? job.createdAt,
    completed_at: job.completedAt,
    name: job.name,
    steps: job.steps.map((step) => ({
      name: step.name,
      status: step.status,
      conclusion: step.conclusion,
      number: step.number,
      started_at: step.startedAt,
      completed_at: step.completedAt,
    })),
    check_run_url: `${url}/check-runs/${job.id}`,
    labels: ['ubuntu-latest'],
    runner_id: job.startedAt === null ? null : 1,
    runner_name: job.startedAt === null ? null : 'lab',
    runner_group_id: job.startedAt === null ? null : 1,
    runner_group_name: job.startedAt === null ? null : 'lab',
  };
}

function find(world: World, request: ApiRequest): { run: Run; job: Job } {
  const job = world.store.state.jobs.find((one) => String(one.id) === request.param('job_id'));
  const run = world.store.state.runs.find((one) => one.id === job?.run);
  if (job === undefined || run === undefined) throw notFound();
  return { run, job };
}

export const jobs: Operations = {
  'actions/list-jobs-for-workflow-run': {
    needs: 'actions=read',
    run: (world, request) => {
      const run = findRun(world, request);
      const found = latestJobs(world.store.state, run, request.query.get('filter') === 'all');
      return page(request, found, (rows) => ({
        total_count: found.length,
        jobs: rows.map((job) => jobOf(world, request.api, run, job)),
      }));
    },
  },
  'actions/list-jobs-for-workflow-run-attempt': {
    needs: 'actions=read',
    run: (world, request) => {
      const run = findRun(world, request);
      const attempt = Number(request.param('attempt_number'));
      if (attempt > run.attempt) throw notFound();
      const found = latestJobs(world.store.state, run, true).filter((job) => job.attempt === attempt);
      return page(request, found, (rows) => ({
        total_count: found.length,
        jobs: rows.map((job) => jobOf(world, request.api, run, job)),
      }));
    },
  },
  'actions/get-job-for-workflow-run': {
    needs: 'actions=read',
    run: (world, request) => {
      const { run, job } = find(world, request);
      return ok(jobOf(world, request.api, run, job));
    },
  },
  'actions/download-job-logs-for-workflow-run': {
    needs: 'actions=read',
    run: (world, request) => {
      const { job } = find(world, request);
      // GitHub has a job's log only when the job has ended, and none of a job that it skipped
      if (job.status !== 'completed' || job.startedAt === null) throw notFound();
      return redirect(world.blobs.link(`logs/${job.id}`));
    },
  },
};

/** A job's log so far, for people who look into the lab. */
export async function readLog(world: World, job: number): Promise<Buffer> {
  return readFile(world.store.logFile(job)).catch(() => Buffer.alloc(0));
}
