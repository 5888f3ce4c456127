import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { on, once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Octokit } from '@octokit/rest';
import { execa } from 'execa';
import type { GitHubOptions } from '../../../../src/lib/lab/github/index.ts';
import { makeFifos } from './fifo.ts';

const MAIN = new URL('../../../../src/lib/lab/github/main.ts', import.meta.url).pathname;
const WORKFLOW = `on: {push: {tags: ['*']}}
jobs:
  long: {runs-on: ubuntu-latest, steps: [{run: 'sleep 1000 > "$MEETING/held" & echo > "$MEETING/begun"; wait'}]}
`;

const WAITING = `on: push
jobs:
  first: {runs-on: ubuntu-latest, outputs: {word: here}, steps: [{run: 'true'}]}
  deploy: {needs: first, environment: prod, runs-on: ubuntu-latest, steps: [{run: 'test "\${{ needs.first.outputs.word }}" = here'}]}
`;

const mine = { owner: 'acme', repo: 'healthdelta' };

describe('the emulated GitHub, as a process', function () {
  this.timeout(30_000);
  let folder: string;
  let child: ChildProcess | undefined;
  let exit: Promise<unknown[]> | undefined;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hd-github-'));
  });
  afterEach(async () => {
    child?.kill('SIGKILL');
    await exit;
    await rm(folder, { recursive: true, force: true });
  });

  /** Starts it, and waits for its ready file. */
  const start = async (): Promise<{ url: string; pid: number; port: number }> => {
    const ready = join(folder, 'ready.json');
    await rm(ready, { force: true });
    const options: GitHubOptions = {
      ...mine,
      stateDir: join(folder, 'state'),
      readyFile: ready,
      tokens: { t: { login: 'login-a' } },
      runner: { env: { MEETING: folder } },
    };
    await writeFile(join(folder, 'options.json'), JSON.stringify(options));
    const watcher = watch(folder);
    const changes = on(watcher, 'change');
    child = spawn(process.execPath, [MAIN, join(folder, 'options.json')], { stdio: 'inherit' });
    exit = once(child, 'exit');
    const path = async (): Promise<string | undefined> => readFile(ready, 'utf8').catch(() => undefined);
    let text = await path();
    while (text === undefined) {
      await changes.next();
      text = await path();
    }
    watcher.close();
    return JSON.parse(text) as { url: string; pid: number; port: number };
  };
  const octokit = (url: string): Octokit['rest'] => new Octokit({ auth: 't', baseUrl: url }).rest;
  const git = (cwd: string, ...argv: string[]) =>
    execa('git', ['-c', 'user.name=a', '-c', 'user.email=a@lab.invalid', ...argv], { cwd });

  it('notices a push by itself, kills what runs at SIGTERM, and keeps all that is known', async () => {
    const { url, pid } = await start();
    assert.equal(pid, child?.pid);
    const clone = join(folder, 'clone');
    await git(folder, 'clone', '--quiet', join(folder, 'state/repo.git'), clone);
    await mkdir(join(clone, '.github/workflows'), { recursive: true });
    await writeFile(join(clone, '.github/workflows/long.yml'), WORKFLOW);
    await git(clone, 'add', '.');
    await git(clone, 'commit', '--quiet', '-m', 'Begin');
    await git(clone, 'tag', 'v1.0.0');
    await makeFifos(join(folder, 'held'), join(folder, 'begun'));
    const stepDied = readFile(join(folder, 'held'));
    await git(clone, 'push', '--quiet', 'origin', 'HEAD:main', 'v1.0.0');
    // no request has been made: the hook told of the push
    await readFile(join(folder, 'begun'));
    const before = octokit(url);
    const { data: list } = await before.actions.listWorkflowRunsForRepo(mine);
    assert.equal(list.workflow_runs[0]?.status, 'in_progress');
    const { data: release } = await before.repos.createRelease({ ...mine, tag_name: 'v1.0.0' });
    await before.repos.uploadReleaseAsset({
      ...mine,
      baseUrl: url,
      release_id: release.id,
      name: 'a',
      data: 'text',
    });
    child?.kill('SIGTERM');
    await stepDied;
    assert.deepEqual(await exit, [0, null]);

    const after = octokit((await start()).url);
    const { data: again } = await after.actions.listWorkflowRunsForRepo(mine);
    assert.deepEqual(
      again.workflow_runs.map((run) => [run.id, run.conclusion]),
      [[list.workflow_runs[0].id, 'cancelled']],
    );
    const { data: kept } = await after.repos.getReleaseByTag({ ...mine, tag: 'v1.0.0' });
    const content = await fetch(kept.assets[0]?.browser_download_url ?? '');
    assert.deepEqual([kept.id, await content.text()], [release.id, 'text']);
  });

  it('lets a run wait on for its reviewer after it was down', async () => {
    const { url } = await start();
    const before = octokit(url);
    const { data: person } = await before.users.getByUsername({ username: 'login-a' });
    await before.repos.createOrUpdateEnvironment({
      ...{ ...mine, environment_name: 'prod', reviewers: [{ type: 'User', id: person.id }] },
    });
    const clone = join(folder, 'clone');
    await git(folder, 'clone', '--quiet', join(folder, 'state/repo.git'), clone);
    await mkdir(join(clone, '.github/workflows'), { recursive: true });
    await writeFile(join(clone, '.github/workflows/deploy.yml'), WAITING);
    await git(clone, 'add', '.');
    await git(clone, 'commit', '--quiet', '-m', 'Begin');
    await git(clone, 'push', '--quiet', 'origin', 'HEAD:main');
    const { data: list } = await before.actions.listWorkflowRunsForRepo(mine);
    const run_id = list.workflow_runs[0]?.id ?? 0;
    await fetch(`${url}/_lab/runs/${run_id}/settled`);
    child?.kill('SIGTERM');
    await exit;

    const { url: again } = await start();
    const after = octokit(again);
    const [pending] = (await after.actions.getPendingDeploymentsForRun({ ...mine, run_id })).data;
    const environment_ids = [pending?.environment.id ?? 0];
    const review = { ...mine, run_id, environment_ids, state: 'approved', comment: 'go' } as const;
    await after.actions.reviewPendingDeploymentsForRun(review);
    const ended = await fetch(`${again}/_lab/runs/${run_id}/ended`);
    assert.deepEqual(await ended.json(), { conclusion: 'success' });
    const { data: made } = await after.repos.listDeployments(mine);
    assert.equal(made.length, 1);
  });

  it('finds what was pushed while it was down, and gives up runs that it lost by being killed', async () => {
    await start();
    const clone = join(folder, 'clone');
    await git(folder, 'clone', '--quiet', join(folder, 'state/repo.git'), clone);
    await mkdir(join(clone, '.github/workflows'), { recursive: true });
    await writeFile(
      join(clone, '.github/workflows/wait.yml'),
      `on: push
jobs:
  wait:
    runs-on: ubuntu-latest
    steps: [{run: 'test $GITHUB_REF_NAME = v1.0.0 || { echo > "$MEETING/begun"; cat "$MEETING/held"; }'}]
`,
    );
    await git(clone, 'add', '.');
    await git(clone, 'commit', '--quiet', '-m', 'Begin');
    await git(clone, 'tag', 'v1.0.0');
    await makeFifos(join(folder, 'held'), join(folder, 'begun'));
    await git(clone, 'push', '--quiet', 'origin', 'HEAD:main');
    await readFile(join(folder, 'begun'));
    child?.kill('SIGKILL');
    await exit;
    await writeFile(join(folder, 'held'), '');
    await git(clone, 'push', '--quiet', 'origin', 'v1.0.0');
    const { url } = await start();
    const { data: list } = await octokit(url).actions.listWorkflowRunsForRepo(mine);
    const [pushed, lost] = list.workflow_runs;
    assert.deepEqual([pushed?.head_branch, lost?.head_branch], ['v1.0.0', 'main']);
    const ended = await fetch(`${url}/_lab/runs/${pushed?.id ?? 0}/ended`);
    assert.deepEqual(await ended.json(), { conclusion: 'success' });
    const { data: jobs } = await octokit(url).actions.listJobsForWorkflowRun({
      ...mine,
      run_id: lost?.id ?? 0,
    });
    assert.deepEqual(
      [lost?.status, lost?.conclusion, jobs.jobs[0]?.status, jobs.jobs[0]?.steps?.[1]?.conclusion],
      ['completed', 'cancelled', 'completed', 'cancelled'],
    );
  });
});
