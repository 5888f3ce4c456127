import assert from 'node:assert/strict';
import type { Octokit } from '@octokit/rest';
import { deployments } from '../../../../src/lib/lab/github/deployments.ts';
import { gitWrites } from '../../../../src/lib/lab/github/git-writes.ts';
import { OWNER, REPOSITORY, startBench, TOKEN, WEAK_TOKEN, type Bench } from '../../../support/github.ts';
import { Driver } from './octokit.ts';

const mine = { owner: OWNER, repo: REPOSITORY };
/** What hd sends: GitHub's defaults merge, and wait for checks. */
const plainly = { auto_merge: false, required_contexts: [] };

describe('the emulated GitHub: deployments, and objects that are written', function () {
  this.timeout(30_000);
  let bench: Bench;
  let driver: Driver;
  let github: Octokit['rest'];
  let first: string;
  let head: string;

  before(async () => {
    bench = await startBench();
    driver = new Driver(bench);
    github = driver.connect(TOKEN).rest;
    first = await bench.commit({ 'name.txt': 'world\n' });
    await bench.git('push', '--quiet', 'origin', `${first}:refs/tags/v1.0.0`);
    head = await bench.commit({ 'other.txt': 'moon\n' });
  });
  after(() => bench.stop());

  const create = async (
    more: Partial<Parameters<typeof github.repos.createDeployment>[0]>,
  ): Promise<{ id: number; sha: string; environment: string; production_environment?: boolean }> => {
    const { data } = await github.repos.createDeployment({ ...mine, ref: 'main', ...plainly, ...more });
    assert.ok('id' in data, JSON.stringify(data));
    return data;
  };
  const say = (deployment_id: number, state: 'success' | 'failure' | 'in_progress', more = {}) =>
    github.repos.createDeploymentStatus({ ...mine, deployment_id, state, ...more });
  const states = async (deployment_id: number) =>
    (await github.repos.listDeploymentStatuses({ ...mine, deployment_id })).data.map(({ state }) => state);

  it('keeps a deployment of a tag, finds it by what it is, and moves it through statuses', async () => {
    const payload = { deployment: 'd1' };
    const made = await create({ ref: 'v1.0.0', environment: 'orin', payload });
    assert.deepEqual([made.sha, made.environment, made.production_environment], [first, 'orin', false]);
    assert.equal((await create({})).environment, 'production');
    for (const filter of [{ environment: 'orin' }, { sha: first }, { ref: 'v1.0.0' }]) {
      const { data } = await github.repos.listDeployments({ ...mine, ...filter });
      assert.deepEqual(
        data.map((one) => [one.id, one.payload]),
        [[made.id, payload]],
      );
    }
    const text = { description: 'fine', log_url: 'https://ci.example/1', environment_url: '' };
    await say(made.id, 'in_progress');
    const { data: status } = await say(made.id, 'success', text);
    assert.deepEqual([status.target_url, status.environment], [text.log_url, 'orin']);
    assert.deepEqual(await states(made.id), ['success', 'in_progress']);
    const deployment_id = made.id;
    const one = await github.repos.getDeploymentStatus({ ...mine, deployment_id, status_id: status.id });
    assert.equal(one.data.description, 'fine');
    assert.equal(
      (await github.repos.getDeployment({ ...mine, deployment_id })).data.creator?.login,
      'login-a',
    );
    const second = await github.repos.listDeploymentStatuses({
      ...mine,
      deployment_id,
      per_page: 1,
      page: 2,
    });
    assert.deepEqual(
      second.data.map(({ state }) => state),
      ['in_progress'],
    );
  });

  it('ends earlier ones at a success by default, but not those for production', async () => {
    const made = [];
    for (const name of ['test', 'test', 'test', 'live', 'live']) {
      const one = await create({ environment: name, production_environment: name === 'live' });
      await say(one.id, 'success', { auto_inactive: made.length !== 1 });
      made.push(await states(one.id), one.id);
    }
    const ids = made.filter((one) => typeof one === 'number');
    assert.deepEqual(await Promise.all(ids.map(states)), [
      ['inactive', 'success'],
      ['inactive', 'success'],
      ['success'],
      ['success'],
      ['success'],
    ]);
  });

  it('merges what is behind, or refuses, and refuses red checks, unless it is told not to', async () => {
    const behind = { ...mine, ref: 'v1.0.0', required_contexts: [] };
    await assert.rejects(github.repos.createDeployment(behind), {
      status: 409,
      message: /Conflict merging main/,
    });
    await bench.commit({ 'side.txt': 'x' }, 'Go aside', 'side');
    await bench.git('checkout', '--quiet', 'main');
    head = await bench.commit({ 'more.txt': 'y' });
    const merged = await github.repos.createDeployment({ ...mine, ref: 'side', required_contexts: [] });
    assert.equal(merged.status, 202);
    const { data: merge } = await github.repos.getCommit({ ...mine, ref: 'side' });
    assert.equal(merge.parents[1]?.sha, head);
    await bench.check({ sha: head, name: 'unit', status: 'in_progress' });
    const red = { status: 409, message: /checks failed for main/ };
    await assert.rejects(github.repos.createDeployment({ ...mine, ref: 'main' }), red);
    const absent = { ...mine, ref: 'main', required_contexts: ['never'] };
    await assert.rejects(github.repos.createDeployment(absent), red);
    await bench.check({ sha: head, name: 'unit', conclusion: 'success' });
    assert.equal((await github.repos.createDeployment({ ...mine, ref: 'main' })).status, 201);
  });

  it('refuses what GitHub refuses', async () => {
    const { id } = await create({});
    await assert.rejects(create({ ref: 'v9.9.9' }), { status: 422, message: /No ref found for: v9\.9\.9/ });
    await assert.rejects(say(id, 'success', { description: 'x'.repeat(141) }), {
      status: 422,
      message: /140/,
    });
    await assert.rejects(say(id, 'success', { log_url: 'ftp://x/y' }), { status: 422, message: /http/ });
    await assert.rejects(say(1, 'success'), { status: 404 });
    const weak = driver.connect(WEAK_TOKEN).rest;
    await assert.rejects(weak.repos.createDeployment({ ...mine, ref: 'main' }), (error: unknown) => {
      const { status, response } = error as { status: number; response: { headers: object } };
      const needs = 'x-accepted-github-permissions';
      assert.deepEqual([status, { ...response.headers }[needs as never]], [403, 'deployments=write']);
      return true;
    });
  });

  it('makes a deployment of its own for a job with environment, whose statuses name the run', async () => {
    const workflow = `on: push
jobs:
  deploy:
    runs-on: ubuntu-latest
    environment: {name: orin-ci, url: 'http://orin.example/'}
    steps: [{run: 'true'}]
  other:
    needs: deploy
    runs-on: ubuntu-latest
    environment: orin-\${{ github.ref_name }}
    steps: [{run: 'false'}]
`;
    const sha = await bench.commit({ '.github/workflows/ci.yml': workflow }, 'Deploy', 'ci');
    await bench.git('checkout', '--quiet', 'main');
    const { data: runs } = await github.actions.listWorkflowRunsForRepo({ ...mine, head_sha: sha });
    const run = runs.workflow_runs[0]?.id ?? 0;
    assert.equal(await driver.ended(run), 'failure');
    const { data: made } = await github.repos.listDeployments({ ...mine, sha });
    const seen = await Promise.all(
      made.map(async ({ id, environment, ref, creator }) => {
        const { data } = await github.repos.listDeploymentStatuses({ ...mine, deployment_id: id });
        const url = data[0]?.environment_url;
        return { name: `${environment} ${ref} ${creator?.login}`, url, data };
      }),
    );
    assert.deepEqual(
      seen.map(({ name, url, data }) => [name, url, data.map(({ state }) => state)]),
      [
        ['orin-ci ci github-actions[bot]', '', ['failure', 'in_progress']],
        ['orin-ci ci github-actions[bot]', 'http://orin.example/', ['success', 'in_progress']],
      ],
    );
    const logs = new RegExp(`/acme/healthdelta/actions/runs/${run}/job/\\d+$`);
    for (const { data } of seen) for (const { log_url: url = '' } of data) assert.match(url, logs);
  });

  it('keeps commits under a ref that is neither a branch nor a tag, and starts nothing by it', async () => {
    const tree = [{ path: 'a/head', mode: '100644', type: 'blob', content: 'one\n' }] as const;
    const { data: made } = await github.git.createTree({ ...mine, tree: [...tree] });
    const commit = { ...mine, message: 'One', tree: made.sha };
    const { data: one } = await github.git.createCommit(commit);
    const ref = { ...mine, ref: 'refs/hd/ledger/orin' };
    await github.git.createRef({ ...ref, sha: one.sha });
    const over = { ...mine, base_tree: made.sha, tree: [{ path: 'b', mode: '100644' as const, sha: null }] };
    await assert.rejects(github.git.createTree({ ...over, base_tree: '0'.repeat(40) }), { status: 422 });
    const { data: two } = await github.git.createCommit({ ...commit, message: 'Two', parents: [one.sha] });
    await github.git.updateRef({ ...ref, ref: 'hd/ledger/orin', sha: two.sha });
    const stale = github.git.createCommit({ ...commit, message: 'Other', parents: [one.sha] });
    const sha = (await stale).data.sha;
    await assert.rejects(github.git.updateRef({ ...ref, ref: 'hd/ledger/orin', sha }), {
      status: 422,
      message: /fast forward/,
    });
    const { data: found } = await github.git.listMatchingRefs({ ...mine, ref: 'hd/' });
    assert.deepEqual(
      found.map(({ ref: name, object }) => [name, object.sha]),
      [['refs/hd/ledger/orin', two.sha]],
    );
    const { data: history } = await github.repos.listCommits({ ...mine, sha: two.sha });
    assert.deepEqual(
      history.map(({ commit: { message, author } }) => `${message} ${author?.name}`),
      ['Two login-a', 'One login-a'],
    );
    await assert.rejects(github.git.createRef({ ...mine, ref: 'refs/pull/1', sha }), { status: 422 });
  });

  it('was driven through every operation of these tables, and kept to its description', async () => {
    assert.deepEqual(await driver.undriven(deployments, gitWrites), []);
    assert.deepEqual(await bench.violations(), []);
  });
});
