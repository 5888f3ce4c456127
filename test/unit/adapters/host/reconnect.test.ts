import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Reconnect, type Limit } from '../../../../src/lib/adapters/host/reconnect.ts';
import type { Silence } from '../../../../src/lib/domain/event.ts';
import { HdError, LostError, UnreachableError } from '../../../../src/lib/domain/errors.ts';
import { NOW } from '../../../support/core.ts';
import { FastClock } from '../../engine/fakes.ts';

const LIMIT: Limit = { timeoutMs: 30_000, limitedBy: '--answer-timeout' };
const SHELL = {
  host: 'prod-2',
  typed: (command: readonly string[]) => ['ssh', '-F', 'x', 'prod-2', ...command],
};

function coming(reconnectMs = 60_000) {
  const clock = new FastClock();
  const told: (Silence | undefined)[] = [];
  const back = new Reconnect(SHELL, { clock, reconnectMs, onSilence: (silence) => told.push(silence) });
  const limits: Limit[] = [];
  /** An exchange that takes this long in vain, or as long as it may; then the next one. */
  const exchange =
    (...vain: number[]) =>
    (limit: Limit): Promise<string> => {
      limits.push(limit);
      const ms = vain.shift();
      if (ms === undefined) return Promise.resolve('here');
      clock.time += Math.min(ms, limit.timeoutMs);
      return Promise.reject(new UnreachableError('host', 'prod-2: no answer from 10.0.4.12:22'));
    };
  return { clock, told, back, limits, exchange };
}

const failure = (doing: Promise<unknown>): Promise<HdError> =>
  doing.then(
    () => assert.fail('it answered'),
    (error: unknown) => {
      assert.ok(error instanceof HdError, String(error));
      return error;
    },
  );

describe('coming back to a host', () => {
  it('is for one that hd holds: before that, who asked is told at once', async () => {
    const { back, limits, exchange, told } = coming();
    const error = await failure(back.run(LIMIT, exchange(10_000)));
    assert.equal(error.code, 'host-unreachable');
    assert.deepEqual([limits.length, told.length], [1, 0]);
  });

  it('goes on until it answers, and says since when it does not', async () => {
    const { back, limits, exchange, told } = coming();
    back.hold();
    assert.equal(await back.run(LIMIT, exchange(10_000, 10_000)), 'here');
    assert.equal(limits.length, 3);
    const silence = { since: NOW + 10_000, until: NOW + 70_000, limitMs: 60_000 };
    assert.deepEqual(told, [silence, silence, undefined]);
  });

  it('ends with its time, connecting included, and names the flag, the moment and the command', async () => {
    const { back, clock, limits, exchange } = coming();
    back.hold();
    const error = await failure(
      back.run(LIMIT, exchange(10_000, ...Array.from({ length: 9 }, () => 40_000))),
    );
    assert.equal(clock.now(), NOW + 70_000);
    assert.deepEqual(limits.slice(0, 3), [LIMIT, LIMIT, { timeoutMs: 28_000, limitedBy: '--reconnect' }]);
    assert.ok(error instanceof LostError);
    assert.equal(error.exit, 9);
    assert.equal(error.message, 'prod-2: no answer since 15:00:10Z, tried again for 60s (--reconnect)');
    assert.equal(error.since, NOW + 10_000);
    assert.deepEqual(error.next[0]?.command, ['ssh', '-F', 'x', 'prod-2', 'true']);
  });

  it('has one short try once the time is over, and begins anew after an answer', async () => {
    const { back, clock, exchange, limits } = coming(5000);
    back.hold();
    await failure(back.run(LIMIT, exchange(1000, 9000, 9000)));
    limits.length = 0;
    const given = clock.now();
    const again = await failure(back.run(LIMIT, exchange(9000)));
    assert.match(again.message, /^prod-2: no answer since 15:00:01Z/);
    assert.deepEqual(limits, [{ timeoutMs: 3000, limitedBy: '--answer-timeout' }]);
    assert.equal(clock.now(), given + 3000);
    assert.equal(await back.run(LIMIT, exchange()), 'here');
    assert.equal(await back.run(LIMIT, exchange(1000)), 'here');
  });

  it('is not for what the host answered, nor once it was let go', async () => {
    const { back, exchange, told } = coming();
    back.hold();
    const full = new HdError('disk-full', 11, 'no space left');
    assert.equal(await failure(back.run(LIMIT, () => Promise.reject(full))), full);
    assert.equal(told.length, 0);
    const waiting = failure(
      back.run(LIMIT, (limit) => {
        back.letGo();
        return exchange(1000)(limit);
      }),
    );
    assert.equal((await waiting).code, 'host-unreachable');
  });

  it('never goes on beyond its time, however long the tries take', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 90_000 }),
        fc.array(fc.integer({ min: 1, max: 60_000 }), { minLength: 1, maxLength: 12 }),
        async (reconnectMs, tries) => {
          const { back, clock, exchange } = coming(reconnectMs);
          back.hold();
          const [first = 0] = tries;
          await back.run(LIMIT, exchange(...tries)).catch(() => undefined);
          const begun = NOW + Math.min(first, LIMIT.timeoutMs);
          assert.ok(clock.now() <= begun + reconnectMs, `${clock.now() - begun} of ${reconnectMs}`);
        },
      ),
    );
  });
});
