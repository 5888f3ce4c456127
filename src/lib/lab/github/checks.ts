import type { components } from '@octokit/openapi-types';
import { notFound } from './api-error.ts';
import { existing, resolveCommit, simpleCommitOf } from './commits.ts';
import { nodeId, stableId, user } from './people.ts';
import { ok, page, type ApiRequest, type Operations, type World } from './operation.ts';
import { minimalRepository, pageUrl, repoUrl } from './repository.ts';
import type { Annotation } from './review-state.ts';
import { latestJobs } from './state.ts';
import type { Check, Job, Run } from './state.ts';

type Schemas = components['schemas'];

/** Commits are compared with GitHub Actions' own app; other checks come from one more. */
function app(
  world: World,
  api: string,
  slug: 'github-actions' | 'lab-checks',
): Schemas['nullable-integration'] {
  return {
    id: slug === 'github-actions' ? 15_368 : stableId(slug),
    slug,
    node_id: nodeId('App', slug),
    owner: user(api, world.origin, 'github'),
    name: slug === 'github-actions' ? 'GitHub Actions' : 'Lab checks',
    description: null,
    external_url: `${world.origin}/apps/${slug}`,
    html_url: `${world.origin}/apps/${slug}`,
    created_at: '2018-07-30T09:30:17Z',
    updated_at: '2018-07-30T09:30:17Z',
    permissions: { checks: 'write', metadata: 'read' },
    events: [],
  };
}

export function jobUrl(world: World, job: Job): string {
  return `${pageUrl(world)}/actions/runs/${job.run}/job/${job.id}`;
}

/** A check run, of a job or of the lab's own checks. */
interface Seen {
  slug: 'github-actions' | 'lab-checks';
  suite: number;
  sha: string;
  row: Pick<Check, 'id' | 'name' | 'conclusion' | 'completedAt'> & Pick<Job, 'status' | 'startedAt'>;
  details: string;
  annotations: readonly Annotation[];
}

function checkRunOf(world: World, api: string, seen: Seen): Schemas['check-run'] {
  const { row } = seen;
  return {
    id: row.id,
    name: row.name,
    node_id: nodeId('CheckRun', row.id),
    head_sha: seen.sha,
    external_id: '',
    url: `${repoUrl(world, api)}/check-runs/${row.id}`,
    html_url: seen.details,
    details_url: seen.details,
    status: row.status,
    conclusion: row.conclusion,
    started_at: row.startedAt,
    completed_at: row.completedAt,
    output: {
      title: null,
      summary: null,
      text: null,
      annotations_count: seen.annotations.length,
      annotations_url: `${repoUrl(world, api)}/check-runs/${row.id}/annotations`,
    },
    check_suite: { id: seen.suite },
    app: app(world, api, seen.slug),
    pull_requests: [],
  };
}

function ofJob(world: World, run: Run, job: Job): Seen {
  const { annotations } = job;
  const [sha, suite] = [run.sha, run.checkSuite];
  return { slug: 'github-actions', suite, sha, row: job, details: jobUrl(world, job), annotations };
}

function ofCheck(world: World, check: Check): Seen {
  const details = `${pageUrl(world)}/runs/${check.id}`;
  const { sha, checkSuite: suite } = check;
  return { slug: 'lab-checks', suite, sha, row: check, details, annotations: [] };
}

/** @param all every attempt's jobs, not the last one's only */
function checksOf(world: World, sha: string, all: boolean): Seen[] {
  const { state } = world.store;
  const jobs = state.runs
    .filter((run) => run.sha === sha)
    .flatMap((run) => latestJobs(state, run, all).map((job) => ofJob(world, run, job)));
  const checks = state.checks.filter((check) => check.sha === sha);
  const newest = checks.filter(
    (check) => all || checks.findLast((other) => other.name === check.name) === check,
  );
  return [...jobs, ...newest.map((check) => ofCheck(world, check))];
}

/** @throws 404 */
function find(world: World, request: ApiRequest): Seen {
  const { state } = world.store;
  const id = Number(request.param('check_run_id'));
  const job = state.jobs.find((one) => one.id === id);
  const run = state.runs.find((one) => one.id === job?.run);
  if (job !== undefined && run !== undefined) return ofJob(world, run, job);
  const check = state.checks.find((one) => one.id === id);
  if (check === undefined) throw notFound();
  return ofCheck(world, check);
}

