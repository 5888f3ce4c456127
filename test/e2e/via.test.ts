/** Deployments by runs of a workflow, as GitHub would run them: hd starts them, follows them, and believes the hosts alone. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Docker } from '../../src/lib/lab/docker.ts';
import { assertEnding, assertFound, jsonOf } from './support/ending.ts';
import type { HdOptions } from './support/lab.ts';
import { project, type Project } from './support/project.ts';
import type { Running } from './support/running.ts';

const A = 'lab-login-a';
const B = 'lab-login-b';
const SERVES = 'orin serves v1.5.0 on 1 of 1 host; nothing was changed';

/** Workflows that a project could have, beside those that it should have (src/lib/lab/project). */
const WORKFLOWS = {
  // Declares neither plan nor request, and does nothing.
  'lying.yml': `name: lying
on: {workflow_dispatch: {inputs: {environment: {required: true}, version: {required: true}}}}
jobs: {deploy: {runs-on: ubuntu-latest, steps: [{run: 'echo deployed'}]}}
`,
  // The same, once somebody has approved it.
  'blind.yml': `name: blind
on: {workflow_dispatch: {inputs: {environment: {required: true}, version: {required: true}}}}
jobs: {deploy: {runs-on: ubuntu-latest, environment: '\${{ inputs.environment }}', steps: [{run: 'echo deployed'}]}}
`,
  'broken.yml': `name: broken
run-name: \${{ inputs.request }}
on: {workflow_dispatch: {inputs: {environment: {required: true}, version: {required: true}, request: {}}}}
jobs: {deploy: {runs-on: ubuntu-latest, steps: [{name: Prepare, run: 'echo "::error::no way" ; exit 3'}]}}
`,
};

interface Run {
  id: number;
  display_title: string;
  status: string;
}

