import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Docker } from '../../src/lib/lab/docker.ts';
import { run } from '../../src/lib/lab/process.ts';
import { assertEnding, jsonOf } from '../e2e/support/ending.ts';
import { project, type Project } from '../e2e/support/project.ts';
import { LOOK, soundOf } from '../e2e/support/sound.ts';
import { Held } from './support/held.ts';
import { assertRecorded, leftHere, type Left } from './support/left.ts';
import { report } from './support/report.ts';

/** A self-hosted runner that is a host of the environment itself. */
describe('a job that GitHub Actions cancels, on the host itself', function () {
  this.timeout(90_000);
  let here: Project;
  let cwd: string;
  let directory: string;
  const env = { HD_SSH_CONFIG: '/dev/null', SSH_AUTH_SOCK: undefined };

  before(async function () {
    this.timeout(600_000);
    here = await project();
    directory = await mkdtemp(join(tmpdir(), 'hd-test-runner-'));
    cwd = await here.checkout({
      runner: {
        extends: 'orin',
        hosts: ['local'],
        directory,
        project: `hd-runner-${here.lab.home.id}`,
        compose: ['compose.local.yaml'],
        url: `http://127.0.0.1:${here.localPort}`,
      },
    });
    await here.deploy('runner', 'v1.4.0', { cwd, env });
  });
  after(async () => {
    await new Docker(here.lab.lab.dockerHost).run(['rm', '--force', ...(await containers())]);
    await rm(directory, { recursive: true, force: true });
  });

  /** Of this environment. */
  const containers = (): Promise<string[]> =>
    new Docker(here.lab.lab.dockerHost).ids(
      'container',
      `com.docker.compose.project=hd-runner-${here.lab.home.id}`,
    );
  const left = (): Promise<Left> => leftHere(directory, here.lab.lab.dockerHost);
  const serves = async (): Promise<string | undefined> => {
    const answer = await fetch(`http://127.0.0.1:${here.localPort}/version`).catch(() => undefined);
    return answer?.ok === true ? ((await answer.json()) as { version: string }).version : undefined;
  };

  it('lets the step that was begun come to its end, and hd resume finish the rest', async () => {
    const held = await unfinishedRequest(here.localPort);
    try {
      const stop = { key: 'switch on local', moment: 'sent' } as const;
      const tracking = `github_${randomUUID()}`;
      const job = { RUNNER_TRACKING_ID: tracking, GITHUB_ACTIONS: 'true', GITHUB_RUN_ID: '11873420118' };
      const running = new Held(['deploy', 'runner', '--tag', 'v1.5.0', '--yes'], {
        ...{ cwd, env: { ...here.env, ...env, ...job }, stops: [stop] },
      });
      await running.reaches(stop);
      await here.waitFor('the step runs', async () => (await left()).running.length === 1);

      // A cancelled job's processes get a SIGINT, some seconds later a SIGTERM, and then the runner ends what is left.
      running.signal('SIGINT');
      await running.says(/stopping at the next safe point/);
      running.signal('SIGTERM');
      const killed = await killTracked(tracking);
      assert.ok(
        killed.some((line) => line.includes('bin/dev.js')),
        killed.join('\n'),
      );
      assert.ok(
        killed.some((line) => line.startsWith('sh ')),
        `what follows the step: ${killed.join('\n')}`,
      );
      assert.equal((await running.end()).exit, -1);
      assert.equal((await left()).running.length, 1, 'the step was ended with the job');
    } finally {
      held.destroy();
    }

    await here.waitFor('the step has ended, and the service answers', async () => {
      const [{ running }, version] = await Promise.all([left(), serves()]);
      return running.length === 0 && version === '1.5.0';
    });
    assertRecorded(await left(), 'this machine');
    const status = jsonOf(await here.hd(['status', 'runner', '--json'], { cwd, env }));
    const [{ unfinished }] = status['environments'] as [{ unfinished?: { deployment: string } }];
    assert.equal(unfinished?.deployment, 'd2');
    const resumed = await here.hd(['resume', 'runner', '--yes'], { cwd, env });
    assertEnding(resumed, { exit: 0, outcome: 'confirmed', serves: 'runner serves v1.5.0 on 1 of 1 host' });
    assert.equal(await serves(), '1.5.0');
    soundOf(await run(['sh', '-c', LOOK, 'look', directory]), 'local');
    report({
      ...{ fault: 'a cancelled Actions job', operation: 'deploy on the runner', moment: 'during switch' },
      ...{ exit: null, outcome: 'the step came to its end', recovered: 'hd resume' },
    });
  });
});

/** Keeps the container that serves from stopping before its grace period is over: a switch takes that long. */
async function unfinishedRequest(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  await once(socket, 'connect');
  socket.write('GET /');
  return socket;
}

/** As the runner does: SIGKILL for every process whose environment has the job's variable; gives back their commands. */
async function killTracked(id: string): Promise<string[]> {
  const killed: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const read = (file: string): Promise<string> => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
    if (!(await read('environ')).split('\0').includes(`RUNNER_TRACKING_ID=${id}`)) continue;
    killed.push((await read('cmdline')).replaceAll('\0', ' '));
    process.kill(Number(pid), 'SIGKILL');
  }
  return killed;
}
