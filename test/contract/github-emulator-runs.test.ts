import assert from 'node:assert/strict';
import type { Octokit } from '@octokit/rest';
import { strFromU8, unzipSync } from 'fflate';
import { artifacts } from '../../src/lib/lab/github/artifacts.ts';
import { reviews } from '../../src/lib/lab/github/reviews.ts';
import { LEAD_TOKEN, OUTSIDER_TOKEN, OWNER, REPOSITORY, startBench, TOKEN } from '../support/github.ts';
import type { Bench } from '../support/github.ts';
import { Driver } from '../unit/lab/github/octokit.ts';

const DEPLOY = `name: Deploy
run-name: Deploy \${{ inputs.version }} to \${{ inputs.environment }} (\${{ inputs.request }})
on:
  workflow_dispatch:
    inputs:
      environment: {type: choice, options: [production, staging], required: true}
      version: {required: true}
      request: {default: ''}
      dry: {type: boolean, default: false}
concurrency: {group: 'deploy-\${{ inputs.environment }}'}
jobs:
  deploy:
    runs-on: self-hosted
    environment: {name: '\${{ inputs.environment }}'}
    steps:
      - name: Deploy
        if: '!inputs.dry'
        run: |
          mkdir -p out/deep
          echo '{"outcome":"confirmed"}' > out/report.json
          echo steps > out/deep/steps.txt
          echo "## Deployed \${{ inputs.version }}" >> "$GITHUB_STEP_SUMMARY"
          echo "::add-mask::hunter2"
          echo "::notice title=Done%3A really,file=hd.yml,line=3::hunter2 100%25%0Asure"
      - uses: actions/upload-artifact@v4
        with: {name: hd-report, path: out, if-no-files-found: error, retention-days: 3}
  after: {needs: deploy, runs-on: self-hosted, steps: [{run: 'echo \${{ github.event.inputs.dry }}'}]}
`;

const mine = { owner: OWNER, repo: REPOSITORY };

