import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/lib/adapters/clock.ts';
import { createHost } from '../../src/lib/adapters/host/host.ts';
import { createShells } from '../../src/lib/adapters/shells.ts';
import { HdError } from '../../src/lib/domain/errors.ts';
import type { LockHolder } from '../../src/lib/domain/lock.ts';
import { takeLease } from '../../src/lib/engine/lease.ts';
import { patience } from '../../src/lib/engine/line.ts';
import { LockedError } from '../../src/lib/engine/locked.ts';
import type { Clock, Host, LockAnswer, Shell, Shells } from '../../src/lib/ports.ts';
import { environment } from '../support/core.ts';
import { Bench } from '../unit/adapters/ssh/sshd.ts';

const holder = (actor: string): LockHolder => ({
  actor,
  machine: 'build-7',
  pid: 1,
  purpose: 'deploy v1.4.0',
});
const [a, b, c] = [holder('login-a'), holder('login-b'), holder('login-c')];

/** The lock of a host, on this machine and through a real sshd. */
for (const kind of ['local', 'ssh'] as const) {
  describe(`the lock of a host (${kind})`, () => {
    const root = mkdtempSync(join(tmpdir(), 'hd-lock-'));
    let bench: Bench | undefined;
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
      const server = await bench.sshd();
      bench.trust(server);
      shells = createShells({ sshConfig: bench.config });
      shell = await shells.open(bench.host('there', server));
    });
    after(async () => {
      await shells.closeAll();
      await bench?.close();
      rmSync(root, { recursive: true, force: true });
    });

    function fresh(name = `app ${(count += 1)}`, as: Shell = shell): { host: Host; hd: string } {
      const directory = join(root, name);
      const host = createHost(as, environment({ directory }), { clock: systemClock, reconnectMs: 5000 });
      return { host, hd: join(directory, '.hd') };
    }

    const fenceOf = (answer: LockAnswer): number =>
      'fence' in answer ? answer.fence : assert.fail(JSON.stringify(answer));
    /** What an answer says, without times. */
    const said = (answer: LockAnswer): unknown => {
      if ('held' in answer) return ['held', answer.held.holder.actor, answer.place];
      if ('behind' in answer) return ['behind', answer.behind.actor, answer.place];
      if ('frozen' in answer) return ['frozen', answer.frozen.actor];
      return Object.keys(answer);
    };
    /** Lets a number of a file be another one. */
    const turn = (file: string, key: string, value: number): void =>
      writeFileSync(
        file,
        readFileSync(file, 'utf8').replace(new RegExp(`"${key}":\\d+`), `"${key}":${value}`),
      );
    const refused = async (doing: Promise<unknown>, code: string): Promise<void> =>
      assert.rejects(doing, (error) => error instanceof HdError && error.code === code);

    it('goes to those who wait in the order in which they came', async () => {
      const { host } = fresh();
      const fence = fenceOf(await host.lock(a));
      assert.deepEqual(said(await host.lock(b, { ticket: 't-b' })), ['held', 'login-a', { at: 1, of: 1 }]);
      assert.deepEqual(said(await host.lock(c, { ticket: 't-c' })), ['held', 'login-a', { at: 2, of: 2 }]);
      assert.deepEqual(said(await host.lock(b, { ticket: 't-b' })), ['held', 'login-a', { at: 1, of: 2 }]);
      await host.unlock(fence);

      assert.deepEqual(said(await host.lock(holder('login-d'))), ['behind', 'login-b', undefined]);
      assert.deepEqual(said(await host.lock(c, { ticket: 't-c' })), ['behind', 'login-b', { at: 2, of: 2 }]);
      assert.deepEqual(said(await host.lock(b, { ticket: 't-b', look: true })), ['free']);
      const second = fenceOf(await host.lock(b, { ticket: 't-b' }));
      assert.deepEqual(said(await host.lock(c, { ticket: 't-c' })), ['held', 'login-b', { at: 1, of: 1 }]);
      await host.unlock(second);
      await host.leaveLine('t-c');
      assert.equal(fenceOf(await host.lock(a)), second + 1);
    });

    it('is not kept for one who has not asked again', async () => {
      const { host, hd } = fresh();
      const fence = fenceOf(await host.lock(a));
      await host.lock(b, { ticket: 't-b' });
      await host.lock(c, { ticket: 't-c' });
      await host.unlock(fence);
      const place = join(hd, 'line', 't-b');
      const text = readFileSync(place, 'utf8');
      writeFileSync(place, text.replace(/^(\d+) \d+/, '$1 17'));
      assert.deepEqual(said(await host.lock(c, { ticket: 't-c', look: true })), ['free']);
      assert.deepEqual(readdirSync(join(hd, 'line')), ['t-c']);
      // A place from a clock that was set back since, or one that was torn, keeps nobody waiting either.
      writeFileSync(place, text.replace(/^(\d+) \d+/, '$1 99999999999'));
      writeFileSync(join(hd, 'line', 't-d'), '');
      assert.equal(fenceOf(await host.lock(c, { ticket: 't-c' })), fence + 1);
      assert.deepEqual(readdirSync(join(hd, 'line')), []);
    });

    it('goes first to what is urgent', async () => {
      const { host } = fresh();
      const fence = fenceOf(await host.lock(a));
      await host.lock(b, { ticket: 't-b' });
      const urgent = { ticket: 't-c', urgent: true } as const;
      assert.deepEqual(said(await host.lock(c, urgent)), ['held', 'login-a', { at: 1, of: 2 }]);
      await host.unlock(fence);
      assert.deepEqual(said(await host.lock(b, { ticket: 't-b' })), ['behind', 'login-c', { at: 2, of: 2 }]);
      assert.equal(fenceOf(await host.lock(c, urgent)), fence + 1);
    });

    it('is taken from a holder that is proved to be dead, and only from that one', async () => {
      const { host } = fresh();
      const fence = fenceOf(await host.lock(a));
      assert.deepEqual(said(await host.lock(b, { instead: fence + 1 })), ['held', 'login-a', undefined]);
      const taken = await host.lock(b, { instead: fence });
      assert.ok('fence' in taken && taken.fence === fence + 1);
      assert.deepEqual(taken.replaced?.holder, a);
      assert.equal(await host.renew(fence), false);
      await refused(host.stopRequest(fence), 'lock-lost');
    });

    it('does not outlive a clock that was set back', async () => {
      const { host, hd } = fresh();
      const fence = fenceOf(await host.lock(a));
      turn(join(hd, 'lock'), 'expires', 99_999_999_999);
      const met = await host.lock(b);
      assert.ok('held' in met && met.held.expires - met.at <= 30, JSON.stringify(met));
      assert.equal(await host.renew(fence), true);
    });

    it('never gives a number twice, also where the last one is lost', async () => {
      const { host, hd } = fresh();
      const fence = fenceOf(await host.lock(a));
      await host.unlock(fence);
      writeFileSync(join(hd, 'fence'), '');
      assert.ok(fenceOf(await host.lock(b)) > Date.now() / 1000 - 60);
    });

    it('waits for a step that was left to itself, and says who has it while one runs', async () => {
      const { host, hd } = fresh();
      const fence = fenceOf(await host.lock(a));
      const stop = new AbortController();
      const flag = join(hd, 'flag');
      const step = host.effect(
        {
          id: 'd1/switch-1',
          argv: ['sh', '-c', 'echo begun; until [ -e "$1" ]; do sleep 0.02; done', 'sh', flag],
          timeoutMs: 8000,
          alone: true,
          intent: { deployment: 'd1', stage: 'switch', cause: 'digest differs' },
          signal: stop.signal,
          onOutput: () => stop.abort(),
        },
        fence,
      );
      await assert.rejects(step);
      assert.deepEqual(said(await host.lock(b, { ticket: 't-b' })), ['held', 'login-a', { at: 1, of: 1 }]);
      turn(join(hd, 'lock'), 'expires', 17);
      const waiting = host.lock(b, { ticket: 't-b' });
      // Nobody else is kept waiting by one who waits for the step.
      assert.deepEqual(said(await host.lock(c, { ticket: 't-c' })), ['behind', 'login-b', { at: 2, of: 2 }]);
      writeFileSync(flag, '');
      assert.equal(fenceOf(await waiting), fence + 1);
    });

    it('hands a request to stop to its holder, and to no later one', async () => {
      const { host, hd } = fresh();
      const fence = fenceOf(await host.lock(a));
      assert.equal(await host.stopRequest(fence), undefined);
      const who = { actor: 'login "c"', proven: true, machine: 'laptop', fence };
      await host.askToStop({ ...who, fence: fence + 1 });
      assert.equal(await host.stopRequest(fence), undefined);
      await host.askToStop(who);
      const { at = 0, ...request } = (await host.stopRequest(fence)) ?? {};
      assert.deepEqual(request, who);
      assert.ok(Math.abs(at - Date.now() / 1000) < 60);
      await host.unlock(fence);
      const next = fenceOf(await host.lock(b));
      assert.equal(await host.stopRequest(next), undefined);
      assert.ok(!existsSync(join(hd, 'stop')));
    });

    it('is refused while deployments are stopped by hand, but for what is urgent', async () => {
      const { host, hd } = fresh();
      const fence = fenceOf(await host.lock(a));
      const freeze = { actor: 'login-a', machine: 'build-7', why: 'reports run until "until":1' };
      await refused(host.freeze(freeze, fence + 1), 'lock-lost');
      await host.freeze(freeze, fence);
      await host.unlock(fence);
      assert.deepEqual(said(await host.lock(b, { ticket: 't-b' })), ['frozen', 'login-a']);
      const met = await host.lock(b);
      assert.ok('frozen' in met);
      const { since, ...rest } = met.frozen;
      assert.deepEqual([rest, met.at - since < 60], [freeze, true]);
      const second = fenceOf(await host.lock(c, { urgent: true }));
      const until = met.at + 3600;
      await host.freeze({ ...freeze, until }, second);
      await host.unlock(second);
      assert.deepEqual(said(await host.lock(b)), ['frozen', 'login-a']);
      turn(join(hd, 'freeze'), 'until', met.at - 1);
      const third = fenceOf(await host.lock(b));
      await host.freeze({ ...freeze, until }, third);
      await host.freeze(undefined, third);
      await host.unlock(third);
      assert.equal(fenceOf(await host.lock(c)), third + 1);
    });

    const rounds = kind === 'local' ? 50 : 5;
    it(`goes to exactly one of two operators with overlapping sets at the same instant, ${rounds} times`, async function () {
      this.timeout(90_000);
      const names = ['x', 'y', 'z'].map((name) => `${kind}-${name}`);
      const hosts = names.map((name) => {
        const named: Shell = Object.assign(Object.create(shell) as Shell, { host: name });
        return fresh(name, { ...named, run: (...args) => shell.run(...args) }).host;
      });
      const [x, y, z] = hosts as [Host, Host, Host];
      const sets = [
        [x, y, z],
        [z, y],
      ];
      for (let round = 0; round < rounds; round++) {
        const tries = await Promise.allSettled(
          sets.map((set, index) => takeLease(set, index === 0 ? a : b, systemClock)),
        );
        const had = tries.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
        const not = tries.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
        assert.equal(had.length, 1, `round ${round}`);
        assert.ok(
          not.every((each) => each instanceof LockedError),
          String(not[0]),
        );
        await had[0]?.release();
      }
    });

    it('goes round many who wait at once, to one after the other', async function () {
      this.timeout(60_000);
      const { host } = fresh();
      const clock: Clock = {
        now: () => systemClock.now(),
        sleep: (_, signal) => systemClock.sleep(30, signal),
      };
      const inside = new Set<string>();
      const met: number[] = [];
      const names = (kind === 'local' ? 'abcdef' : 'abc').split('');
      await Promise.all(
        names.map(async (name) => {
          const lease = await takeLease([host], holder(name), clock, { patience: patience(50_000) });
          met.push(inside.add(name).size);
          assert.equal(await host.renew(lease.fence(host.name)), true);
          inside.delete(name);
          await lease.release();
        }),
      );
      assert.deepEqual(
        met,
        names.map(() => 1),
      );
    });
  });
}
