import assert from 'node:assert/strict';
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { Docker } from '../../src/lib/lab/docker.ts';
import { down } from '../../src/lib/lab/down.ts';
import { labHome, labLabel } from '../../src/lib/lab/home.ts';
import { isRunning } from '../../src/lib/lab/process.ts';
import { sshConfigFile } from '../../src/lib/lab/ssh.ts';
import { hostStatus } from '../../src/lib/lab/status.ts';
import { up } from '../../src/lib/lab/up.ts';
import { sharedLab, type TestLab } from '../e2e/support/lab.ts';

type Session = ChildProcessByStdio<Writable, Readable, null>;

describe('the lab', function () {
  this.timeout(120_000);
  let lab: TestLab;

  before(async function () {
    this.timeout(600_000);
    lab = await sharedLab('orin', 'prod-1');
  });
  afterEach(() => lab.reset('orin'));

  /** An SSH session that stays open: what is written comes back. */
  function session(command: string[]): Session {
    return spawn('ssh', ['-F', sshConfigFile(lab.home), ...command], { stdio: ['pipe', 'pipe', 'inherit'] });
  }
  async function nextText(from: Readable): Promise<string> {
    const [chunk] = (await once(from, 'data')) as [Buffer];
    return chunk.toString();
  }

  it('gives each host an address, a host key, a name and an engine of its own', async () => {
    const hosts = lab.lab.hosts;
    assert.deepEqual(
      hosts.map((host) => host.name),
      ['orin', 'prod-1'],
    );
    const engines = await Promise.all(
      hosts.map(({ name }) => lab.ssh(name, 'hostname; docker info --format {{.ID}}')),
    );
    assert.deepEqual(
      engines.map((ran) => ran.stdout.split('\n')[0]),
      ['orin', 'prod-1'],
    );
    for (const own of [
      hosts.map((host) => host.address),
      hosts.map((host) => host.key),
      engines.map((ran) => ran.stdout),
    ]) {
      assert.equal(new Set(own).size, 2, own.join(' | '));
    }
  });

  it('builds and pushes on a tag, under the name that a host pulls by', async () => {
    const commit = await lab.publish('0.1.0');
    const image = `${lab.registry}/acme/healthdelta-backend:v0.1.0`;
    const format = '{{json .Config.Labels}}';
    const pulled = await lab.ssh(
      'orin',
      `docker pull --quiet ${image} && docker image inspect --format '${format}' ${image}`,
    );
    assert.equal(pulled.status, 0, pulled.stderr);
    const labels = JSON.parse(pulled.stdout.split('\n')[1] ?? '') as Record<string, string>;
    assert.equal(labels['org.opencontainers.image.version'], '0.1.0');
    assert.equal(labels['org.opencontainers.image.revision'], commit);
    assert.match(labels['org.opencontainers.image.created'] ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.match(labels['org.opencontainers.image.source'] ?? '', /acme\/healthdelta$/);
  });

  it('loses the packets of a host that is cut, so that a session hangs and goes on once it is mended', async () => {
    const echo = session(['orin', 'cat']);
    echo.stdin.write('before\n');
    assert.equal(await nextText(echo.stdout), 'before\n');
    await lab.cut('orin');
    echo.stdin.write('during\n');
    const refused = await lab.ssh('orin', 'true');
    assert.match(refused.stderr, /timed out/);
    const [status] = await hostStatus(lab.lab);
    assert.equal(status?.state, 'cut');
    const answer = nextText(echo.stdout);
    await lab.mend('orin');
    assert.equal(await answer, 'during\n');
    echo.stdin.end();
    await once(echo, 'exit');
  });

  it('keeps a host’s key and its containers over a reboot', async () => {
    await lab.publish('0.2.0');
    const image = `${lab.registry}/acme/healthdelta-backend:v0.2.0`;
    const started = await lab.ssh(
      'orin',
      `docker run --detach --restart unless-stopped --publish 8000:8000 ${image}`,
    );
    assert.equal(started.status, 0, started.stderr);
    await lab.reboot('orin');
    const after = await lab.ssh('orin', 'docker ps --format {{.Image}}');
    assert.equal(after.stdout, image, after.stderr);
  });

  it('starts what is off, and leaves alone what runs, when it is brought up again', async () => {
    const before = lab.lab;
    await lab.powerOff('orin');
    await lab.stopRegistry();
    assert.equal((await hostStatus(lab.lab))[0]?.state, 'off');
    await lab.trustHostKeys();
    assert.deepEqual(lab.lab, before);
    const reached = await lab.ssh('orin', `curl --silent --fail http://${lab.registry}/v2/`);
    assert.equal(reached.status, 0, reached.stderr);
  });

  it('can fill a host’s disk, and give the room back with what was there', async () => {
    await lab.ssh('orin', 'echo kept >/opt/healthdelta/kept');
    await lab.fillDisk('orin');
    const full = await lab.ssh('orin', 'echo more >/opt/healthdelta/more');
    assert.match(full.stderr, /No space left on device/);
    await lab.freeDisk('orin');
    const free = await lab.ssh(
      'orin',
      'cd /opt/healthdelta && rm -f more && echo more >more && cat kept more && ls',
    );
    assert.equal(free.stdout, 'kept\nmore\nkept\nmore', free.stderr);
  });

  it('can change a host’s key: SSH refuses it until it is trusted again', async () => {
    await lab.changeHostKey('orin');
    assert.match((await lab.ssh('orin', 'true')).stderr, /HOST IDENTIFICATION HAS CHANGED/);
    await lab.trustHostKeys();
    assert.equal((await lab.ssh('orin', 'true')).status, 0);
  });

  it('can stop the registry: nothing can be pulled until it is back', async () => {
    await lab.stopRegistry();
    assert.notEqual(
      (await lab.ssh('orin', `curl --silent --max-time 5 http://${lab.registry}/v2/`)).status,
      0,
    );
    await lab.startRegistry();
    assert.equal((await lab.ssh('orin', `curl --silent --fail http://${lab.registry}/v2/`)).status, 0);
  });

  it('leaves nothing when it is taken down', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'hd-test-lab-'));
    const env = { ...process.env, HD_LAB_HOME: dir };
    const home = labHome(env);
    const other = await up(home, ['solo'], env, { event: () => undefined });
    await down(home, { purge: false }, env);
    const docker = new Docker(other.dockerHost);
    for (const kind of ['container', 'volume', 'network'] as const) {
      assert.deepEqual(await docker.ids(kind, labLabel(home)), [], kind);
    }
    assert.equal(await isRunning(other.github.pid, dir), false);
    assert.equal(existsSync(dir), false);
    assert.equal((await lab.ssh('orin', 'true')).status, 0, 'the other lab is still there');
  });

  describe('its demo service', () => {
    async function serve(version: string, behaviour = ''): Promise<void> {
      await lab.publish(version, behaviour);
      const image = `${lab.registry}/acme/healthdelta-backend:v${version}`;
      const started = await lab.ssh(
        'orin',
        `docker run --detach --name demo --publish 8000:8000 ${image} && ${ANSWERS}`,
      );
      assert.equal(started.status, 0, started.stderr);
    }
    const ANSWERS =
      'curl --silent --retry 50 --retry-delay 0 --retry-all-errors --retry-max-time 10 127.0.0.1:8000/healthz';

    it('says what it is', async () => {
      await serve('0.3.0');
      assert.equal((await lab.httpFromHost('orin', '/ready')).status, 200);
      assert.equal((await lab.httpFromHost('orin', '/health')).status, 200);
      assert.equal((await lab.httpFromHost('orin', '/api/v1/system/status')).status, 200);
      assert.equal((await lab.httpFromHost('orin', '/nowhere')).status, 404);
      const version = JSON.parse((await lab.httpFromHost('orin', '/version')).body) as Record<string, string>;
      assert.equal(version['version'], '0.3.0');
      assert.equal(version['git_sha'], await lab.git('rev-parse', 'HEAD'));
      assert.match(version['built'] ?? '', /Z$/);
    });

    it('finishes the request in flight on SIGTERM and ends with 0', async () => {
      await serve('0.4.0');
      const half = session(['-W', '127.0.0.1:8000', 'orin']);
      half.stdin.write('GET /version HTTP/1.1\r\n');
      // The service has read that half once it answers another connection that came later.
      assert.equal((await lab.httpFromHost('orin', '/healthz')).status, 200);
      await lab.ssh('orin', 'docker kill --signal TERM demo');
      const answer = nextText(half.stdout);
      half.stdin.end('\r\n');
      assert.match(await answer, /^HTTP\/1\.1 200 OK[^]*"version":"0\.4\.0"/);
      assert.equal((await lab.ssh('orin', 'docker wait demo')).stdout, '0');
    });

    it('is unwell as the project’s file says: never ready, lying, noisy', async () => {
      await serve('0.5.0', 'ready=never\nversion=0.0.0\nlog=FATAL out of memory');
      assert.equal((await lab.httpFromHost('orin', '/ready')).status, 503);
      assert.match((await lab.httpFromHost('orin', '/version')).body, /"version":"0\.0\.0"/);
      assert.match((await lab.ssh('orin', 'docker logs demo')).stdout, /^FATAL out of memory$/m);
    });

    it('is short-lived if the file says so', async () => {
      await lab.publish('0.6.0', 'crash-after=0.5');
      const image = `${lab.registry}/acme/healthdelta-backend:v0.6.0`;
      assert.equal((await lab.ssh('orin', `docker run ${image}`)).status, 1);
    });
  });
});
