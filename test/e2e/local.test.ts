import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Docker } from '../../src/lib/lab/docker.ts';
import { run } from '../../src/lib/lab/process.ts';
import { assertEnding, jsonOf } from './support/ending.ts';
import { project, type Project } from './support/project.ts';
import { LOOK, soundOf } from './support/sound.ts';

describe('hosts: [local]', function () {
  this.timeout(60_000);
  let here: Project;
  let cwd: string;
  let directory: string;
  /** No SSH: were it used, it would fail. */
  const env = { HD_SSH_CONFIG: '/dev/null', SSH_AUTH_SOCK: undefined };

  before(async function () {
    this.timeout(600_000);
    here = await project();
    directory = await mkdtemp(join(tmpdir(), 'hd-test-local-'));
    cwd = await here.checkout({
      laptop: {
        extends: 'orin',
        hosts: ['local'],
        directory,
        project: `hd-test-${here.lab.home.id}`,
        compose: ['compose.local.yaml'],
        url: `http://127.0.0.1:${here.localPort}`,
      },
    });
  });
  after(async () => {
    const docker = new Docker(here.lab.lab.dockerHost);
    const ids = await docker.ids('container', `com.docker.compose.project=hd-test-${here.lab.home.id}`);
    if (ids.length > 0) await docker.run(['rm', '--force', ...ids]);
    await rm(directory, { recursive: true, force: true });
  });

  const serves = async (): Promise<string> => {
    const answer = await fetch(`http://127.0.0.1:${here.localPort}/version`);
    return ((await answer.json()) as { version: string }).version;
  };
  const sound = async () => soundOf(await run(['sh', '-c', LOOK, 'look', directory]), 'local');

  it('deploys on this machine, and changes nothing the second time', async () => {
    const deploy = ['deploy', 'laptop', '--tag', 'v1.4.0', '--yes'];
    assertEnding(await here.hd(deploy, { cwd, env }), {
      exit: 0,
      outcome: 'confirmed',
      serves: 'laptop serves v1.4.0 on 1 of 1 host',
      next: ['hd status laptop'],
    });
    assert.equal(await serves(), '1.4.0');
    const { text } = await sound();
    assertEnding(await here.hd(deploy, { cwd, env }), { exit: 0, outcome: 'no change' });
    assert.equal((await sound()).text, text);
    assertEnding(await here.hd(['verify', 'laptop'], { cwd, env }), { exit: 0, outcome: 'verified' });
  });

  it('goes back by itself when the release is not well, and when it is told to', async () => {
    const failed = await here.hd(['deploy', 'laptop', '--tag', 'v2.0.0', '--yes'], { cwd, env });
    assertEnding(failed, {
      exit: 6,
      outcome: 'rolled-back',
      serves: 'laptop serves v1.4.0 on 1 of 1 host, as before',
      says: ['backend is unhealthy'],
    });
    assert.equal(await serves(), '1.4.0');
    await here.deploy('laptop', 'v1.5.0', { cwd, env });
    assert.equal(await serves(), '1.5.0');
    const value = jsonOf(await here.hd(['rollback', 'laptop', '--yes', '--json'], { cwd, env }));
    assert.equal(value['outcome'], 'confirmed');
    assert.equal(await serves(), '1.4.0');
    await sound();
  });
});
