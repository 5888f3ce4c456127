import assert from 'node:assert/strict';
import type { Octokit } from '@octokit/rest';
import { assets } from '../../src/lib/lab/github/assets.ts';
import { jobs } from '../../src/lib/lab/github/jobs.ts';
import { releases } from '../../src/lib/lab/github/releases.ts';
import { runs } from '../../src/lib/lab/github/runs.ts';
import { workflows } from '../../src/lib/lab/github/workflows.ts';
import { OWNER, REPOSITORY, startBench, TOKEN, WEAK_TOKEN, type Bench } from '../support/github.ts';
import { Driver } from '../unit/lab/github/octokit.ts';

const WORKFLOW = `name: Release
on:
  push: {tags: ['v*']}
  workflow_dispatch:
    inputs:
      who: {required: true}
permissions: {contents: write}
env: {GREETING: hello}
jobs:
  build:
    name: Build it
    runs-on: ubuntu-latest
    outputs: {text: '\${{ steps.make.outputs.text }}'}
    steps:
      - uses: actions/checkout@v4
      - id: make
        name: Make the text
        run: echo "text=$GREETING $(cat name.txt)" >> "$GITHUB_OUTPUT"
  publish:
    needs: [build]
    if: startsWith(github.ref, 'refs/tags/')
    runs-on: ubuntu-latest
    steps:
      - name: Create the release
        run: |
          curl --silent --show-error --fail --output release.json -X POST \\
            -H "Authorization: Bearer \${{ secrets.GITHUB_TOKEN }}" \\
            -d '{"tag_name":"\${{ github.ref_name }}","body":"\${{ needs.build.outputs.text }}"}' \\
            "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/releases"
          echo "the token is \${{ github.token }}, and not '$GITHUB_TOKEN'"
`;

const mine = { owner: OWNER, repo: REPOSITORY };

