import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/lib/adapters/clock.ts';
import { createHost } from '../../src/lib/adapters/host/host.ts';
import { createShells } from '../../src/lib/adapters/shells.ts';
import { Secret } from '../../src/lib/domain/secret.ts';
import type { Completed, Host } from '../../src/lib/ports.ts';
import { environment } from '../support/core.ts';

/** Docker's commands, told apart by what they see: an engine and a registry are the lab's. */
const DOCKER = `#!/bin/sh
case $1 in
context) echo far; exit ;;
esac
[ -n "$DOCKER_CONFIG" ] && cd "$DOCKER_CONFIG" || exit 9
stat -c '%a %n' . config.json
cat config.json
ls -d cli-plugins contexts
echo "context $DOCKER_CONTEXT"
tr '\\0' ' ' < /proc/$PPID/cmdline
[ ! -e "$HOLD" ] || { touch "$HOLD.seen"; while [ -e "$HOLD" ]; do sleep 0.05; done; }
`;

describe('a login for one pull on a host', () => {
  const root = mkdtempSync(join(tmpdir(), 'hd-login-'));
  const operator = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    DOCKER_CONFIG: process.env['DOCKER_CONFIG'],
  };
  const hold = join(root, 'hold');
  let host: Host;
  let fence: number;
  let count = 0;

  before(async () => {
    for (const name of ['bin', 'home/.docker/cli-plugins', 'home/.docker/contexts'])
      mkdirSync(join(root, name), { recursive: true });
    writeFileSync(join(root, 'bin', 'docker'), DOCKER);
    chmodSync(join(root, 'bin', 'docker'), 0o755);
    Object.assign(process.env, {
      PATH: `${join(root, 'bin')}:${operator.PATH ?? ''}`,
      HOME: join(root, 'home'),
      HOLD: hold,
    });
    delete process.env['DOCKER_CONFIG'];
    const login = { username: 'ana', password: new Secret('hunter2-of-the-registry') };
    const shell = await createShells().open({ name: 'here', local: true });
    host = createHost(shell, environment({ directory: join(root, 'app') }), {
      clock: systemClock,
      reconnectMs: 1000,
      logins: new Map([
        ['ghcr.io', login],
        ['docker.io', login],
      ]),
    });
    const taken = await host.lock({ actor: 'login-a', machine: 'm', pid: 1, purpose: 'pull' });
    assert.ok('fence' in taken);
    ({ fence } = taken);
  });
  after(() => {
    for (const [name, value] of Object.entries(operator)) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
    delete process.env['HOLD'];
    rmSync(root, { recursive: true });
  });

  const pull = (image: string, signal?: AbortSignal): Promise<Completed> => {
    count += 1;
    const intent = { deployment: 'd1', stage: 'pull', cause: 'not on the host' };
    const step = {
      id: `d1/pull-${count}`,
      argv: ['docker', 'pull', image],
      timeoutMs: 8000,
      alone: false,
      intent,
    };
    return host.effect({ ...step, ...(signal === undefined ? {} : { signal }) }, fence);
  };
  const logins = (): string[] =>
    readdirSync(join(root, 'app', '.hd')).filter((name) => name.startsWith('docker.'));
  const auth = Buffer.from('ana:hunter2-of-the-registry').toString('base64');

  it('is in a file that only its user can read, with the rest of the configuration, and in no argument', async () => {
    const { status, stdout } = await pull('ghcr.io/acme/backend@sha256:1');
    assert.equal(status, 0);
    const [folder, file, text = '', ...rest] = stdout.split('\n');
    assert.deepEqual([folder, file], ['700 .', '600 config.json']);
    assert.deepEqual(JSON.parse(text), { auths: { 'ghcr.io': { auth } } });
    assert.deepEqual(rest.slice(0, 3), ['cli-plugins', 'contexts', 'context far']);
    assert.match(rest[3] ?? '', /docker pull/);
    assert.ok(!rest.join('\n').includes(auth));
    assert.deepEqual(logins(), []);
  });

  it('of the Hub has the name that Docker looks for', async () => {
    assert.match((await pull('postgres@sha256:1')).stdout, /"https:\/\/index\.docker\.io\/v1\/"/);
  });

  it('is not given to a pull from elsewhere', async () => {
    const { status, stdout } = await pull('quay.io/acme/backend@sha256:1');
    assert.deepEqual([status, stdout.includes(auth)], [9, false]);
  });

  it('outlives the operator with its step, and goes with it', async () => {
    writeFileSync(hold, '');
    const away = new AbortController();
    const watched = pull('ghcr.io/acme/backend@sha256:2', away.signal);
    while (!existsSync(`${hold}.seen`)) await systemClock.sleep(20);
    away.abort();
    await assert.rejects(watched);
    assert.equal(logins().length, 1);
    rmSync(hold);
    while (logins().length > 0) await systemClock.sleep(20);
  });

  it('goes at once with a step that can not begin', async () => {
    const step = { argv: ['docker', 'pull', 'ghcr.io/acme/backend@sha256:3'], timeoutMs: 8000, alone: false };
    const intent = { deployment: 'd1', stage: 'pull', cause: 'not on the host' };
    const steps = join(root, 'app', '.hd', 'steps');
    mkdirSync(steps, { recursive: true });
    writeFileSync(join(steps, 'd9'), 'a file where a directory must be');
    await assert.rejects(host.effect({ ...step, id: 'd9/pull', intent }, fence), { code: 'host-effect' });
    assert.deepEqual(logins(), []);
  });

  it('that a killed step has left goes with the next lock, and with what is pruned', async () => {
    const left = join(root, 'app', '.hd', 'docker.4711');
    mkdirSync(left);
    await host.prune({ releases: [], files: [], images: [], repositories: [] }, fence);
    assert.deepEqual(logins(), []);
    mkdirSync(left);
    await host.unlock(fence);
    assert.ok('fence' in (await host.lock({ actor: 'login-a', machine: 'm', pid: 1, purpose: 'next' })));
    assert.deepEqual(logins(), []);
  });
});
