import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/lib/adapters/clock.ts';
import { createHost } from '../../src/lib/adapters/host/host.ts';
import * as programs from '../../src/lib/adapters/host/programs.ts';
import { createShells } from '../../src/lib/adapters/shells.ts';
import { HdError, LostError } from '../../src/lib/domain/errors.ts';
import { headOf, openSteps, parseJournal, stoppedAt, verifies } from '../../src/lib/domain/journal.ts';
import type { Completed, Effect, Host, Shell, Shells } from '../../src/lib/ports.ts';
import { environment } from '../support/core.ts';
import { Bench, kill, type Sshd } from '../unit/adapters/ssh/sshd.ts';

const holder = { actor: 'login-a', machine: 'build-7', pid: 1, purpose: 'deploy v1.4.0' };
const intent = { deployment: 'd1', stage: 'switch', cause: `digest "differs" \\ 'ü'` };
/** Of 512 bytes. */
const BLOCKS = 4;
const file = { path: 'a', content: Buffer.from('a'), executable: false };

/** What a host writes down of its steps by itself, on this machine and through a real sshd. */
for (const kind of ['local', 'ssh'] as const) {
  describe(`a journal (${kind})`, () => {
    const root = mkdtempSync(join(tmpdir(), 'hd-journal-'));
    let bench: Bench | undefined;
    let server: Sshd | undefined;
    let shells: Shells;
    let shell: Shell;
    let count = 0;

    before(async () => {
      if (kind === 'local') {
        shells = createShells();
        shell = await shells.open({ name: 'here', local: true });
        return;
      }
      bench = new Bench();
      server = await bench.sshd();
      bench.trust(server);
      shells = createShells({ sshConfig: bench.config });
      shell = await shells.open(bench.host('there', server));
    });
    after(async () => {
      await shells.closeAll();
      await bench?.close();
      rmSync(root, { recursive: true, force: true });
    });

    interface Place {
      host: Host;
      dir: string;
      fence: number;
      /** The journal of d1. */
      path: string;
    }

    /** A host with a directory of its own, whose lock is ours. */
    async function locked(dir = join(root, `app ${(count += 1)}`)): Promise<Place> {
      const host = hostOn(shell, dir);
      const taken = await host.lock(holder);
      assert.ok('fence' in taken);
      return { host, dir, fence: taken.fence, path: join(dir, '.hd/journals/d1.jsonl') };
    }

    const run = (
      { host, fence }: Place,
      script: string,
      { args = [], ...rest }: Partial<Effect> & { args?: readonly string[] } = {},
    ): Promise<Completed> =>
      host.effect(
        {
          id: `d1/step-${(count += 1)}`,
          argv: ['sh', '-c', script, 'sh', ...args],
          timeoutMs: 8000,
          alone: true,
          intent,
          ...rest,
        },
        fence,
      );

    const refused = async (doing: Promise<unknown>, code: string): Promise<void> => {
      const error: unknown = await doing.then(
        () => assert.fail('it succeeded'),
        (reason: unknown) => reason,
      );
      assert.ok(error instanceof HdError, String(error));
      assert.equal(error.code, code);
    };

    const stepsOf = async ({ host }: Place) => {
      const journal = parseJournal(await host.journal('d1'));
      assert.deepEqual(journal.strange, []);
      return journal.steps.map(({ what, outcome }) => [what.slice(0, 2).join(' '), outcome?.rc]);
    };

    it('says of each step what it is for before it begins, and how it ended after', async () => {
      const place = await locked();
      const { host, fence, path } = place;
      assert.equal(await host.journal('d1'), '');
      assert.equal(await host.journalHead('d1'), undefined);
      await host.ship('releases/d1', [file], fence, { ...intent, stage: 'ship' });
      const ended = await run(place, 'cat "$1"; exit 3', { id: 'd1/switch-1', args: [path] });
      await host.point('current', 'releases/d1', fence, intent);

      const seen = parseJournal(ended.stdout);
      assert.deepEqual(openSteps(seen), seen.steps.slice(1));
      const { steps } = parseJournal(await host.journal('d1'));
      const told = steps.map(({ at, outcome, ...rest }) => {
        for (const time of [at, outcome?.at ?? '']) assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
        assert.ok(outcome !== undefined && outcome.ms >= 0 && outcome.ms < 60_000);
        return { ...rest, rc: outcome.rc };
      });
      const own = { fence, stage: 'switch', cause: intent.cause };
      const argv = ['sh', '-c', 'cat "$1"; exit 3', 'sh', path];
      assert.deepEqual(told, [
        { ...own, stage: 'ship', line: 1, what: ['ship', 'releases/d1'], rc: 0 },
        { ...own, line: 3, what: argv, id: 'd1/switch-1', rc: 3 },
        { ...own, line: 5, what: ['point', 'current', 'releases/d1'], rc: 0 },
      ]);
      assert.equal(statSync(path).mode & 0o777, 0o600);
      const head = headOf(readFileSync(path, 'utf8'));
      assert.deepEqual([head.lines, await host.journalHead('d1')], [6, head]);
    });

    it('of a deployment is a file of its own, and none is anywhere else', async () => {
      const { host, dir, fence } = await locked();
      for (const deployment of ['d1', 'd2'])
        await host.point('current', 'x', fence, { ...intent, deployment });
      assert.deepEqual(readdirSync(join(dir, '.hd/journals')), ['d1.jsonl', 'd2.jsonl']);
      for (const deployment of ['../d3', 'd3/../../x', '', 'd'])
        await refused(host.point('current', 'x', fence, { ...intent, deployment }), 'bad-deployment');
      await refused(host.journal('../fence'), 'bad-deployment');
    });

    it('does not speak of what was refused', async () => {
      const place = await locked();
      const stale = { ...place, fence: place.fence - 1 };
      await refused(run(stale, 'true'), 'lock-lost');
      await refused(stale.host.ship('releases/d1', [file], stale.fence, intent), 'lock-lost');
      await refused(stale.host.point('current', 'x', stale.fence, intent), 'lock-lost');
      assert.equal(existsSync(place.path), false);
      assert.deepEqual(readdirSync(join(place.dir, 'releases')), []);
    });

    it('gets the end of a step whose watchers are all dead', async () => {
      const place = await locked();
      const flag = join(place.dir, 'flag');
      const script = `echo "$PPID"; until [ -e "$1" ]; do sleep 0.02; done; exit 5`;
      const watched = run(place, script, {
        args: [flag],
        onOutput: (text) => {
          const detached = parentOf(Number(text));
          const watcher = parentOf(detached);
          const follower = childrenOf(watcher).filter((pid) => pid !== detached);
          for (const pid of [...(server?.sessions() ?? []), watcher, ...follower]) kill(pid);
          const { steps } = parseJournal(readFileSync(place.path, 'utf8'));
          assert.equal(steps.at(-1)?.outcome, undefined);
          writeFileSync(flag, '');
        },
      });
      assert.equal((await watched).status, 5);
      assert.deepEqual(await stepsOf(place), [['sh -c', 5]]);
    });

    for (const off of [true, false]) {
      it(`lacks the end of a step that was cut off${off ? ' with all of its host' : ''}, which is told at once`, async () => {
        const place = await locked();
        const watched = run(place, 'echo "$$ $PPID"; exec sleep 600', {
          timeoutMs: 600_000,
          onOutput: (text) => {
            // The shell that follows says later that it was killed.
            if (!/^\d+ \d+$/m.test(text)) return;
            const [own = 0, timeout = 0] = text.trim().split(' ').map(Number);
            const detached = parentOf(timeout);
            const processes = [detached, timeout, own];
            for (const pid of off ? [parentOf(detached), ...processes] : processes) kill(pid);
          },
        });
        await assert.rejects(watched, LostError);
        const journal = parseJournal(await place.host.journal('d1'));
        const { stage, step, ended } = stoppedAt(journal) ?? {};
        assert.deepEqual([stage, step, ended], ['switch', 'sh -c', false]);
        await run(place, 'true');
        assert.deepEqual(await stepsOf(place), [
          ['sh -c', undefined],
          ['sh -c', 0],
        ]);
      });
    }

    it('tells a step that never began from one whose host was off', async () => {
      const { dir } = await locked();
      const asked = async (id: string): Promise<string> => {
        const argv = ['sh', '-c', programs.ATTACH, 'hd', join(dir, '.hd'), id, '600', ''];
        return (await shell.run({ argv })).stdout;
      };
      assert.equal(await asked('d1/none'), '\x1erc cancelled\n');
      mkdirSync(join(dir, '.hd/steps/d1/off'), { recursive: true });
      writeFileSync(join(dir, '.hd/steps/d1/off/out'), 'so far\n');
      assert.equal(await asked('d1/off'), 'so far\n\x1erc gone\n');
    });

    it('drops the line that the power tore, and keeps the hash of what it had', async () => {
      const place = await locked();
      const { host, fence, path } = place;
      await host.point('current', 'x', fence, intent);
      const head = await host.journalHead('d1');
      appendFileSync(path, '{"at":"2026-11-19T15:00:00Z","fen');
      assert.deepEqual(await host.journalHead('d1'), head);
      assert.equal((await stepsOf(place)).length, 1);
      await run(place, 'true');
      assert.equal((await stepsOf(place)).length, 2);
      assert.ok(head !== undefined && verifies(head, await host.journal('d1')));
    });

    it('stays whole when a step is left to itself beside others, and its end comes late', async () => {
      const place = await locked();
      const flag = join(place.dir, 'flag');
      const stop = new AbortController();
      const wait = 'echo on; until [ -e "$1" ]; do sleep 0.02; done';
      const pulls = [1, 2, 3].map(() =>
        run(place, wait, { args: [flag], alone: false, signal: stop.signal }),
      );
      const left = Promise.allSettled(pulls);
      const begun = async (): Promise<void> => {
        while ((await stepsOf(place)).length < 3);
      };
      await begun();
      stop.abort();
      await left;
      await run(place, 'true');
      const head = await place.host.journalHead('d1');
      assert.equal(head?.lines, 5);
      writeFileSync(flag, '');
      const ended = async (): Promise<void> => {
        while ((await stepsOf(place)).some(([, rc]) => rc === undefined));
      };
      await ended();
      const text = await place.host.journal('d1');
      assert.equal(headOf(text).lines, 8);
      assert.ok(verifies(head, text));
    });

    it('lets nothing begin that it has no room for', async () => {
      const place = await locked();
      const { host, dir, fence, path } = place;
      await host.point('current', 'before', fence, intent);
      const before = readFileSync(path, 'utf8');
      // Of the next line a part fits, of the one after it nothing.
      for (const room of [30, 0]) {
        writeFileSync(path, `${before}${'x'.repeat(BLOCKS * 512 - before.length - room - 1)}\n`);
        const full = readFileSync(path, 'utf8');
        const cramped = { ...place, host: hostOn(small(shell), dir) };
        await refused(run(cramped, 'touch "$1"', { args: [join(dir, 'began')] }), 'host-effect');
        await refused(cramped.host.point('current', 'after', fence, intent), 'host-effect');
        await refused(cramped.host.ship('releases/d2', [file], fence, intent), 'host-effect');
        assert.equal(readFileSync(path, 'utf8'), full);
      }
      assert.deepEqual(readdirSync(dir), ['.hd', 'current', 'releases']);
      assert.equal(readlinkSync(join(dir, 'current')), 'before');
      assert.deepEqual(readdirSync(join(dir, 'releases')), []);
    });

    // Only root can give itself a small disk.
    if (process.getuid?.() === 0) {
      it('gets to know how a step ended that filled the disk, and says what is the matter with the next', async () => {
        const disk = mkdtempSync(join(root, 'disk-'));
        const onDisk = (command: string): void => void execFileSync('sh', ['-c', command, 'sh', disk]);
        onDisk('mount -t tmpfs -o size=256k tmpfs "$1"');
        try {
          const place = await locked(join(disk, 'app'));
          await place.host.ship('releases/d1', [file], place.fence, intent);
          const ended = await run(place, 'cat /dev/zero > "$1"; exit 9', { args: [join(disk, 'ballast')] });
          assert.equal(ended.status, 9);
          await refused(run(place, 'true'), 'disk-full');
          await refused(place.host.ship('releases/d2', [file], place.fence, intent), 'disk-full');
          assert.deepEqual(readdirSync(join(disk, 'app/releases')), ['d1']);
        } finally {
          onDisk('umount -l "$1"');
        }
      });
    }
  });
}

function hostOn(shell: Shell, directory: string): Host {
  return createHost(shell, environment({ directory }), { clock: systemClock, reconnectMs: 5000 });
}

/** The same machine, where no file may grow beyond this: every write after it fails. */
function small(shell: Shell): Shell {
  const limited = ['sh', '-c', `trap '' XFSZ; ulimit -f ${BLOCKS}; exec "$@"`, 'sh'];
  return {
    host: shell.host,
    run: ({ argv, ...rest }, options) => shell.run({ argv: [...limited, ...argv], ...rest }, options),
    connect: (...where) => shell.connect(...where),
    typed: (command) => shell.typed(command),
    close: () => shell.close(),
  };
}

function parentOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/stat`, 'latin1').split(' ')[3]);
}

function childrenOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1');
  return children.trim().split(' ').filter(Boolean).map(Number);
}
