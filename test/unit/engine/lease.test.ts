import assert from 'node:assert/strict';
import { HdError, InterruptedError, LostError } from '../../../src/lib/domain/errors.ts';
import type { LockState, StopRequest } from '../../../src/lib/domain/lock.ts';
import { takeLease } from '../../../src/lib/engine/lease.ts';
import { LockedError } from '../../../src/lib/engine/locked.ts';
import type { Host } from '../../../src/lib/ports.ts';
import { fakeHost, TurnedClock } from './fakes.ts';

const holder = { actor: 'login-a', machine: 'build-7', pid: 1, purpose: 'deploy v1.4.0' };
const other: LockState = { fence: 4, holder: { ...holder, actor: 'login-b' }, since: 1, expires: 2 };

/** Hosts that write down what they are told. */
function hosts(
  names: readonly string[],
  lock: (name: string) => ReturnType<Host['lock']>,
): { all: Host[]; log: string[] } {
  const log: string[] = [];
  const all = names.map((name) =>
    fakeHost(name, {
      lock: (asked) => {
        log.push(`lock ${name}`);
        assert.equal(asked, holder);
        return lock(name);
      },
      renew: (fence) => {
        log.push(`renew ${name} ${fence}`);
        return Promise.resolve(true);
      },
      unlock: (fence) => {
        log.push(`unlock ${name} ${fence}`);
        return Promise.resolve();
      },
      stopRequest: () => Promise.resolve(undefined),
    }),
  );
  return { all, log };
}

const taken = (fence: number) => Promise.resolve({ fence });

