import assert from 'node:assert/strict';
import { LostError } from '../../../src/lib/domain/errors.ts';
import type { LockState } from '../../../src/lib/domain/lock.ts';
import { LockedError, takeLease } from '../../../src/lib/engine/lease.ts';
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
    assert.deepEqual(log.slice(3).sort(), ['unlock a 97', 'unlock b 98', 'unlock c 99']);
  });

  it('is all or none: what was taken is given back where one is held', async () => {
    const { all, log } = hosts(['a', 'b', 'c'], (name) =>
      name === 'b' ? Promise.resolve({ held: other }) : taken(7),
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
});
