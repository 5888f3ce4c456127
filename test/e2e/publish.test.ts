import assert from 'node:assert/strict';
import { sha256 } from '../../src/lib/domain/canonical.ts';
import { bareRepository } from '../../src/lib/lab/emulator.ts';
import { run } from '../../src/lib/lab/process.ts';
import { assertEnding, assertFound } from './support/ending.ts';
import { project, type Project } from './support/project.ts';

interface Shown {
  id: number;
  sha: string;
  ref: string;
  task: string;
  payload: { deployment?: string };
}

interface Status {
  state: string;
  description: string;
}

describe('the ledger’s head, published on GitHub', function () {
  this.timeout(90_000);
  let here: Project;

  before(async function () {
    this.timeout(600_000);
    here = await project();
    await here.fresh('orin', 'v1.4.0');
  });
  beforeEach(() => lab('DELETE', 'requests'));
  afterEach(() => here.clearFaults());
  after(async () => assert.deepEqual(await here.violations(), []));

  const lab = async (method: string, path: string): Promise<unknown> => {
    const answer = await fetch(`${here.lab.lab.github.url}/_lab/${path}`, { method });
    return method === 'GET' ? answer.json() : undefined;
  };
  const api = async <T>(path: string): Promise<T> => {
    const url = `${here.lab.lab.github.url}/repos/acme/healthdelta/${path}`;
    const answer = await fetch(url, { headers: { authorization: 'Bearer lab-login-a' } });
    assert.equal(answer.status, 200, path);
    return (await answer.json()) as T;
  };
  const newest = async (environment = 'orin') => {
    const [shown] = await api<Shown[]>(`deployments?environment=${encodeURIComponent(environment)}`);
    assert.ok(shown, environment);
    return { ...shown, statuses: await api<Status[]>(`deployments/${shown.id}/statuses`) };
  };
  const deploy = (tag: string, cwd?: string) =>
    here.hd(['deploy', 'orin', '--tag', tag, '--yes'], cwd === undefined ? {} : { cwd });
  /** What the host itself has: how many lines, and the hash of the last one. */
  const kept = async () => {
    const { text, ledger } = await here.assertServes('orin', '1.5.0');
    const lines = text.trimEnd().split('\n');
    const last = lines.at(-1) ?? '';
    const deployment = ledger.at(-1)?.deployment ?? '';
    return { deployment, head: `ledger ${lines.length} ${sha256(last)}`, last };
  };
  /** What was changed on GitHub, and how often. */
  const changed = async (): Promise<unknown> => {
    const asked = (await lab('GET', 'requests')) as { method: string; path: string; status: number }[];
    const writes = asked.filter(({ method }) => method !== 'GET');
    return Map.groupBy(writes, ({ method, path }) => `${method} ${path.replace(/\d+/, 'N')}`);
  };
  const OURS = [
    'POST /repos/acme/healthdelta/deployments',
    'POST /repos/acme/healthdelta/deployments/N/statuses',
  ];

  it('is in the last status of a deployment that was kept in step, and nothing else is touched', async () => {
    assertEnding(await deploy('v1.5.0'), { exit: 0, outcome: 'confirmed' });
    const { deployment, head, last } = await kept();
    const { id, sha, ref, task, payload, statuses } = await newest();
    assert.deepEqual([sha, ref, task], [here.release('v1.5.0').commit, 'v1.5.0', 'deploy']);
    assert.equal(payload.deployment, deployment);
    assert.equal(statuses[0]?.description, `${deployment} confirmed; ${head}`);
    const states = statuses.map(({ state }) => state);
    assert.deepEqual(states, ['success', 'in_progress', 'queued']);
    assert.deepEqual((JSON.parse(last) as { github?: unknown }).github, { deployment: id });
    assert.deepEqual(
      [...((await changed()) as Map<string, unknown[]>)].map(([what]) => what),
      OURS,
    );
  });

  it('says that a deployment failed, and what the ledger says of it', async () => {
    assertEnding(await deploy('v2.2.0'), { exit: 6, outcome: 'rolled-back' });
    const { deployment, head } = await kept();
    const { ref, statuses } = await newest();
    assert.equal(ref, 'v2.2.0');
    assert.equal(statuses[0]?.description, `${deployment} rolled-back; ${head}`);
    assert.deepEqual(
      statuses.map(({ state }) => state),
      ['failure', 'in_progress', 'in_progress', 'queued'],
    );
  });

  it('is no condition: GitHub’s errors change no outcome, and are said once', async () => {
    await here.fault({ match: { path: '/deployments' }, times: 100, kind: 'status', status: 500 });
    await here.deploy('orin', 'v1.4.0');
    const result = await deploy('v1.5.0');
    assertEnding(result, { exit: 0, outcome: 'confirmed' });
    assertFound(
      result.stderr,
      /warn +the ledger's head was not published: GitHub's answer was lost .*; the next deployment pub/,
    );
    assert.equal(result.stderr.split('not published').length, 2, result.stderr);
  });

  it('goes where hd.yml says: under another name, and into a ref', async () => {
    const orin = { ...here.environment('orin'), github: { environment: 'On site' } };
    const cwd = await here.checkout({ orin }, { ledger: { git_ref: 'refs/hd/ledger' } });
    assertEnding(await here.hd(['rollback', 'orin', '--yes'], { cwd }), { exit: 0, outcome: 'confirmed' });
    assert.equal((await newest('On site')).task, 'rollback');
    assertEnding(await deploy('v1.5.0', cwd), { exit: 0, outcome: 'confirmed' });
    const { deployment, head } = await kept();
    const { statuses } = await newest('On site');
    assert.equal(statuses[0]?.description, `${deployment} confirmed; ${head}`);
    const from = ['--git-dir', bareRepository(here.lab.home)];
    const said = await run(['git', ...from, 'log', '--format=%s', 'refs/hd/ledger/orin']);
    const lines = said.trimEnd().split('\n');
    assert.deepEqual([lines.length, lines[0]], [2, `${deployment} confirmed; ${head}`]);
  });
});