function annotationOf(world: World, sha: string, one: Annotation): Schemas['check-annotation'] {
  return {
    path: one.path,
    blob_href: `${pageUrl(world)}/blob/${sha}/${one.path}`,
    ...{ start_line: one.line, end_line: one.line, start_column: null, end_column: null },
    annotation_level: one.level,
    title: one.title ?? '',
    message: one.message,
    raw_details: '',
  };
}

async function checkRuns(world: World, request: ApiRequest): Promise<Schemas['check-run'][]> {
  const sha = await resolveCommit(world, request.param('ref'));
  const { query } = request;
  const [name, status, appId] = [query.get('check_name'), query.get('status'), query.get('app_id')];
  return checksOf(world, sha, query.get('filter') === 'all')
    .map((seen) => checkRunOf(world, request.api, seen))
    .filter(
      (run) =>
        (name === null || run.name === name) &&
        (status === null || run.status === status) &&
        (appId === null || String(run.app?.id) === appId),
    );
}

async function suites(world: World, request: ApiRequest): Promise<Schemas['check-suite'][]> {
  const sha = await resolveCommit(world, request.param('ref'));
  const { state } = world.store;
  const commit = simpleCommitOf(await existing(world, sha));
  const seen = checksOf(world, sha, false);
  const rows: Pick<Run, 'checkSuite' | 'status' | 'conclusion' | 'createdAt' | 'updatedAt' | 'ref'>[] = [
    ...state.runs.filter((run) => run.sha === sha),
    ...state.checks
      .filter((check) => check.sha === sha)
      .map((check) => ({
        ...check,
        ref: `refs/heads/${world.settings.defaultBranch}`,
        createdAt: check.startedAt,
        updatedAt: check.completedAt ?? check.startedAt,
      })),
  ];
  return rows.map((row) => {
    const runs = seen.filter((check) => check.suite === row.checkSuite);
    const url = `${repoUrl(world, request.api)}/check-suites/${row.checkSuite}`;
    return {
      id: row.checkSuite,
      node_id: nodeId('CheckSuite', row.checkSuite),
      head_branch: row.ref.replace(/^refs\/(heads|tags)\//, ''),
      head_sha: sha,
      status: row.status,
      conclusion: row.conclusion,
      url,
      before: null,
      after: sha,
      pull_requests: [],
      app: app(world, request.api, runs[0]?.slug ?? 'github-actions'),
      repository: minimalRepository(world, request.api),
      created_at: row.createdAt,
      updated_at: row.updatedAt,
      head_commit: commit,
      latest_check_runs_count: runs.length,
      check_runs_url: `${url}/check-runs`,
    };
  });
}

/**
 * Contexts (commit statuses and check runs) that do not stand at success.
 * @param wanted undefined: all that the commit has; one that it does not have is unmet
 */
export function unmetContexts(world: World, sha: string, wanted: readonly string[] | undefined): string[] {
  const states = new Map<string, boolean>();
  for (const status of world.store.state.statuses)
    if (status.sha === sha) states.set(status.context, status.state === 'success');
  for (const { row } of checksOf(world, sha, false))
    states.set(row.name, ['success', 'neutral', 'skipped'].includes(row.conclusion ?? ''));
  return (wanted ?? [...states.keys()]).filter((context) => states.get(context) !== true);
}

export const checks: Operations = {
  'checks/list-for-ref': {
    needs: 'checks=read',
    run: async (world, request) => {
      const found = await checkRuns(world, request);
      return page(request, found, (rows) => ({ total_count: found.length, check_runs: rows }));
    },
  },
  'checks/list-suites-for-ref': {
    needs: 'checks=read',
    run: async (world, request) => {
      const found = await suites(world, request);
      return page(request, found, (rows) => ({ total_count: found.length, check_suites: rows }));
    },
  },
  'checks/get': {
    needs: 'checks=read',
    run: (world, request) => ok(checkRunOf(world, request.api, find(world, request))),
  },
  'checks/list-annotations': {
    needs: 'checks=read',
    run: (world, request) => {
      const { sha, annotations } = find(world, request);
      return page(request, annotations, (rows) => rows.map((one) => annotationOf(world, sha, one)));
    },
  },
};