describe('through a workflow', function () {
  this.timeout(120_000);
  let here: Project;
  let reviewer: number;

  before(async function () {
    this.timeout(180_000);
    here = await project();
    const paths = Object.entries(WORKFLOWS).map(([name, text]) => [`.github/workflows/${name}`, text]);
    await here.lab.commit(Object.fromEntries(paths) as Record<string, string>, 'Have workflows');
    reviewer = ((await here.lab.api('/users/login-b')) as { id: number }).id;
    await here.fresh('orin', 'v1.4.0');
  });
  /** v1.5.0 serves, the workflow is the one that it should be, and GitHub asks nobody. */
  beforeEach(async () => {
    await workflow('deploy_backend.yml');
    await reviewed(false);
    await here.features({ runDetails: true });
    if ((await here.lab.serves('orin')) !== '1.5.0') await deployHere('v1.5.0');
  });
  after(async () => {
    await here.features({ runDetails: true });
    await here.rules();
    assert.deepEqual(await here.violations(), []);
  });

  const workflow = (file: string, policy?: Record<string, unknown>, top?: Record<string, unknown>) => {
    const github = { workflow: file, rollback_workflow: 'rollback.yml' };
    const rules = policy === undefined ? {} : { policy: { checks: false, ...policy } };
    return here.rules({ orin: { via: 'workflow', github, ...rules } }, top);
  };
  const reviewed = (wanted: boolean) =>
    here.asks(A, 'PUT', '/environments/orin', {
      reviewers: wanted ? [{ type: 'User', id: reviewer }] : [],
      prevent_self_review: wanted,
    });
  const deployHere = (tag: string) => here.deploy('orin', tag, { env: { HD_VIA: 'here' } });
  const deploy = (tag: string, options: HdOptions = {}) =>
    here.hd(['deploy', 'orin', '--tag', tag, '--yes'], options);
  const start = (tag: string): Running => here.start(['deploy', 'orin', '--tag', tag, '--yes']);
  const runs = async (): Promise<Run[]> =>
    ((await here.asks(A, 'GET', '/actions/runs?event=workflow_dispatch')) as { workflow_runs: Run[] })
      .workflow_runs;
  const waitingRun = async (): Promise<number> =>
    (await runs()).find(({ status }) => status === 'waiting')?.id ?? assert.fail('no run waits');
  const review = async (state: 'approved' | 'rejected', comment: string): Promise<void> => {
    const run = await waitingRun();
    const pending = `/actions/runs/${run}/pending_deployments`;
    const [{ environment }] = (await here.asks(B, 'GET', pending)) as [{ environment: { id: number } }];
    await here.asks(B, 'POST', pending, { environment_ids: [environment.id], state, comment });
  };

  it('starts one run for a plan, also for an operator who was killed, and proves what it made', async () => {
    await workflow('deploy_backend.yml', { approvals: 'github' });
    assertEnding(await deploy('v1.6.0'), {
      ...{ exit: 3, outcome: 'refused', serves: SERVES },
      says: ['GitHub asks nobody before a deployment to orin: the environment has no required reviewers'],
    });
    await reviewed(true);
    const before = (await runs()).length;
    const killed = start('v1.6.0');
    await killed.says(/run #\d+ waits: orin: asked of login-b, since .*hd approve orin --comment WHY/);
    killed.signal('SIGKILL');
    await killed.end();

    const again = start('v1.6.0');
    await again.says(/run #\d+ is under way for this plan: followed, and no other is started/);
    await again.says(/waits: orin/);
    const [title] = (await runs()).map((run) => run.display_title);
    assert.match(title ?? '', /^deploy v1\.6\.0 to orin, orin-[0-9a-f]{12}-[0-9a-f]{8}$/);
    await review('approved', 'Rehearsed on staging.');
    const told = await again.end();
    assertEnding(told, {
      exit: 0,
      outcome: 'confirmed',
      serves: 'orin serves v1.6.0 on 1 of 1 host',
      says: [
        /run +deploy_backend\.yml #\d+, 1 of 1 jobs http:\/\/.*\/actions\/runs\/\d+/,
        /changed +v1\.5\.0 -> v1\.6\.0, image [0-9a-f]{12}/,
        /proven +\d+ of \d+ checks/,
        /downtime +\d+\.\ds \(\d+ of \d+ probes failed\)/,
        /record +d\d+, plan [0-9a-f]{12}, by login-a/,
      ],
      next: ['hd status orin', 'hd rollback orin --to v1.5.0'],
    });
    assertFound(told.stderr, /approve approved by login-b/);
    assert.equal((await runs()).length, before + 1);
    const { ledger } = await here.assertServes('orin', '1.6.0');
    const begun = ledger.filter(({ kind, release }) => kind === 'started' && release?.tag === 'v1.6.0');
    assert.equal(begun.length, 1);
    const words = ledger.flatMap(({ kind, approval }) => (kind === 'approved' ? [approval] : []));
    assert.deepEqual(
      words.map((each) => [each?.by, each?.role, each?.comment]),
      [['login-b', 'reviewer', 'Rehearsed on staging.']],
    );
  });

  it('is started once the roles have approved, and the job knows it', async () => {
    const roles = { 'tech-lead': ['login-b'], 'qa-lead': ['login-c'] };
    await workflow('deploy_backend.yml', { approvals: { 'tech-lead': 1, 'qa-lead': 1 } }, { roles });
    const before = (await runs()).length;
    const asked = await here.hd(['deploy', 'orin', '--tag', 'v1.4.0', '--yes', '--no-wait']);
    assertEnding(asked, { exit: 10, outcome: 'waiting', serves: 'orin serves v1.5.0' });
    for (const token of [B, 'lab-login-c']) {
      const env = { GH_TOKEN: token };
      const said = await here.hd(['approve', 'orin', '--comment', 'Fine by me.', '--yes'], { env });
      assert.equal(said.exit, 0, said.stderr + said.stdout);
    }
    assert.equal((await runs()).length, before);
    assertEnding(await deploy('v1.4.0'), { exit: 0, outcome: 'confirmed', serves: 'orin serves v1.4.0' });
    const { ledger } = await here.assertServes('orin', '1.4.0');
    const from = ledger.findLastIndex(({ kind }) => kind === 'requested');
    const approved = ledger.slice(from).filter(({ kind }) => kind === 'approved');
    assert.deepEqual(approved.map(({ approval }) => approval?.by).sort(), ['login-b', 'login-c']);
  });

  it('goes back through its own workflow', async () => {
    const told = await here.hd(['rollback', 'orin', '--to', 'v1.4.0', '--yes', '--json']);
    const json = jsonOf(told);
    assert.equal(told.exit, 0, told.stdout);
    const { outcome, release, run } = json as unknown as {
      outcome: string;
      release: { tag: string };
      run: { conclusion: string };
    };
    assert.deepEqual([outcome, release.tag, run.conclusion], ['confirmed', 'v1.4.0', 'success']);
    const { ledger } = await here.assertServes('orin', '1.4.0');
    assert.deepEqual([ledger.at(-1)?.verb, ledger.at(-1)?.outcome], ['rollback', 'confirmed']);
  });

  it('says what went back, when the run failed', async () => {
    assertEnding(await deploy('v2.2.0'), {
      exit: 6,
      outcome: 'rolled-back',
      serves: 'orin serves v1.5.0 on 1 of 1 host, as before',
      says: [/failed v2\.2\.0 on orin: version/, /run +deploy_backend\.yml #\d+ failed in job deploy/],
      next: ['hd history orin'],
    });
  });

  it('finds its run without being told which it is, goes on after Ctrl-C, and is rejected', async () => {
    await reviewed(true);
    await here.features({ runDetails: false });
    const stopped = start('v1.6.0');
    await stopped.says(/waits: orin/);
    stopped.signal('SIGINT');
    assertEnding(await stopped.end(), {
      exit: 130,
      outcome: 'interrupted',
      serves: 'orin serves v1.5.0 on 1 of 1 host; the run goes on',
      says: [/run +deploy_backend\.yml #\d+ http/],
      next: ['follow it again: hd resume orin'],
    });
    const resumed = here.start(['resume', 'orin', '--yes']);
    await resumed.says(/run #\d+ of deploy_backend\.yml is under way: followed/);
    await resumed.says(/waits: orin/);
    await review('rejected', 'Suite was red.');
    assertEnding(await resumed.end(), {
      exit: 10,
      outcome: 'rejected',
      serves: SERVES,
      says: [/x orin +login-b: "Suite was red\."/],
    });
    const { kind, verb, approval } = (await here.assertServes('orin', '1.5.0')).ledger.at(-1) ?? {};
    assert.deepEqual(
      [kind, verb, approval?.by, approval?.role, approval?.comment],
      ['refused', 'deploy', 'login-b', 'reviewer', 'Suite was red.'],
    );
  });

  it('starts no second run of a workflow whose runs can not be told apart', async () => {
    await workflow('blind.yml');
    await reviewed(true);
    const before = (await runs()).length;
    const waits = await here.hd(['deploy', 'orin', '--tag', 'v1.6.0', '--yes', '--no-wait']);
    assertEnding(waits, { exit: 10, outcome: 'waiting', serves: SERVES, next: [/gh run watch \d+$/] });
    const id = await waitingRun();
    assertEnding(await deploy('v1.6.0'), {
      ...{ exit: 8, outcome: 'locked', serves: SERVES },
      says: [/blind\.yml #\d+ is under way/, new RegExp(`/actions/runs/${id}`)],
      next: [`follow it: gh run watch ${id} --repo acme/healthdelta`],
    });
    assert.equal((await runs()).length, before + 1);
    await here.asks(A, 'POST', `/actions/runs/${id}/cancel`);
    await workflow('blind.yml', { approvals: 'github' });
    assertEnding(await deploy('v1.6.0'), {
      ...{ exit: 3, outcome: 'refused', serves: SERVES },
      says: [/blind\.yml does not declare the input plan/],
    });
    assert.equal((await runs()).length, before + 1);
  });

  it('says that a run was cancelled in the browser', async () => {
    await reviewed(true);
    const running = start('v1.6.0');
    await running.says(/waits: orin/);
    await here.asks(A, 'POST', `/actions/runs/${await waitingRun()}/cancel`);
    assertEnding(await running.end(), {
      exit: 130,
      outcome: 'cancelled',
      serves: SERVES,
      next: ['to start it again: hd deploy orin --tag v1.6.0 --via workflow'],
    });
  });

  it('is not begun if the plan has changed meanwhile', async () => {
    await reviewed(true);
    const running = start('v1.6.0');
    await running.says(/waits: orin/);
    await deployHere('v1.4.0');
    await review('approved', 'Fine by me.');
    assertEnding(await running.end(), {
      exit: 8,
      outcome: 'changed',
      serves: 'orin serves v1.4.0 on 1 of 1 host',
      says: [/says the hd of the run: \| plan [0-9a-f]{12} is no longer the plan/],
    });
  });

  it('does not believe a green run, and can not find one that nothing tells apart', async () => {
    await workflow('lying.yml');
    const told = await deploy('v1.6.0');
    assertEnding(told, {
      exit: 5,
      outcome: 'not verified',
      serves: 'orin serves v1.5.0 on 1 of 1 host',
      says: [/the run was green, and did not put v1\.6\.0 on orin/, /safe +yes: \d+ of \d+ checks passed/],
    });
    const row = 'lying.yml does not declare plan and request: it gets environment and version only';
    assertFound(told.stderr, row);
    // Last: its run may still be under way, and no other is started beside it.
    await here.features({ runDetails: false });
    assertEnding(await deploy('v1.6.0'), {
      exit: 9,
      outcome: 'inconclusive',
      serves: 'orin serves v1.5.0 on 1 of 1 host; a run may be under way',
      says: [/does not say which run of lying\.yml it started/],
      next: [/gh run list --repo acme\/healthdelta --workflow lying\.yml$/],
    });
  });

  it('shows where a run broke that never came to hd', async () => {
    await workflow('broken.yml');
    assertEnding(await deploy('v1.6.0'), {
      exit: 5,
      outcome: 'not deployed',
      serves: SERVES,
      says: [/failed +broken\.yml #\d+ failed in job deploy/],
      next: ['once that is mended: hd deploy orin --tag v1.6.0 --via workflow'],
    });
    await here.assertServes('orin', '1.5.0');
  });
});

describe('inside Actions', function () {
  this.timeout(60_000);
  let here: Project;
  let folder: string;
  let environment: Record<string, unknown>;

  before(async function () {
    this.timeout(180_000);
    here = await project();
    folder = await mkdtemp(join(tmpdir(), 'hd-test-runner-'));
    environment = {
      ...{ extends: 'orin', hosts: ['edge-1'], directory: join(folder, 'opt') },
      ...{ project: `hd-test-edge-${here.lab.home.id}`, compose: ['compose.local.yaml'] },
      ...{ url: `http://127.0.0.1:${here.localPort}`, via: 'workflow' },
      github: { environment: 'Edge of the LAN', workflow: 'deploy_backend.yml' },
    };
  });
  after(async () => {
    const docker = new Docker(here.lab.lab.dockerHost);
    const ids = await docker.ids('container', `com.docker.compose.project=hd-test-edge-${here.lab.home.id}`);
    if (ids.length > 0) await docker.run(['rm', '--force', ...ids]);
    await rm(folder, { recursive: true, force: true });
  });

  it('deploys on the runner that is the host, and never starts a run itself', async () => {
    const cwd = await here.checkout({ edge: environment });
    const runner = {
      ...{ GITHUB_ACTIONS: 'true', RUNNER_TEMP: folder, GITHUB_OUTPUT: join(folder, 'output') },
      // No SSH: were it used, it would fail.
      ...{ HD_SSH_CONFIG: '/dev/null', SSH_AUTH_SOCK: undefined },
    };
    const name = 'Edge of the LAN';
    const job = (...more: string[]) => ['deploy', name, '--tag', 'v1.4.0', '--confirm', name, ...more];
    const hd = (args: readonly string[], host: string) =>
      here.hd(args, { cwd, env: { ...runner, HD_LOCAL_HOST: host } });

    assertEnding(await hd(job(), 'edge-7'), {
      ...{ exit: 2, outcome: 'usage', says: [/HD_LOCAL_HOST is "edge-7", which is no host of hd\.yml/] },
    });
    const planned = await here.hd([...job('--dry-run'), '--json'], {
      cwd,
      env: { ...runner, HD_LOCAL_HOST: 'edge-1' },
    });
    const { plan = '' } = JSON.parse(planned.stdout) as { plan?: string };
    assertEnding(await hd(job('--plan', 'f'.repeat(64)), 'edge-1'), {
      exit: 8,
      outcome: 'changed',
      serves: 'edge serves nothing',
    });
    assertEnding(await hd(job('--plan', plan), 'edge-1'), {
      ...{ exit: 0, outcome: 'confirmed', serves: 'edge serves v1.4.0 on 1 of 1 host' },
    });
    const report = join(folder, 'hd-report.json');
    const { outcome, plan: done } = JSON.parse(await readFile(report, 'utf8')) as Record<string, unknown>;
    assert.deepEqual([outcome, done], ['confirmed', plan]);
    assert.ok((await readFile(runner.GITHUB_OUTPUT, 'utf8')).endsWith(`report=${report}\n`));
    assert.match(await readFile(join(folder, 'opt', '.hd', 'ledger.jsonl'), 'utf8'), /"kind":"finished"/);
  });
});