describe('a lease (D3)', () => {
  it('is taken on every host in the order of their names, and given back on all', async () => {
    const { all, log } = hosts(['c', 'a', 'b'], (name) => taken(name.charCodeAt(0)));
    const lease = await takeLease(all, holder, new TurnedClock());
    assert.deepEqual(log, ['lock a', 'lock b', 'lock c']);
    assert.deepEqual(
      ['a', 'b', 'c', 'elsewhere'].map((name) => lease.fence(name)),
      [97, 98, 99, 0],
    );
    assert.deepEqual(lease.replaced, []);
    await lease.release();
    // Who waits for all of them waits at the first.
    assert.deepEqual(log.slice(3), ['unlock b 98', 'unlock c 99', 'unlock a 97']);
  });

  it('is all or none: what was taken is given back where one is held', async () => {
    const { all, log } = hosts(['a', 'b', 'c'], (name) =>
      name === 'b' ? Promise.resolve({ held: other, at: 1 }) : taken(7),
    );
    await assert.rejects(takeLease(all, holder, new TurnedClock()), (error) => {
      assert.ok(error instanceof LockedError);
      assert.deepEqual([error.host, error.held, error.exit], ['b', other, 8]);
      assert.equal(error.message, 'login-b holds the lock on b');
      return true;
    });
    assert.deepEqual(log, ['lock a', 'lock b', 'unlock a 7']);
  });

  it('is given back where a host is lost meanwhile, also if giving back fails', async () => {
    const { all, log } = hosts(['a', 'b', 'c'], (name) =>
      name === 'c' ? Promise.reject(new LostError('c', 'c is gone')) : taken(7),
    );
    const [first, ...rest] = all;
    assert.ok(first);
    const broken = { ...first, unlock: () => Promise.reject(new LostError('a', 'a is gone')) };
    await assert.rejects(takeLease([broken, ...rest], holder, new TurnedClock()), { message: 'c is gone' });
    assert.deepEqual(log, ['lock a', 'lock b', 'lock c', 'unlock b 7']);
  });

  it('says which ones it replaced', async () => {
    const { all } = hosts(['a', 'b'], (name) =>
      name === 'b' ? Promise.resolve({ fence: 5, replaced: other }) : taken(7),
    );
    const lease = await takeLease(all, holder, new TurnedClock());
    assert.deepEqual(lease.replaced, [{ host: 'b', state: other }]);
    await lease.release();
  });

  it('is renewed every 10s, also after a renewal that failed, and no more once given back', async () => {
    const { all, log } = hosts(['a'], () => taken(7));
    const [host] = all;
    assert.ok(host);
    let failing = true;
    const renew = (fence: number) =>
      failing ? Promise.reject(new LostError('a', 'gone')) : host.renew(fence);
    const clock = new TurnedClock();
    const lease = await takeLease([{ ...host, renew }], holder, clock);
    await clock.turn(10_000);
    failing = false;
    await clock.turn(9_999);
    assert.deepEqual(log, ['lock a']);
    await clock.turn(1);
    assert.deepEqual(log, ['lock a', 'renew a 7']);
    await clock.turn(10_000);
    await lease.release();
    await clock.turn(60_000);
    assert.deepEqual(log, ['lock a', 'renew a 7', 'renew a 7', 'unlock a 7']);
  });

  it('is no more once a renewal says that another took it over', async () => {
    const { all } = hosts(['a', 'b'], () => taken(7));
    const [first, second] = all;
    assert.ok(first && second);
    const clock = new TurnedClock();
    const over = { ...second, renew: () => Promise.resolve(false) };
    const lease = await takeLease([first, over], holder, clock);
    await clock.turn(9_999);
    assert.deepEqual([lease.stopped.aborted, lease.lost()], [false, undefined]);
    await clock.turn(1);
    assert.deepEqual([lease.stopped.aborted, lease.lost(), lease.stoppedBy()], [true, 'b', undefined]);
    assert.ok(lease.stopped.reason instanceof InterruptedError);
    await lease.release();
  });

  describe('asks one host after the other, every 2s, whether its holder is to stop', () => {
    const request: StopRequest = { actor: 'login-c', proven: true, machine: 'laptop', fence: 7, at: 5 };
    async function asking(answer: (name: string) => ReturnType<Host['stopRequest']>) {
      const { all } = hosts(['a', 'b'], () => taken(7));
      const asked: string[] = [];
      const clock = new TurnedClock();
      const listening = all.map((host) => ({
        ...host,
        stopRequest: (fence: number) => {
          asked.push(`${host.name} ${fence}`);
          return answer(host.name);
        },
      }));
      return { asked, clock, lease: await takeLease(listening, holder, clock) };
    }

    it('and says by whom', async () => {
      const wanted: StopRequest[] = [];
      const { asked, clock, lease } = await asking(() => Promise.resolve(wanted[0]));
      await clock.turn(1_999);
      assert.deepEqual(asked, []);
      for (const ms of [1, 2_000, 2_000, 2_000]) await clock.turn(ms);
      assert.deepEqual(asked, ['a 7', 'b 7', 'a 7', 'b 7']);
      assert.equal(lease.stopped.aborted, false);
      wanted.push(request);
      await clock.turn(2_000);
      assert.deepEqual([lease.stopped.aborted, lease.stoppedBy(), lease.lost()], [true, request, undefined]);
      assert.equal(
        (lease.stopped.reason as Error).message,
        'login-c on laptop asked it to stop to roll back',
      );
      await lease.release();
      await clock.turn(60_000);
      assert.equal(asked.length, 5);
    });

    it('also where one does not answer', async () => {
      const { clock, lease } = await asking((name) =>
        name === 'a' ? Promise.reject(new LostError('a', 'a is gone')) : Promise.resolve(request),
      );
      await clock.turn(2_000);
      assert.equal(lease.stopped.aborted, false);
      await clock.turn(2_000);
      assert.deepEqual(lease.stoppedBy(), request);
      await lease.release();
    });

    it('and hears there that another took the lock over', async () => {
      const { clock, lease } = await asking(() => Promise.reject(new HdError('lock-lost', 8, 'taken over')));
      await clock.turn(2_000);
      assert.deepEqual([lease.stopped.aborted, lease.lost()], [true, 'a']);
      await lease.release();
    });
  });
});