describe('the emulated GitHub, as Octokit sees it', function () {
  this.timeout(30_000);
  let bench: Bench;
  let driver: Driver;
  let octokit: Octokit;
  let github: Octokit['rest'];
  let head: string;

  before(async () => {
    bench = await startBench();
    driver = new Driver(bench);
    octokit = driver.connect(TOKEN);
    github = octokit.rest;
    head = await bench.commit({ 'name.txt': 'moon\n', '.github/workflows/release.yml': WORKFLOW }, 'Begin');
    await bench.git('checkout', '--quiet', '-B', 'side');
    await bench.commit({ 'side.txt': 'x' }, 'Go aside', 'side');
  });
  after(() => bench.stop());

  it('runs the workflow of a tag: run, jobs, logs, checks, release', async () => {
    const { data: tag } = await github.git.createTag({
      ...{ ...mine, tag: 'v1.4.0', message: 'v1.4.0', object: head, type: 'commit' },
    });
    await github.git.createRef({ ...mine, ref: 'refs/tags/v1.4.0', sha: tag.sha });
    const { data: list } = await github.actions.listWorkflowRuns({
      ...{ ...mine, workflow_id: 'release.yml', event: 'push', head_sha: head, branch: 'v1.4.0' },
    });
    const [run] = list.workflow_runs;
    assert.ok(run !== undefined && list.total_count === 1);
    assert.deepEqual([run.head_branch, run.event, run.run_attempt], ['v1.4.0', 'push', 1]);
    assert.equal(await driver.ended(run.id), 'success');
    const one = { ...mine, run_id: run.id };
    const { data: after } = await github.actions.getWorkflowRun(one);
    assert.deepEqual([after.status, after.conclusion, after.name], ['completed', 'success', 'Release']);
    const { data: jobs } = await github.actions.listJobsForWorkflowRun(one);
    assert.deepEqual(
      jobs.jobs.map(({ name, conclusion }) => [name, conclusion]),
      [
        ['Build it', 'success'],
        ['publish', 'success'],
      ],
    );
    assert.deepEqual(
      jobs.jobs[0]?.steps?.map(({ number, name, conclusion }) => [number, name, conclusion]),
      [
        [1, 'Set up job', 'success'],
        [2, 'Run actions/checkout@v4', 'success'],
        [3, 'Make the text', 'success'],
        [4, 'Complete job', 'success'],
      ],
    );
    const job_id = jobs.jobs[1]?.id ?? 0;
    assert.equal((await github.actions.getJobForWorkflowRun({ ...mine, job_id })).data.name, 'publish');
    const log = await github.actions.downloadJobLogsForWorkflowRun({ ...mine, job_id });
    assert.match(String(log.data), /^\d{4}-\d\d-\d\dT[\d:.]+Z the token is \*\*\*, and not ''$/m);
    const { data: checks } = await github.checks.listForRef({ ...mine, ref: 'v1.4.0' });
    assert.deepEqual(
      checks.check_runs.map((check) => [
        check.name,
        check.app?.slug,
        check.check_suite?.id,
        check.details_url,
      ]),
      jobs.jobs.map((job) => [
        ...[job.name, 'github-actions', run.check_suite_id],
        `${bench.github.url}/acme/healthdelta/actions/runs/${run.id}/job/${job.id}`,
      ]),
    );
    const { data: release } = await github.repos.getReleaseByTag({ ...mine, tag: 'v1.4.0' });
    assert.deepEqual([release.author.login, release.body], ['github-actions[bot]', 'hello moon']);
    assert.equal(
      (await github.actions.listWorkflowRunsForRepo({ ...mine, created: '>=2026-01-01' })).data.total_count,
      1,
    );
    assert.equal(
      (await github.actions.listWorkflowRunsForRepo({ ...mine, status: 'failure' })).data.total_count,
      0,
    );
  });

  it('dispatches a workflow, says which run that is, and refuses wrong inputs', async () => {
    const { data: all } = await github.actions.listRepoWorkflows(mine);
    assert.deepEqual(
      all.workflows.map(({ name, path }) => [name, path]),
      [['Release', '.github/workflows/release.yml']],
    );
    const workflow = { ...mine, workflow_id: 'release.yml' };
    assert.equal((await github.actions.getWorkflow(workflow)).data.state, 'active');
    await assert.rejects(github.actions.getWorkflow({ ...mine, workflow_id: 'none.yml' }), { status: 404 });
    const wrong = [
      { ref: 'main', inputs: {} },
      { ref: 'main', inputs: { who: 'me', what: 'x' } },
      { ref: 'nowhere', inputs: { who: 'me' } },
    ];
    for (const asked of wrong)
      await assert.rejects(github.actions.createWorkflowDispatch({ ...workflow, ...asked }), { status: 422 });
    const plain = await github.actions.createWorkflowDispatch({
      ...workflow,
      ref: 'main',
      inputs: { who: 'me' },
    });
    assert.equal(plain.status, 204);
    const details = { ...workflow, ref: 'main', inputs: { who: 'me' }, return_run_details: true };
    const { data } = (await github.actions.createWorkflowDispatch(details)) as unknown as {
      data: { workflow_run_id: number };
    };
    assert.equal(await driver.ended(data.workflow_run_id), 'success');
    const { data: run } = await github.actions.getWorkflowRun({ ...mine, run_id: data.workflow_run_id });
    assert.deepEqual([run.event, run.head_branch], ['workflow_dispatch', 'main']);
    // not a tag: its second job is skipped, and has no log
    const { data: jobs } = await github.actions.listJobsForWorkflowRunAttempt({
      ...{ ...mine, run_id: run.id, attempt_number: 1 },
    });
    assert.deepEqual(
      jobs.jobs.map(({ conclusion }) => conclusion),
      ['success', 'skipped'],
    );
    const log = github.actions.downloadJobLogsForWorkflowRun({ ...mine, job_id: jobs.jobs[1]?.id ?? 0 });
    await assert.rejects(log, { status: 404 });
    await assert.rejects(github.actions.cancelWorkflowRun({ ...mine, run_id: run.id }), { status: 409 });
    await assert.rejects(github.actions.reRunWorkflowFailedJobs({ ...mine, run_id: run.id }), {
      status: 403,
    });
  });

  it('keeps releases: drafts, notes, assets', async () => {
    const { data: draft } = await github.repos.createRelease({ ...mine, tag_name: 'v1.5.0', draft: true });
    assert.equal(draft.published_at, null);
    await assert.rejects(github.repos.getReleaseByTag({ ...mine, tag: 'v1.5.0' }), { status: 404 });
    const one = { ...mine, release_id: draft.id };
    const upload = {
      ...one,
      baseUrl: bench.github.url,
      name: 'manifest 1.json',
      data: '{"version":"1.5.0"}',
    };
    const { data: asset } = await github.repos.uploadReleaseAsset(upload);
    assert.deepEqual([asset.name, asset.size, asset.uploader?.login], ['manifest.1.json', 19, 'login-a']);
    await assert.rejects(github.repos.uploadReleaseAsset({ ...upload, url: draft.upload_url }), {
      status: 422,
    });
    const { data: published } = await github.repos.updateRelease({ ...one, draft: false, name: 'Five' });
    assert.deepEqual([published.draft, published.name], [false, 'Five']);
    // publishing made the tag
    assert.equal((await github.repos.getCommit({ ...mine, ref: 'v1.5.0' })).data.sha, head);
    const content = await octokit.request('GET /repos/{owner}/{repo}/releases/assets/{asset_id}', {
      ...{ ...mine, asset_id: asset.id, headers: { accept: 'application/octet-stream' } },
    });
    assert.equal(Buffer.from(content.data as unknown as ArrayBuffer).toString(), '{"version":"1.5.0"}');
    assert.equal(await (await fetch(asset.browser_download_url)).text(), '{"version":"1.5.0"}');
    assert.equal((await github.repos.listReleaseAssets(one)).data.length, 1);
    await github.repos.deleteReleaseAsset({ ...mine, asset_id: asset.id });
    assert.equal((await github.repos.getRelease(one)).data.assets.length, 0);
    assert.equal((await github.repos.getLatestRelease(mine)).data.tag_name, 'v1.5.0');
    const again = github.repos.createRelease({ ...mine, tag_name: 'v1.5.0' });
    await assert.rejects(again, { status: 422, message: /already_exists/ });
    const { data: notes } = await github.repos.generateReleaseNotes({
      ...{ ...mine, tag_name: 'v1.6.0', target_commitish: 'side', previous_tag_name: 'v1.4.0' },
    });
    assert.match(notes.body, /\* Go aside by login-a\n[^]*compare\/v1\.4\.0\.\.\.v1\.6\.0$/);
    await github.repos.deleteRelease(one);
    assert.deepEqual(
      (await github.repos.listReleases(mine)).data.map(({ tag_name: tag }) => tag),
      ['v1.4.0'],
    );
  });

  it('says which permission is missing, and refuses who is unknown', async () => {
    const weak = driver.connect(WEAK_TOKEN).rest;
    await weak.repos.getBranch({ ...mine, branch: 'main' });
    await assert.rejects(weak.git.createRef({ ...mine, ref: 'refs/tags/x', sha: head }), (error: unknown) => {
      const { status, response } = error as { status: number; response: { headers: Record<string, string> } };
      assert.deepEqual([status, response.headers['x-accepted-github-permissions']], [403, 'contents=write']);
      return true;
    });
    await assert.rejects(driver.connect('nobody').rest.repos.get(mine), {
      status: 401,
      message: /Bad credentials/,
    });
  });

  it('was driven through every operation of these tables, and kept to its description', async () => {
    // they need a run that fails: test/unit/lab/github/actions.test.ts
    const elsewhere = ['actions/re-run-workflow-failed-jobs', 'actions/get-workflow-run-attempt'];
    const left = await driver.undriven(workflows, runs, jobs, releases, assets);
    assert.deepEqual(
      left.filter((id) => !elsewhere.includes(id)),
      [],
    );
    assert.deepEqual(await bench.violations(), []);
  });
});
