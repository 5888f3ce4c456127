import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/lib/adapters/clock.ts';
import { createHost, type HostOptions } from '../../src/lib/adapters/host/host.ts';
import { createShells } from '../../src/lib/adapters/shells.ts';
import { canonical, sha256 } from '../../src/lib/domain/canonical.ts';
import { HdError } from '../../src/lib/domain/errors.ts';
import type { Stage } from '../../src/lib/domain/plan.ts';
import { execute } from '../../src/lib/engine/execute.ts';
import type { Execution } from '../../src/lib/engine/execution.ts';
import type { Host, Shell, Shells } from '../../src/lib/ports.ts';
import { digest, entry, environment, observed } from '../support/core.ts';
import { Recorder } from '../unit/engine/fakes.ts';
import { Bench, type Sshd } from '../unit/adapters/ssh/sshd.ts';

const holder = { actor: 'login-a', machine: 'build-7', pid: 1, purpose: 'deploy v1.4.0' };
const INTENT = { deployment: 'd1', stage: 'switch', cause: 'digest differs' };

const CONTAINER = {
  id: 'c1',
  name: '/app-backend-1',
  image: 'ghcr.io/acme/backend:dev',
  imageId: digest('1d'),
  state: 'running',
  health: null,
  exitCode: 0,
  startedAt: '2020-01-01T00:00:00Z',
  restarts: 0,
  restartPolicy: 'always',
  service: 'backend',
  oneoff: 'False',
  configFiles: null,
};

/** Stands for docker; the first that asks it loses the session that it asks in, before there is an answer. */
const DOCKER = `#!/bin/sh
if mkdir "$0.asked" 2>/dev/null; then
  p=$$
  until read -r name < /proc/$p/comm; case $name in sshd*) true ;; *) false ;; esac; do
    p=$(cut -d ' ' -f 4 /proc/$p/stat)
  done
  kill -9 "$p"
  exit 1
fi
case "$*" in
  *health=starting*) ;;
  ps*) echo c1 ;;
  inspect*) printf '/var/lib/docker/containers/c1/hostname\\n%s\\n' '${JSON.stringify(CONTAINER)}' ;;
esac
`;

describe('a host that is lost while hd works on it', () => {
  const root = mkdtempSync(join(tmpdir(), 'hd-reconnect-'));
  const bench = new Bench();
  let server: Sshd;
  let shells: Shells;
  let shell: Shell;
  let count = 0;

  before(async () => {
    mkdirSync(join(root, 'bin'));
    writeFileSync(join(root, 'bin', 'docker'), DOCKER, { mode: 0o755 });
    server = await bench.sshd(`SetEnv PATH=${join(root, 'bin')}:/usr/bin:/bin`);
    bench.trust(server);
    shells = createShells({ sshConfig: bench.config });
    shell = await shells.open(bench.host('there', server));
  });
  after(async () => {
    await shells.closeAll();
    await bench.close();
    rmSync(root, { recursive: true, force: true });
  });

  /** A host whose lock is ours; `silent` resolves when it is tried in vain. */
  async function held(reconnectMs: number) {
    const silent = Promise.withResolvers<undefined>();
    const told: string[] = [];
    const options: HostOptions = {
      clock: systemClock,
      reconnectMs,
      onSilence: (silence) => {
        told.push(silence === undefined ? 'answers' : 'silent');
        silent.resolve(undefined);
      },
    };
    count += 1;
    const host = createHost(shell, environment({ directory: join(root, `app-${count}`) }), options);
    const taken = await host.lock(holder);
    assert.ok('fence' in taken);
    return { host, fence: taken.fence, silent: silent.promise, told };
  }

  const failure = (doing: Promise<unknown>): Promise<HdError> =>
    doing.then(
      () => assert.fail('it succeeded'),
      (error: unknown) => {
        assert.ok(error instanceof HdError, String(error));
        return error;
      },
    );

  it('settles all the same when its session dies under the question', async () => {
    const { host, fence, told } = await held(30_000);
    const stage: Stage = {
      name: 'switch',
      hosts: [host.name],
      what: 'backend',
      because: 'digest differs',
      steps: [
        {
          host: host.name,
          cause: 'digest differs',
          action: { kind: 'settle', project: 'app', services: ['backend'], timeoutMs: 60_000, settleMs: 0 },
        },
        {
          host: host.name,
          cause: 'digest differs',
          action: { kind: 'point', link: 'current', target: 'releases/d1' },
        },
      ],
    };
    const execution: Execution = {
      clock: systemClock,
      reporter: new Recorder(),
      signal: new AbortController().signal,
      hosts: new Map([[host.name, host]]),
      observed: new Map([[host.name, observed({ host: host.name })]]),
      fence: () => fence,
      deployment: 'd1',
      blobs: new Map(),
      layers: new Map(),
      serves: () => 'v1.3.2',
      replacing: () => () => undefined,
      switched: () => undefined,
      begun: new Set(),
    };
    assert.equal(await execute([stage], execution), undefined);
    assert.deepEqual(told, ['silent', 'answers']);
  });

  it('is written to, shipped to and switched once it is back', async () => {
    const { host, fence, silent, told } = await held(30_000);
    const line = canonical(entry({ kind: 'started' }));
    await server.stop();
    const doing = Promise.all([
      host.append([line], undefined, fence),
      host.ship('releases/d1', [{ path: 'a', content: Buffer.from('a'), executable: false }], fence, INTENT),
      host.effect(
        { id: 'd1/switch-1', argv: ['echo', 'up'], timeoutMs: 20_000, alone: true, intent: INTENT },
        fence,
      ),
    ]);
    await silent;
    await server.start();
    const [appended, , ran] = await doing;
    assert.equal(appended, true);
    assert.deepEqual([ran.status, ran.stdout], [0, 'up\n']);
    assert.deepEqual(
      (await host.ledger()).map(({ hash }) => hash),
      [sha256(line)],
    );
    assert.equal(Buffer.from((await host.read('releases/d1', ['a']))[0] ?? []).toString(), 'a');
    assert.equal(told.at(-1), 'answers');
  });

  it('is given up after --reconnect, and at once where nothing is held', async () => {
    const { host, fence } = await held(300);
    await server.stop();
    try {
      for (const doing of [
        () => host.observe(),
        () => host.point('current', 'releases/d1', fence, INTENT),
        () =>
          host.effect({ id: 'd1/a', argv: ['true'], timeoutMs: 20_000, alone: true, intent: INTENT }, fence),
      ]) {
        const error = await failure(doing());
        assert.match(
          error.message,
          /^there: no answer since \d\d:\d\d:\d\dZ, tried again for 300ms \(--reconnect\)$/,
        );
        assert.equal(error.exit, 9);
        assert.deepEqual(error.next[0]?.command, ['ssh', '-F', bench.config, 'there', 'true']);
      }
      const other: Host = createHost(shell, environment(), { clock: systemClock, reconnectMs: 60_000 });
      const error = await failure(other.observe());
      assert.match(error.message, /refused the connection, 3 tries$/);
      assert.equal(error.exit, 11);
    } finally {
      await server.start();
    }
  });
});
