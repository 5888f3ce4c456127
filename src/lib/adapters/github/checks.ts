import { basename } from 'node:path/posix';
import type { RestEndpointMethodTypes } from '@octokit/rest';
import type { Commit } from '../../domain/version.ts';
import type { CommitCheck, GitHub } from '../../ports.ts';
import type { Calls } from './calls.ts';

type CheckRun = RestEndpointMethodTypes['checks']['listForRef']['response']['data']['check_runs'][number];

/** What does not stop a merge on GitHub does not stop a release. */
const passing = new Set(['success', 'neutral', 'skipped']);

/** Check runs (GitHub Actions and other apps) and commit statuses: GitHub keeps the two apart, a person does not. */
export function createChecks(calls: Calls): Pick<GitHub, 'checks'> {
  const { octokit, at } = calls;
  const { actions, checks, repos } = octokit.rest;

  /** By hand: octokit's pagination does not know this answer's shape. */
  const statusesOf = async (commit: Commit, doing: string): Promise<Status[]> => {
    const all: Status[] = [];
    for (let page = 1; ; page += 1) {
      const { data } = await calls.read(doing, () =>
        repos.getCombinedStatusForRef({ ...at, ref: commit, per_page: 100, page }),
      );
      all.push(...data.statuses);
      if (data.statuses.length === 0 || all.length >= data.total_count) return all;
    }
  };

  return {
    async checks(commit) {
      const doing = `read the checks of ${commit}`;
      const [runs, workflows, statuses] = await Promise.all([
        calls.read(doing, () =>
          octokit.paginate(checks.listForRef, { ...at, ref: commit, filter: 'latest', per_page: 100 }),
        ),
        calls.read(doing, () =>
          octokit.paginate(actions.listWorkflowRunsForRepo, { ...at, head_sha: commit, per_page: 100 }),
        ),
        statusesOf(commit, doing),
      ]);
      const workflowOfSuite = new Map(
        workflows.map((run) => [run.check_suite_id, basename(run.path.replace(/@.*$/, ''))]),
      );
      const workflowOf = (run: CheckRun) =>
        run.check_suite === null ? undefined : workflowOfSuite.get(run.check_suite.id);
      return [
        ...newest(runs, workflowOf).map((run) => fromCheckRun(run, workflowOf(run))),
        // The combined status already holds the newest of each context.
        ...statuses.map(fromStatus),
      ];
    },
  };
}

/** A workflow that ran twice on a commit (by hand, by schedule) made two runs of a name: the later one counts. */
function newest(runs: readonly CheckRun[], workflowOf: (run: CheckRun) => string | undefined): CheckRun[] {
  const byName = new Map<string, CheckRun>();
  for (const run of runs) {
    const key = JSON.stringify([run.app?.slug, workflowOf(run), run.name]);
    const other = byName.get(key);
    if (other === undefined || run.id > other.id) byName.set(key, run);
  }
  return [...byName.values()];
}

function fromCheckRun(run: CheckRun, workflow: string | undefined): CommitCheck {
  const done = run.status === 'completed';
  return {
    name: run.name,
    state: !done ? 'running' : passing.has(run.conclusion ?? '') ? 'passed' : 'failed',
    ...(run.html_url !== null && { url: run.html_url }),
    ...(workflow !== undefined && { workflow }),
    ...(run.completed_at !== null && { completedAt: run.completed_at }),
  };
}

type Status =
  RestEndpointMethodTypes['repos']['getCombinedStatusForRef']['response']['data']['statuses'][number];

function fromStatus(status: Status): CommitCheck {
  const state = status.state === 'success' ? 'passed' : status.state === 'pending' ? 'running' : 'failed';
  return {
    name: status.context,
    state,
    ...(status.target_url !== null && { url: status.target_url }),
    ...(state !== 'running' && { completedAt: status.updated_at }),
  };
}