describe('the emulated GitHub: runs that wait', function () {
  this.timeout(30_000);
  let bench: Bench;
  let driver: Driver;
  let requester: Octokit['rest'];
  let lead: Octokit['rest'];
  let outsider: Octokit['rest'];

  before(async () => {
    bench = await startBench();
    driver = new Driver(bench);
    [requester, lead, outsider] = [TOKEN, LEAD_TOKEN, OUTSIDER_TOKEN].map(
      (token) => driver.connect(token).rest,
    ) as [Octokit['rest'], Octokit['rest'], Octokit['rest']];
    await bench.commit({ '.github/workflows/deploy.yml': DEPLOY }, 'Begin');
    const { data: team } = await requester.teams.getByName({ org: OWNER, team_slug: 'leads' });
    const { data: person } = await requester.users.getByUsername({ username: 'login-a' });
    await requester.repos.createOrUpdateEnvironment({
      ...{ ...mine, environment_name: 'production', prevent_self_review: true },
      reviewers: [
        { type: 'Team', id: team.id },
        { type: 'User', id: person.id },
      ],
    });
  });
  after(() => bench.stop());

  const workflow = { ...mine, workflow_id: 'deploy.yml', ref: 'main' };
  const dispatch = async (inputs: Record<string, unknown>): Promise<number> => {
    const asked = { ...workflow, inputs: { version: 'v1.4.0', ...inputs }, return_run_details: true };
    const { data } = (await requester.actions.createWorkflowDispatch(asked)) as unknown as {
      data: { workflow_run_id: number };
    };
    return data.workflow_run_id;
  };
  const states = async (deployment_id: number): Promise<string[]> =>
    (await requester.repos.listDeploymentStatuses({ ...mine, deployment_id })).data.map(({ state }) => state);
  const review = (
    github: Octokit['rest'],
    run_id: number,
    environment: number,
    state: 'approved' | 'rejected',
  ) =>
    github.actions.reviewPendingDeploymentsForRun({
      ...{ ...mine, run_id, environment_ids: [environment], state, comment: `${state} by a test` },
    });

  it('waits for a required reviewer, who is not the one that started it', async () => {
    const run_id = await dispatch({ environment: 'production', request: 'r-1' });
    assert.equal(await bench.settled(run_id), 'waiting');
    const { data: run } = await requester.actions.getWorkflowRun({ ...mine, run_id });
    assert.equal(run.display_title, 'Deploy v1.4.0 to production (r-1)');
    const { data: list } = await requester.actions.listWorkflowRunsForRepo({ ...mine, status: 'waiting' });
    assert.deepEqual(
      list.workflow_runs.map(({ id }) => id),
      [run_id],
    );
    const { data: jobs } = await requester.actions.listJobsForWorkflowRun({ ...mine, run_id });
    assert.deepEqual(
      jobs.jobs.map(({ name, status }) => [name, status]),
      [
        ['deploy', 'waiting'],
        ['after', 'queued'],
      ],
    );
    const waits = async (github: Octokit['rest']) =>
      (await github.actions.getPendingDeploymentsForRun({ ...mine, run_id })).data;
    const [pending] = await waits(requester);
    const environment = pending?.environment.id ?? 0;
    assert.deepEqual(
      pending?.reviewers.map(({ type, reviewer }) => [
        type,
        reviewer && ('slug' in reviewer ? reviewer.slug : reviewer.login),
      ]),
      [
        ['Team', 'leads'],
        ['User', 'login-a'],
      ],
    );
    assert.deepEqual(
      [
        pending.current_user_can_approve,
        (await waits(lead))[0]?.current_user_can_approve,
        pending.wait_timer,
      ],
      [false, true, 0],
    );
    await assert.rejects(review(requester, run_id, environment, 'approved'), {
      status: 422,
      message: /Self-review/,
    });
    await assert.rejects(review(outsider, run_id, environment, 'approved'), {
      status: 422,
      message: /not a required/,
    });
    await assert.rejects(review(lead, run_id, 1, 'approved'), { status: 422, message: /no pending/ });
    const page = async () => (await fetch(run.html_url)).text();
    assert.match(await page(), /production: a review by one of acme\/leads, login-a</);
    const { data: deployments } = await review(lead, run_id, environment, 'approved');
    assert.equal(await driver.ended(run_id), 'success');
    assert.match(
      await page(),
      /<th>approved<\/th><td>by login-b: approved by a test<[^]*## Deployed v1\.4\.0/,
    );
    assert.deepEqual(await states(deployments[0]?.id ?? 0), ['success', 'in_progress', 'queued', 'waiting']);
    const { data: said } = await requester.actions.getReviewsForRun({ ...mine, run_id });
    assert.deepEqual(
      said.map(({ state, user, comment, environments: [one] }) => [state, user.login, comment, one?.name]),
      [['approved', 'login-b', 'approved by a test', 'production']],
    );
    assert.deepEqual(await waits(lead), []);
  });

  it('ends with a failure when it is rejected, and is waited for anew when it is run again', async () => {
    const run_id = await dispatch({ environment: 'production' });
    await bench.settled(run_id);
    const [pending] = (await lead.actions.getPendingDeploymentsForRun({ ...mine, run_id })).data;
    const environment = pending?.environment.id ?? 0;
    const { data: deployments } = await review(lead, run_id, environment, 'rejected');
    assert.equal(await driver.ended(run_id), 'failure');
    assert.deepEqual(await states(deployments[0]?.id ?? 0), ['failure', 'waiting']);
    const { data: jobs } = await requester.actions.listJobsForWorkflowRun({ ...mine, run_id });
    assert.deepEqual(
      jobs.jobs.map(({ conclusion }) => conclusion),
      ['failure', 'skipped'],
    );
    const check = { ...mine, check_run_id: jobs.jobs[0]?.id ?? 0 };
    assert.match((await requester.checks.listAnnotations(check)).data[0]?.message ?? '', /was rejected/);
    await requester.actions.reRunWorkflowFailedJobs({ ...mine, run_id });
    assert.equal(await bench.settled(run_id), 'waiting');
    await requester.actions.cancelWorkflowRun({ ...mine, run_id });
    assert.equal(await driver.ended(run_id), 'cancelled');
  });

  it('waits for a timer without anybody, and not at all where the plan has no rules', async () => {
    const staging = { ...mine, environment_name: 'staging' };
    await requester.repos.createOrUpdateEnvironment({ ...staging, wait_timer: 1 });
    const run_id = await dispatch({ environment: 'staging', dry: true });
    assert.equal(await bench.settled(run_id), 'waiting');
    const [pending] = (await requester.actions.getPendingDeploymentsForRun({ ...mine, run_id })).data;
    assert.deepEqual([pending?.wait_timer, pending?.reviewers], [1, []]);
    assert.ok(Date.parse(pending?.wait_timer_started_at ?? '') > 0);
    await bench.lab('POST', `runs/${run_id}/later`, { minutes: 1 });
    // nothing was deployed, and no report is an error there
    assert.equal(await driver.ended(run_id), 'failure');
    const forgotten = await dispatch({ environment: 'production' });
    await bench.settled(forgotten);
    await bench.lab('POST', `runs/${forgotten}/later`, { minutes: 30 * 24 * 60 });
    assert.equal(await driver.ended(forgotten), 'failure');
    await bench.features({ protectionRules: false });
    const free = await dispatch({ environment: 'production' });
    assert.equal(await bench.settled(free), 'success');
    await bench.features({ protectionRules: true });
  });

  it('lets nothing but a protected branch into an environment that says so', async () => {
    const staging = { ...mine, environment_name: 'staging' };
    const policy = { protected_branches: true, custom_branch_policies: false };
    await requester.repos.createOrUpdateEnvironment({ ...staging, deployment_branch_policy: policy });
    assert.equal(await bench.settled(await dispatch({ environment: 'staging' })), 'failure');
    await requester.repos.createOrUpdateEnvironment(staging);
  });

  it('keeps what a job leaves: artifact, summary, annotations', async () => {
    const run_id = await dispatch({ environment: 'staging' });
    assert.equal(await driver.ended(run_id), 'success');
    const named = { ...mine, run_id, name: 'hd-report' };
    const { data: list } = await requester.actions.listWorkflowRunArtifacts(named);
    const [artifact] = list.artifacts;
    assert.ok(artifact !== undefined && list.total_count === 1);
    assert.deepEqual([artifact.expired, artifact.workflow_run?.id], [false, run_id]);
    const none = await requester.actions.listWorkflowRunArtifacts({ ...named, name: 'other' });
    assert.equal(none.data.total_count, 0);
    assert.ok((await requester.actions.listArtifactsForRepo(mine)).data.total_count > 1);
    const one = { ...mine, artifact_id: artifact.id };
    const { data: zip } = await requester.actions.downloadArtifact({ ...one, archive_format: 'zip' });
    const files = unzipSync(new Uint8Array(zip as ArrayBuffer));
    assert.deepEqual(
      Object.entries(files).map(([path, content]) => [path, strFromU8(content)]),
      [
        ['deep/steps.txt', 'steps\n'],
        ['report.json', '{"outcome":"confirmed"}\n'],
      ],
    );
    await bench.lab('POST', `artifacts/${artifact.id}/expire`);
    assert.equal((await requester.actions.getArtifact(one)).data.expired, true);
    await assert.rejects(requester.actions.downloadArtifact({ ...one, archive_format: 'zip' }), {
      status: 410,
    });
    assert.equal(await bench.lab('GET', `runs/${run_id}/summary`), '## Deployed v1.4.0\n');
    const { data: jobs } = await requester.actions.listJobsForWorkflowRun({ ...mine, run_id });
    const check = { ...mine, check_run_id: jobs.jobs[0]?.id ?? 0 };
    assert.equal((await requester.checks.get(check)).data.output.annotations_count, 1);
    const [note] = (await requester.checks.listAnnotations(check)).data;
    assert.deepEqual(
      [note?.annotation_level, note?.title, note?.message, note?.path, note?.start_line],
      ['notice', 'Done: really', '*** 100%\nsure', 'hd.yml', 3],
    );
  });

  it('lets one run into a concurrency group, and the newest of the others wait', async () => {
    const first = await dispatch({ environment: 'production', request: 'first' });
    await bench.settled(first);
    const second = await dispatch({ environment: 'production', request: 'second' });
    const third = await dispatch({ environment: 'production', request: 'third' });
    assert.equal(await driver.ended(second), 'cancelled');
    const status = async (run_id: number) =>
      (await requester.actions.getWorkflowRun({ ...mine, run_id })).data.status;
    assert.deepEqual([await status(first), await status(third)], ['waiting', 'pending']);
    await requester.actions.cancelWorkflowRun({ ...mine, run_id: first });
    assert.equal(await bench.settled(third), 'waiting');
    await requester.actions.cancelWorkflowRun({ ...mine, run_id: third });
    assert.equal(await driver.ended(third), 'cancelled');
  });

  it('refuses what an input can’t be, and what an older server does not know', async () => {
    for (const inputs of [{ environment: 'nowhere' }, { environment: 'staging', dry: 'perhaps' }])
      await assert.rejects(dispatch(inputs), { status: 422, message: /not in the list of allowed values/ });
    await bench.features({ runDetails: false });
    await assert.rejects(dispatch({ environment: 'staging' }), {
      status: 400,
      message: /not a permitted key/,
    });
    const plain = { ...workflow, inputs: { environment: 'staging', version: 'v1.4.0', request: 'r-9' } };
    assert.equal((await requester.actions.createWorkflowDispatch(plain)).status, 204);
    await bench.features({ runDetails: true });
    const { data: list } = await requester.actions.listWorkflowRuns({
      ...{
        ...mine,
        workflow_id: 'deploy.yml',
        event: 'workflow_dispatch',
        created: '>=2026-01-01T00:00:00Z',
      },
    });
    const [newest] = list.workflow_runs;
    assert.equal(newest?.display_title, 'Deploy v1.4.0 to staging (r-9)');
    assert.equal(await driver.ended(newest.id), 'success');
  });

  it('was driven through every operation of these tables, and kept to its description', async () => {
    assert.deepEqual(await driver.undriven(artifacts, reviews), []);
    assert.deepEqual(await bench.violations(), []);
  });
});
