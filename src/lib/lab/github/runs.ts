import type { components } from '@octokit/openapi-types';
import { ApiError, notFound } from './api-error.ts';
import { existing, simpleCommitOf } from './commits.ts';
import { nodeId, user } from './people.ts';
import { ok, page, type Answer, type ApiRequest, type Operations, type World } from './operation.ts';
import { minimalRepository, pageUrl, repoUrl } from './repository.ts';
import { shortRef } from './refs.ts';
import { conclusionOf, latestJobs, type Run } from './state.ts';
import { findWorkflow, type KnownWorkflow } from './workflows.ts';

type Schemas = components['schemas'];

async function runOf(world: World, api: string, run: Run): Promise<Schemas['workflow-run']> {
  const url = `${repoUrl(world, api)}/actions/runs/${run.id}`;
  const known = world.store.state.workflows[run.workflow];
  const commit = await existing(world, run.sha);
  const repository = minimalRepository(world, api);
  const actor = user(api, world.origin, run.actor);
  const suite = `${repoUrl(world, api)}/check-suites/${run.checkSuite}`;
  return {
    id: run.id,
    name: known?.name ?? run.workflow,
    node_id: nodeId('WorkflowRun', run.id),
    check_suite_id: run.checkSuite,
    check_suite_node_id: nodeId('CheckSuite', run.checkSuite),
    head_branch: shortRef(run.ref),
    head_sha: run.sha,
    path: run.workflow,
    display_title: run.title,
    run_number: run.number,
    run_attempt: run.attempt,
    event: run.event,
    status: run.status,
    conclusion: run.conclusion,
    workflow_id: known?.id ?? 0,
    url,
    html_url: `${pageUrl(world)}/actions/runs/${run.id}`,
    pull_requests: [],
    created_at: run.createdAt,
    updated_at: run.updatedAt,
    run_started_at: run.startedAt,
    actor,
    triggering_actor: actor,
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    check_suite_url: suite,
    artifacts_url: `${url}/artifacts`,
    cancel_url: `${url}/cancel`,
    rerun_url: `${url}/rerun`,
    previous_attempt_url: run.attempt > 1 ? `${url}/attempts/${run.attempt - 1}` : null,
    workflow_url: `${repoUrl(world, api)}/actions/workflows/${known?.id ?? 0}`,
    head_commit: simpleCommitOf(commit),
    repository,
    head_repository: repository,
  };
}

/** @throws 404 */
export function findRun(world: World, request: ApiRequest): Run {
  const run = world.store.state.runs.find((one) => String(one.id) === request.param('run_id'));
  if (run === undefined) throw notFound();
  return run;
}

/** GitHub's search syntax for dates: `>=2026-01-01`, `<…`, `A..B`, `2026-01-01`. */
export function createdFilter(asked: string): (created: string) => boolean {
  const start = (text: string): number => (text === '*' ? -Infinity : Date.parse(text));
  const day = (text: string): number => (/^\d{4}-\d\d-\d\d$/.test(text) ? 86_400_000 : 1000);
  const end = (text: string): number => (text === '*' ? Infinity : Date.parse(text) + day(text) - 1);
  const [from, to] = asked.split('..');
  if (from !== undefined && to !== undefined)
    return (created) => Date.parse(created) >= start(from) && Date.parse(created) <= end(to);
  const [, sign = '', date = ''] = /^(>=|<=|>|<)?(.*)$/.exec(asked) ?? [];
  return (created) => {
    const at = Date.parse(created);
    if (sign === '>=') return at >= start(date);
    if (sign === '>') return at > end(date);
    if (sign === '<') return at < start(date);
    if (sign === '<=') return at <= end(date);
    return at >= start(date) && at <= end(date);
  };
}

async function listRuns(world: World, request: ApiRequest, workflow?: KnownWorkflow): Promise<Answer> {
  const { query } = request;
  const created = query.get('created');
  const inTime = created === null ? () => true : createdFilter(created);
  const same = (name: string, value: string | null): boolean => !query.has(name) || query.get(name) === value;
  const found = world.store.state.runs
    .filter(
      (run) =>
        (workflow === undefined || run.workflow === workflow.path) &&
        same('event', run.event) &&
        same('head_sha', run.sha) &&
        same('branch', shortRef(run.ref)) &&
        same('actor', run.actor) &&
        same('check_suite_id', String(run.checkSuite)) &&
        (same('status', run.status) || same('status', run.conclusion)) &&
        inTime(run.createdAt),
    )
    .reverse();
  const rendered = await Promise.all(found.map((run) => runOf(world, request.api, run)));
  return page(request, rendered, (rows) => ({ total_count: found.length, workflow_runs: rows }));
}

export const runs: Operations = {
  'actions/list-workflow-runs-for-repo': {
    needs: 'actions=read',
    run: (world, request) => listRuns(world, request),
  },
  'actions/list-workflow-runs': {
    needs: 'actions=read',
    run: async (world, request) =>
      listRuns(world, request, await findWorkflow(world, request.param('workflow_id'))),
  },
  'actions/get-workflow-run': {
    needs: 'actions=read',
    run: async (world, request) => ok(await runOf(world, request.api, findRun(world, request))),
  },
  'actions/get-workflow-run-attempt': {
    needs: 'actions=read',
    run: async (world, request) => {
      const run = findRun(world, request);
      const attempt = Number(request.param('attempt_number'));
      const jobs = latestJobs(world.store.state, run, true).filter((job) => job.attempt === attempt);
      if (attempt === run.attempt) return ok(await runOf(world, request.api, run));
      if (jobs.length === 0) throw notFound();
      const earlier: Run = { ...run, attempt, status: 'completed', conclusion: conclusionOf(jobs) };
      return ok(await runOf(world, request.api, earlier));
    },
  },
  'actions/cancel-workflow-run': {
    needs: 'actions=write',
    run: (world, request) => {
      const run = findRun(world, request);
      if (run.status === 'completed')
        throw new ApiError(409, 'Cannot cancel a workflow run that is completed.');
      world.runs.cancel(run.id);
      return { status: 202, body: {} };
    },
  },
  'actions/re-run-workflow-failed-jobs': {
    needs: 'actions=write',
    run: async (world, request) => {
      const run = findRun(world, request);
      if (run.status !== 'completed') throw new ApiError(403, 'This workflow is already running');
      if (run.conclusion === 'success')
        throw new ApiError(403, 'The workflow run cannot be retried: it has no failed jobs');
      await world.runs.rerunFailed(run.id);
      return { status: 201, body: {} };
    },
  },
};
