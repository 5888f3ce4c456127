import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { systemClock } from '../../src/lib/adapters/clock.ts';
import { createHost } from '../../src/lib/adapters/host/host.ts';
import * as programs from '../../src/lib/adapters/host/programs.ts';
import { createShells } from '../../src/lib/adapters/shells.ts';
import { canonical, sha256 } from '../../src/lib/domain/canonical.ts';
import { HdError, InterruptedError, LostError } from '../../src/lib/domain/errors.ts';
import type { Completed, Host, Shell, Shells } from '../../src/lib/ports.ts';
import { entry, environment } from '../support/core.ts';
import { Bench, kill, type Sshd } from '../unit/adapters/ssh/sshd.ts';

const holder = { actor: 'login-a', machine: 'build-7', pid: 1, purpose: 'deploy v1.4.0' };
const intent = { deployment: 'd1', stage: 'switch', cause: 'digest differs' };
const bytes = (text: string) => ({ path: text, content: Buffer.from(text), executable: false });

/** What hd does on a host, on this machine and through a real sshd; what needs Docker is shown on the lab. */
for (const kind of ['local', 'ssh'] as const) {
  describe(`a host (${kind})`, () => {
    const root = mkdtempSync(join(tmpdir(), 'hd-host-'));
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

    /** A host with a directory of its own, whose lock is ours. */
    async function locked(): Promise<{ host: Host; dir: string; fence: number }> {
      const { host, dir } = fresh();
      const taken = await host.lock(holder);
      assert.ok('fence' in taken);
      return { host, dir, fence: taken.fence };
    }

    function fresh(): { host: Host; dir: string } {
      count += 1;
      const dir = join(root, `app ${count}`);
      const host = createHost(shell, environment({ directory: dir }), {
        clock: systemClock,
        reconnectMs: 5000,
      });
      return { host, dir };
    }

    const refused = async (doing: Promise<unknown>, code: string): Promise<HdError> => {
      const error: unknown = await doing.then(
        () => assert.fail('it succeeded'),
        (reason: unknown) => reason,
      );
      assert.ok(error instanceof HdError, String(error));
      assert.equal(error.code, code);
      return error;
    };

    const program = (text: string, args: readonly (string | number)[], stdin: string): Promise<Completed> =>
      shell.run({ argv: ['sh', '-c', text, 'hd', ...args.map(String)], stdin });

    const run = (
      host: Host,
      fence: number,
      script: string,
      rest: Partial<Parameters<Host['effect']>[0]> & { args?: string[] } = {},
    ): Promise<Completed> => {
      const { args = [], ...more } = rest;
      count += 1;
      return host.effect(
        {
          id: `d1/step-${count}`,
          argv: ['sh', '-c', script, 'sh', ...args],
          timeoutMs: 8000,
          alone: true,
          intent,
          ...more,
        },
        fence,
      );
    };

    describe('locks', () => {
      it('for one operator at a time, with a number that only grows', async () => {
        const { host, dir, fence } = await locked();
        const other = { ...holder, actor: 'login-b' };
        const held = await host.lock(other);
        assert.ok('held' in held);
        assert.deepEqual(
          [held.held.holder, held.held.fence, held.held.expires - held.held.since],
          [holder, fence, 30],
        );
        await host.unlock(fence);
        assert.deepEqual(await host.lock(other), { fence: fence + 1 });
        assert.equal(statSync(join(dir, '.hd')).mode & 0o077, 0);
      });

      it('and renews only its own lease', async () => {
        const { host, dir, fence } = await locked();
        const file = join(dir, '.hd', 'lock');
        writeFileSync(file, readFileSync(file, 'utf8').replace(/"expires":\d+/, '"expires":17'));
        assert.equal(await host.renew(fence), true);
        const { expires } = JSON.parse(readFileSync(file, 'utf8')) as { expires: number };
        assert.ok(Math.abs(expires - Date.now() / 1000 - 30) < 10);
        assert.equal(await host.renew(fence + 1), false);
        await host.unlock(fence + 1);
        assert.ok(existsSync(file));
        await host.unlock(fence);
        assert.equal(await host.renew(fence), false);
      });

      it('and replaces a lease that ran out, and says whose it was', async () => {
        const { host, dir, fence } = await locked();
        const file = join(dir, '.hd', 'lock');
        writeFileSync(file, readFileSync(file, 'utf8').replace(/"expires":\d+/, '"expires":17'));
        const taken = await host.lock({ ...holder, purpose: 'say "expires":99999999999' });
        assert.ok('fence' in taken && taken.fence === fence + 1);
        assert.deepEqual([taken.replaced?.holder, taken.replaced?.expires], [holder, 17]);
        assert.equal(await host.renew(fence), false);
      });

      it('and takes a lock file that says nothing for none', async () => {
        const { host, dir, fence } = await locked();
        writeFileSync(join(dir, '.hd', 'lock'), 'noise');
        assert.deepEqual(await host.lock(holder), { fence: fence + 1 });
      });

      it('so that every effect of a stale operator is refused by the host', async () => {
        const { host, dir, fence } = await locked();
        await host.ship('releases/d1', [bytes('a')], fence, intent);
        await host.unlock(fence);
        await host.lock(holder);
        const flag = join(dir, 'flag');
        await refused(host.ship('releases/d2', [bytes('a')], fence, intent), 'lock-lost');
        await refused(host.point('current', 'releases/d1', fence, intent), 'lock-lost');
        await refused(run(host, fence, 'touch "$1"', { args: [flag] }), 'lock-lost');
        await refused(
          host.prune({ releases: [], files: [], images: [], repositories: [] }, fence),
          'lock-lost',
        );
        assert.deepEqual(readdirSync(dir), ['.hd', 'releases']);
        assert.deepEqual(readdirSync(join(dir, 'releases')), ['d1']);
      });
    });

    describe('ships', () => {
      it('files with their bytes, names and modes, and reads them back', async () => {
        const { host, dir, fence } = await locked();
        const content = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 256));
        const names = ['run.sh', 'a b/ü $(id) `x`.txt', "it's", '-n', 'done', 'deep/er/file', 'back\\slash'];
        const files = names.map((path, index) => ({
          path,
          content: index === 0 ? content : Buffer.from(path),
          executable: index === 0,
        }));
        await host.ship(
          'releases/d1',
          [...files, { path: 'empty', content: new Uint8Array(), executable: false }],
          fence,
          intent,
        );
        const read = await host.read('releases/d1', [...names, 'empty']);
        assert.deepEqual(
          read.map((each) => Buffer.from(each)),
          [...files.map((each) => each.content), Buffer.alloc(0)],
        );
        assert.deepEqual(
          ['run.sh', "it's", 'deep'].map((name) => statSync(join(dir, 'releases/d1', name)).mode & 0o777),
          [0o755, 0o644, 0o755],
        );
      });

      it('all of a directory in place of what was there', async () => {
        const { host, dir, fence } = await locked();
        await host.ship('releases/d1', [bytes('old'), bytes('both')], fence, intent);
        await host.ship('releases/d1', [bytes('both')], fence, intent);
        assert.deepEqual(readdirSync(join(dir, 'releases')), ['d1']);
        assert.deepEqual(readdirSync(join(dir, 'releases/d1')), ['both']);
      });

      it('nothing that the connection cut', async () => {
        const { host, dir, fence } = await locked();
        await host.ship('releases/d1', [bytes('kept')], fence, intent);
        const hd = join(dir, '.hd');
        for (const cut of ['', '4 644 a\nab', '4 644 a\nabcd', '4 644 a\nabcd4 644']) {
          const { status } = await program(
            programs.SHIP,
            [hd, fence, 'd1', '{}', join(dir, 'releases/d1')],
            cut,
          );
          assert.equal(status, 74, JSON.stringify(cut));
        }
        assert.deepEqual(readdirSync(join(dir, 'releases')), ['d1']);
        assert.deepEqual(readdirSync(join(dir, 'releases/d1')), ['kept']);
      });

      it('nothing outside of its directory', async () => {
        const { host, dir, fence } = await locked();
        for (const path of ['../up', 'a/../../up', '/etc/hd-up', '', '.', 'a//b', 'a\nb', ' a', 'a ']) {
          const error = await refused(
            host.ship('releases/d1', [{ ...bytes('x'), path }], fence, intent),
            'bad-path',
          );
          assert.ok(error.message.startsWith(JSON.stringify(path)));
        }
        for (const path of ['../up', '/etc/hd-up', 'a/../../up', './a']) {
          const { status } = await program(
            programs.SHIP,
            [join(dir, '.hd'), fence, 'd1', '{}', join(dir, 'releases/d1')],
            `1 644 ${path}\nxdone\n`,
          );
          assert.equal(status, 74, path);
        }
        assert.deepEqual(readdirSync(dir).sort(), ['.hd', 'releases']);
        assert.deepEqual(readdirSync(join(dir, 'releases')), []);
      });

      it('nothing that keeps others waiting while it is on its way', async () => {
        const { host, dir, fence } = await locked();
        const args = [join(dir, '.hd'), String(fence), 'd1', '{}', join(dir, 'releases/d1')];
        const upload = spawn('sh', ['-c', programs.SHIP, 'hd', ...args], {
          stdio: ['pipe', 'ignore', 'inherit'],
        });
        const ended = once(upload, 'exit');
        upload.stdin.write('4 644 a\nab');
        const half = join(dir, `releases/d1.new.${upload.pid}/a`);
        while (!existsSync(half)) await setImmediate();
        await host.ship('releases/d1', [bytes('whole')], fence, intent);
        upload.stdin.end();
        assert.deepEqual(await ended, [74, null]);
        assert.deepEqual(readdirSync(join(dir, 'releases')), ['d1']);
        assert.deepEqual(readdirSync(join(dir, 'releases/d1')), ['whole']);
      });

      it('and says which file it can not read', async () => {
        const { host, fence } = await locked();
        await host.ship('releases/d1', [bytes('a')], fence, intent);
        await refused(host.read('releases/d1', ['a', 'gone']), 'host-effect');
        await refused(host.read('releases/d2', ['a']), 'host-effect');
      });
    });

    it('points a symlink from one release to the next', async () => {
      const { host, dir, fence } = await locked();
      for (const id of ['d1', 'd2', 'd1']) {
        await host.ship(`releases/${id}`, [bytes(id)], fence, intent);
        await host.point('current', `releases/${id}`, fence, intent);
        assert.equal(readlinkSync(join(dir, 'current')), `releases/${id}`);
      }
      assert.deepEqual(readdirSync(dir).sort(), ['.hd', 'current', 'releases']);
    });

    describe('keeps a ledger', () => {
      const line = (n: number, prev?: string) =>
        canonical(entry({ deployment: `d${n}`, ...(prev === undefined ? {} : { prev }) }));
      const held = async (): Promise<ReturnType<typeof fresh> & { fence: number }> => {
        const made = fresh();
        const taken = await made.host.lock(holder);
        assert.ok('fence' in taken);
        return { ...made, fence: taken.fence };
      };

      it('whose lines follow each other, and refuses one that does not', async () => {
        const { host, fence } = await held();
        assert.deepEqual(await host.ledger(), []);
        const first = line(1);
        assert.equal(await host.append([first], undefined, fence), true);
        const second = line(2, sha256(first));
        assert.equal(await host.append([second], sha256(first), fence), true);
        for (const prev of [undefined, sha256(first), sha256('other')]) {
          assert.equal(await host.append([line(3)], prev, fence), false);
        }
        const lines = await host.ledger();
        assert.deepEqual(
          lines.map((each) => each.entry.deployment),
          ['d1', 'd2'],
        );
        assert.deepEqual(
          lines.map((each) => each.hash),
          [sha256(first), sha256(second)],
        );
        const third = line(3, sha256(second));
        const fourth = line(4, sha256(third));
        assert.equal(await host.append([third, fourth], sha256(second), fence), true);
        assert.equal((await host.ledger()).length, 4);
      });

      it('to which a line whose answer was lost is not written twice', async () => {
        const { host, fence } = await held();
        const lines = [line(1), line(2, sha256(line(1)))];
        assert.equal(await host.append(lines, undefined, fence), true);
        assert.equal(await host.append(lines, undefined, fence), true);
        assert.equal((await host.ledger()).length, 2);
      });

      it('to which nobody writes whose lease was taken over', async () => {
        const { host, fence } = await held();
        const error = await refused(host.append([line(1)], undefined, fence - 1), 'lock-lost');
        assert.equal(error.exit, 8);
        assert.deepEqual(await host.ledger(), []);
      });

      it('that a cut connection leaves as it was', async () => {
        const { host, dir, fence } = await held();
        await host.append([line(1)], undefined, fence);
        const whole = readFileSync(join(dir, '.hd/ledger.jsonl'), 'utf8');
        const args = [join(dir, '.hd'), sha256(line(1)), sha256('next'), fence, 500];
        const cut = await program(programs.APPEND, args, '{"v":1,"at":');
        assert.equal(cut.status, 74);
        assert.equal(readFileSync(join(dir, '.hd/ledger.jsonl'), 'utf8'), whole);
        assert.equal(await host.append([line(2, sha256(line(1)))], sha256(line(1)), fence), true);
      });

      for (const [what, text] of [
        ['an entry', programs.APPEND],
        ['another ledger', programs.ADOPT],
      ] as const)
        it(`to which others write while ${what} stays on its way`, async () => {
          const { host, dir, fence } = await held();
          await host.append([line(1)], undefined, fence);
          const hd = join(dir, '.hd');
          const args = [hd, sha256(line(1)), ...(text === programs.APPEND ? [sha256(line(2))] : [])];
          const hanging = spawn('sh', ['-c', text, 'hd', ...args, String(fence), '500'], {
            stdio: ['pipe', 'ignore', 'inherit'],
          });
          const ended = once(hanging, 'exit');
          hanging.stdin.write('{"v":1,"at":');
          const coming = (): string[] => readdirSync(hd).filter((name) => name.startsWith('ledger.new'));
          while (coming().length === 0) await setImmediate();
          assert.equal(await host.append([line(2, sha256(line(1)))], sha256(line(1)), fence), true);
          hanging.stdin.end();
          assert.deepEqual(await ended, [74, null]);
          assert.deepEqual(coming(), []);
        });

      it('to which nobody writes while the lock is being taken over', async () => {
        const { host, dir, fence } = await held();
        const hd = join(dir, '.hd');
        const script =
          'exec 8>>"$1/lock.mutex"; flock 8; echo locked; read -r go; echo "$2" > "$1/fence"; echo raised';
        const taking = spawn('sh', ['-c', script, 'sh', hd, String(fence + 1)], {
          stdio: ['pipe', 'pipe', 'inherit'],
        });
        await once(taking.stdout, 'data');
        const stale = { settled: false };
        const append = host.append([line(1)], undefined, fence).finally(() => (stale.settled = true));
        append.catch(() => undefined);
        const writing = (): boolean =>
          existsSync(join(hd, 'ledger.mutex')) &&
          spawnSync('flock', ['-n', join(hd, 'ledger.mutex'), 'true']).status !== 0;
        while (!stale.settled && !writing()) await setImmediate();
        taking.stdin.end('go\n');
        await refused(append, 'lock-lost');
        assert.deepEqual(await host.ledger(), []);
      });

      it('whose name is on the disk before its first line is acknowledged', async () => {
        const { dir, fence } = await held();
        const hd = join(dir, '.hd');
        const told = join(dir, 'synced');
        const script = `sync() { echo "$*" >> '${told}'; }${programs.APPEND}`;
        for (const [n, prev] of [
          [1, ''],
          [2, sha256(line(1))],
        ] as const) {
          const text = `${line(n, prev === '' ? undefined : prev)}\n`;
          const args = [hd, prev, sha256(text.trimEnd()), fence, Buffer.byteLength(text)];
          assert.equal((await program(script, args, text)).status, 0);
        }
        const ledger = join(hd, 'ledger.jsonl');
        assert.deepEqual(readFileSync(told, 'utf8').trim().split('\n'), [ledger, hd, ledger]);
      });

      it('whose end tells what was done, however often a gate refused since', async () => {
        const { host, dir, fence } = await held();
        let prev: string | undefined;
        const kinds = ['planned', 'started', 'finished', 'refused', 'refused', 'refused', 'refused'] as const;
        for (const kind of kinds) {
          const next = canonical(entry({ kind, ...(prev === undefined ? {} : { prev }) }));
          assert.equal(await host.append([next], prev, fence), true);
          prev = sha256(next);
        }
        const script = `${programs.LEDGER_END}ledger_end "$1" 3`;
        const { stdout } = await program(script, [join(dir, '.hd/ledger.jsonl')], '');
        const end = stdout.trim().split('\n');
        const told = end.map((each) => (JSON.parse(each) as { kind: string }).kind);
        assert.deepEqual(told, ['started', 'finished', 'refused']);
        assert.equal(sha256(end.at(-1) ?? ''), prev);
      });

      it("that gives way to another host's, and is kept whole beside it", async () => {
        const { host, dir, fence } = await held();
        const mine = line(1);
        const theirs = [line(2), line(3, sha256(line(2)))];
        await host.append([mine], undefined, fence);
        assert.equal(await host.adopt(theirs, sha256('another end'), fence), false);
        await refused(host.adopt(theirs, sha256(mine), fence - 1), 'lock-lost');
        assert.deepEqual((await host.records()).setAside, []);
        assert.equal(await host.adopt(theirs, sha256(mine), fence), true);
        assert.deepEqual(
          (await host.ledger()).map((each) => each.hash),
          theirs.map((each) => sha256(each)),
        );
        const [aside, ...others] = (await host.records()).setAside;
        assert.deepEqual([aside?.head, others], [sha256(mine), []]);
        assert.equal(readFileSync(join(dir, `.hd/ledger-${sha256(mine)}.jsonl`), 'utf8'), `${mine}\n`);
      });

      it('that says so where a line is broken', async () => {
        const { host, dir, fence } = await held();
        await host.append([line(1)], undefined, fence);
        writeFileSync(join(dir, '.hd/ledger.jsonl'), '{"v":1,"at\n', { flag: 'a' });
        const error = await refused(host.ledger(), 'ledger-broken');
        assert.equal(error.exit, 5);
        assert.equal(await host.append([line(2)], sha256(line(1)), fence), false);
      });

      it('that goes on after a line that was torn before it was acknowledged', async () => {
        const { host, dir, fence } = await held();
        await host.append([line(1)], undefined, fence);
        writeFileSync(join(dir, '.hd/ledger.jsonl'), '{"v":1,"at', { flag: 'a' });
        assert.equal((await host.ledger()).length, 1);
        assert.equal(await host.append([line(2)], sha256(line(1)), fence), true);
        assert.deepEqual(
          (await host.ledger()).map((each) => each.hash),
          [sha256(line(1)), sha256(line(2))],
        );
      });
    });

    describe('carries out steps', () => {
      it('and gives their status and their output, as it comes and at the end', async () => {
        const { host, dir, fence } = await locked();
        const flag = join(dir, 'flag');
        let live = '';
        const onOutput = (text: string): void => {
          live += text;
          if (live.includes('first')) writeFileSync(flag, '');
        };
        const script = 'echo first; until [ -e "$1" ]; do sleep 0.02; done; echo second >&2; exit 7';
        const ended = await run(host, fence, script, { args: [flag], onOutput });
        assert.deepEqual([ended.status, ended.stdout], [7, 'first\nsecond\n']);
        assert.match(live, /^first\n/);
      });

      it('by their arguments alone', async () => {
        const { host, fence } = await locked();
        const words = ['', '$(id)', "it's", 'a\nb', '*', '-n'];
        const ended = await run(host, fence, 'printf "%s|" "$@"', { args: words });
        assert.equal(ended.stdout, `${words.map((word) => `${word}|`).join('')}\n`);
      });

      for (const alone of [false, true]) {
        it(`${alone ? 'never ' : ''}beside one that ${alone ? 'runs alone' : 'changes nothing that serves'}, though it hangs`, async () => {
          const { host, fence } = await locked();
          const stop = new AbortController();
          const hanging = run(host, fence, 'echo begun; sleep 4', {
            alone,
            signal: stop.signal,
            onOutput: () => stop.abort(),
          });
          await assert.rejects(hanging);
          const next = run(host, fence, 'true', { timeoutMs: 1000 });
          if (alone) await refused(next, 'host-busy');
          else assert.equal((await next).status, 0);
        });
      }

      it('and takes the values of environment files out of what they print', async () => {
        const { host, dir, fence } = await locked();
        writeFileSync(
          join(dir, '.env'),
          '# a remark\nPASSWORD="hunter2 of old"\nexport TOKEN=abc/d&e\nDB-PASS%x broken\nN=1\n',
        );
        const said = 'near hunter2 of old, abc/d&e twice abc/d&e, DB-PASS%x broken, 1';
        const ended = await run(host, fence, 'echo "$1"', { args: [said] });
        assert.equal(ended.stdout, 'near [redacted], [redacted] twice [redacted], [redacted], 1\n');
      });

      for (const status of [0, 1, 74, 75, 76, 130]) {
        it(`that end with ${status}, which is their own`, async () => {
          const { host, fence } = await locked();
          assert.equal((await run(host, fence, `exit ${status}`)).status, status);
        });
      }

      it('one after the other', async () => {
        const { host, dir, fence } = await locked();
        const script = 'mkdir "$1" || exit 9; sleep 0.2; rmdir "$1"';
        const both = await Promise.all(
          [1, 2].map(() => run(host, fence, script, { args: [join(dir, 'busy')] })),
        );
        assert.deepEqual(
          both.map((each) => each.status),
          [0, 0],
        );
      });

      it('within their time', async () => {
        const { host, fence } = await locked();
        const ended = await run(host, fence, 'echo began; sleep 30', { timeoutMs: 1000 });
        assert.deepEqual([ended.status, ended.stdout], [124, 'began\n']);
      });

      it('in a session of their own, which no cleanup of a runner finds', async () => {
        process.env['RUNNER_TRACKING_ID'] = 'github_1';
        try {
          const { host, fence } = await locked();
          const script =
            'echo "[$RUNNER_TRACKING_ID]"; [ "$(ps -o sid= -p $$ | tr -d " ")" != "$1" ] && echo apart';
          const sid = (await shell.run({ argv: ['sh', '-c', 'ps -o sid= -p $$'] })).stdout.trim();
          assert.equal((await run(host, fence, script, { args: [sid] })).stdout, '[]\napart\n');
        } finally {
          delete process.env['RUNNER_TRACKING_ID'];
        }
      });

      /** Tells who follows it, and goes on once it may. */
      const followed = `
        p=$PPID
        for up in 1 2; do p=$(awk '{ print $4 }' "/proc/$p/stat"); done
        echo "follower $p"
        until [ -e "$1" ]; do sleep 0.02; done
        echo went on
        exit 5`;

      it('to their end, also when the shell that follows them is killed', async () => {
        const { host, dir, fence } = await locked();
        const flag = join(dir, 'flag');
        const onOutput = (text: string): void => {
          const pid = Number(/follower (\d+)/.exec(text)?.[1]);
          if (Number.isNaN(pid)) return;
          kill(pid);
          writeFileSync(flag, '');
        };
        const ended = await run(host, fence, followed, { args: [flag], onOutput });
        assert.equal(ended.status, 5);
        assert.match(ended.stdout, /went on\n$/);
      });

      it('to their end, when nobody wants to watch any longer', async () => {
        const { host, dir, fence } = await locked();
        const flag = join(dir, 'flag');
        const stop = new AbortController();
        const script = 'echo on; until [ -e "$1" ]; do sleep 0.02; done; touch "$2"';
        const watched = run(host, fence, script, {
          args: [flag, join(dir, 'ended')],
          signal: stop.signal,
          onOutput: () => stop.abort(),
        });
        await assert.rejects(watched, InterruptedError);
        writeFileSync(flag, '');
        // Steps go one after the other, so this one begins when that one has ended.
        await run(host, fence, 'true');
        assert.ok(existsSync(join(dir, 'ended')));
      });

      if (kind === 'ssh') {
        it('to their end, across a lost connection', async () => {
          const { host, dir, fence } = await locked();
          const flag = join(dir, 'flag');
          const onOutput = (): void => {
            for (const pid of server?.sessions() ?? []) kill(pid);
            writeFileSync(flag, '');
          };
          const ended = await run(host, fence, followed, { args: [flag], onOutput });
          assert.equal(ended.status, 5);
          assert.match(ended.stdout, /went on\n$/);
        });
      }

      it('that were given up before they began never, and one that began only once', async () => {
        const { host, dir, fence } = await locked();
        const began = join(dir, 'began');
        const asked = [join(dir, '.hd'), 'd1/late', '600', ''];
        for (const time of ['first', 'again'])
          assert.equal((await program(programs.ATTACH, asked, '')).stdout, '\x1erc cancelled\n', time);
        const late = run(host, fence, 'touch "$1"', { id: 'd1/late', args: [began] });
        await assert.rejects(late, LostError);
        assert.ok(!existsSync(began));
        for (const script of ['echo one; exit 3', 'touch "$1"']) {
          const { status, stdout } = await run(host, fence, script, { id: 'd1/twice', args: [began] });
          assert.deepEqual([status, stdout], [3, 'one\n']);
        }
        assert.ok(!existsSync(began));
        assert.deepEqual(readdirSync(join(dir, '.hd/steps/d1')).sort(), ['late', 'twice']);
      });

      it('and does not take one that could not begin for one that ended', async () => {
        const { host, dir, fence } = await locked();
        writeFileSync(join(dir, '.hd/steps'), 'a file where a directory must be');
        await refused(run(host, fence, 'true'), 'host-effect');
      });
    });

    it('prunes what it was not told to keep', async () => {
      const { host, dir, fence } = await locked();
      for (const id of ['d1', 'd2', 'd3', 'd3.new'])
        await host.ship(`releases/${id}`, [bytes('a')], fence, intent);
      for (const hash of ['aa', 'bb', 'bb.new'])
        await host.ship(`files/${hash}`, [bytes('a')], fence, intent);
      for (const id of ['d1/a', 'd3/a', 'd3/b']) mkdirSync(join(dir, '.hd/steps', id), { recursive: true });
      for (const id of ['d3/a', 'd3/b']) writeFileSync(join(dir, '.hd/steps', id, 'out'), '');
      const half = ['steps/d3/a/room', 'steps/d3/b/room', 'ledger.new', 'lock.new', 'fence.new'];
      for (const name of half) writeFileSync(join(dir, '.hd', name), '');
      writeFileSync(join(dir, 'theirs.new'), '');
      for (const name of ['ledger.new.17', 'ledger.new.18', 'steps/d3/d.new.17', 'steps/d3/d.new.18'])
        writeFileSync(join(dir, '.hd', name), '');
      const long = Date.now() / 1000 - 700;
      for (const name of ['ledger.new.17', 'steps/d3/d.new.17'])
        utimesSync(join(dir, '.hd', name), long, long);
      let running: Promise<Completed> | undefined;
      await new Promise<string>((began) => {
        running = run(host, fence, 'echo on; until [ -e "$1" ]; do sleep 0.02; done', {
          id: 'd3/c',
          alone: false,
          args: [join(dir, 'flag')],
          onOutput: began,
        });
      });
      await host.point('current', 'releases/d3', fence, intent);
      symlinkSync('releases/d9', join(dir, 'current.new'));
      await host.prune({ releases: ['d3', 'd2'], files: ['bb'], images: [], repositories: [] }, fence);
      assert.deepEqual(readdirSync(join(dir, 'releases')), ['d2', 'd3']);
      assert.deepEqual(readdirSync(join(dir, 'files')), ['bb']);
      writeFileSync(join(dir, 'flag'), '');
      assert.equal((await running)?.status, 0);
      const kept = readdirSync(join(dir, '.hd'), { recursive: true, encoding: 'utf8' });
      assert.deepEqual(kept.filter((name) => /^(steps|journals)|\.new/.test(name)).sort(), [
        'journals',
        'journals/d1.jsonl',
        'ledger.new.18',
        'steps',
        ...['', '/a', '/a/out', '/b', '/b/out', '/c', '/c/out', '/c/rc', '/d.new.18'].map(
          (name) => `steps/d3${name}`,
        ),
      ]);
      assert.deepEqual(
        readdirSync(dir).filter((name) => name.includes('.new')),
        ['theirs.new'],
      );
      assert.equal(readlinkSync(join(dir, 'current')), 'releases/d3');
    });
  });
}
