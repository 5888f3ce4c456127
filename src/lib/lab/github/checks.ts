import type { components } from '@octokit/openapi-types';
import { existing, resolveCommit, simpleCommitOf } from './commits.ts';
import { utc } from './git-objects.ts';
import { nodeId, stableId, user } from './people.ts';
import { created, ok, page, type ApiRequest, type Operations, type World } from './operation.ts';
import { minimalRepository, pageUrl, repoUrl } from './repository.ts';
import { latestJobs } from './state.ts';
import type { Check, CommitStatus, Job, Run } from './state.ts';

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
      annotations_count: 0,
      annotations_url: `${repoUrl(world, api)}/check-runs/${row.id}/annotations`,
    },
    check_suite: { id: seen.suite },
    app: app(world, api, seen.slug),
    pull_requests: [],
  };
}

/** @param all every attempt's jobs, not the last one's only */
function checksOf(world: World, sha: string, all: boolean): Seen[] {
  const { state } = world.store;
  const jobs = state.runs
    .filter((run) => run.sha === sha)
    .flatMap((run) =>
      latestJobs(state, run, all).map((job): Seen => ({
        slug: 'github-actions',
        suite: run.checkSuite,
        sha,
        row: job,
        details: jobUrl(world, job),
      })),
    );
  const checks = state.checks.filter((check) => check.sha === sha);
  const newest = checks.filter(
    (check) => all || checks.findLast((other) => other.name === check.name) === check,
  );
  const others = newest.map((check): Seen => ({
    slug: 'lab-checks',
    suite: check.checkSuite,
    sha,
    row: check,
    details: `${pageUrl(world)}/runs/${check.id}`,
  }));
  return [...jobs, ...others];
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

function simpleStatusOf(world: World, api: string, status: CommitStatus): Schemas['simple-commit-status'] {
  return {
    id: status.id,
    node_id: nodeId('Status', status.id),
    url: `${repoUrl(world, api)}/statuses/${status.sha}`,
    state: status.state,
    context: status.context,
    description: status.description,
    target_url: status.targetUrl,
    avatar_url: `${world.origin}/avatars/${encodeURIComponent(status.creator)}`,
    created_at: status.createdAt,
    updated_at: status.createdAt,
  };
}

async function combined(world: World, request: ApiRequest): Promise<Schemas['combined-commit-status']> {
  const sha = await resolveCommit(world, request.param('ref'));
  const all = world.store.state.statuses.filter((status) => status.sha === sha);
  const newest = all.filter((status) => all.findLast((other) => other.context === status.context) === status);
  const states = new Set(newest.map((status) => status.state));
  const url = repoUrl(world, request.api);
  return {
    // without any status GitHub says pending too
    state:
      states.has('failure') || states.has('error')
        ? 'failure'
        : states.has('pending') || states.size === 0
          ? 'pending'
          : 'success',
    statuses: newest.map((status) => simpleStatusOf(world, request.api, status)),
    sha,
    total_count: newest.length,
    repository: minimalRepository(world, request.api),
    commit_url: `${url}/commits/${sha}`,
    url: `${url}/commits/${sha}/status`,
  };
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
  'repos/get-combined-status-for-ref': {
    needs: 'statuses=read',
    run: async (world, request) => ok(await combined(world, request)),
  },
  'repos/create-commit-status': {
    needs: 'statuses=write',
    run: async (world, request) => {
      const sha = await resolveCommit(world, request.param('sha'));
      const { body, identity } = request;
      const status: CommitStatus = {
        id: world.store.id(),
        sha,
        state: body.state,
        context: body.context ?? 'default',
        description: body.description ?? null,
        targetUrl: body.target_url ?? null,
        creator: identity.login,
        createdAt: utc(Date.now()),
      };
      world.store.state.statuses.push(status);
      const creator = user(request.api, world.origin, identity.login);
      return created({ ...simpleStatusOf(world, request.api, status), creator } as Schemas['status']);
    },
  },
};
