import assert from 'node:assert/strict';
import fc from 'fast-check';
import { HdError, InterruptedError } from '../../../src/lib/domain/errors.ts';
import type { LockHolder, LockState } from '../../../src/lib/domain/lock.ts';
import { awaitFree, takeLease, type Lease } from '../../../src/lib/engine/lease.ts';
import { patience, type LineOptions } from '../../../src/lib/engine/line.ts';
import { FrozenError, LockedError } from '../../../src/lib/engine/locked.ts';
import type { Host, LockAnswer, LockWish } from '../../../src/lib/ports.ts';
import { fakeHost } from './fakes.ts';
import { ModelClock, ModelHost } from './lock-model.ts';

const holder = (actor: string): LockHolder => ({
  actor,
  machine: 'build-7',
  pid: 1,
  purpose: 'deploy v1.4.0',
});
const MINUTES = 60_000;

describe('waiting for a lock', () => {
  interface Operator {
    hosts: readonly number[];
    begins: number;
    holds: number;
    dies: boolean;
    seed: number;
  }
  const operators = fc.array(
    fc.record({
      hosts: fc.uniqueArray(fc.nat(3), { minLength: 1, maxLength: 4 }),
      begins: fc.nat(5_000),
      holds: fc.nat(40_000),
      dies: fc.boolean(),
      seed: fc.nat(1_000_000),
    }),
    { minLength: 2, maxLength: 5 },
  );

  it('lets everybody have their turn, no two at once on a host, and nobody wait with a lock in hand', async () => {
    await fc.assert(
      fc.asyncProperty(operators, async (all) => {
        const clock = new ModelClock();
        const models = ['a', 'b', 'c', 'd'].map((name) => new ModelHost(name, clock));
        const inside = new Map<string, number>();
        const operate = async ({ hosts, begins, holds, dies, seed }: Operator, index: number) => {
          let turn = seed;
          let gone = false;
          const latency = (): number => (turn = (turn * 1103515245 + 12345) % 2147483648) % 200;
          const reach = (model: ModelHost): Host => {
            const host = model.reachedBy(latency, () => gone);
            const lock: Host['lock'] = (who, wish) => {
              const had = models.filter((each) => wish?.look === true && each.holder === who);
              assert.deepEqual(had, [], 'waits with a lock in hand');
              return host.lock(who, wish);
            };
            return { ...host, lock };
          };
          const mine = hosts.flatMap((each) => models[each] ?? []).map(reach);
          await clock.sleep(begins);
          const waits = { ...patience(60 * MINUTES), ticket: `ticket-${index}-${seed}` };
          const lease = await takeLease(mine, holder(`login-${index}`), clock, { patience: waits });
          for (const { name } of mine) {
            assert.equal(inside.get(name), undefined, `${name} was given to two`);
            inside.set(name, index);
          }
          await clock.sleep(holds);
          assert.equal(lease.lost(), undefined);
          // One that died is out as well: nothing of its is done on the hosts from then on.
          for (const { name } of mine) inside.delete(name);
          gone = dies;
          await lease.release();
        };
        await clock.run(Promise.all(all.map(operate)), 30 * MINUTES);
      }),
      { numRuns: 150 },
    );
  });

  /** A host that gives these answers in turn, the last one for ever. */
  function answering(name: string, ...answers: (LockAnswer | HdError)[]) {
    const wishes: LockWish[] = [];
    const log: string[] = [];
    const host = fakeHost(name, {
      lock: (_, wish = {}) => {
        wishes.push(wish);
        const answer = answers[Math.min(wishes.length, answers.length) - 1];
        if (answer instanceof HdError) return Promise.reject(answer);
        return answer === undefined ? Promise.reject(new Error('no answer')) : Promise.resolve(answer);
      },
      leaveLine: (ticket) => Promise.resolve(void log.push(`leave ${ticket}`)),
      unlock: (fence) => Promise.resolve(void log.push(`unlock ${fence}`)),
      askToStop: ({ actor, fence }) => Promise.resolve(void log.push(`${actor} stops ${fence}`)),
    });
    return { host, wishes, log };
  }

  const NOW_S = 1000;
  const lease = (rest: Partial<LockState> = {}): LockState => ({
    fence: 4,
    holder: holder('login-b'),
    since: NOW_S - 60,
    expires: NOW_S + 25,
    ...rest,
  });
  const held = (at: number, rest: Partial<LockState> = {}, place = { at: 1, of: 1 }): LockAnswer => ({
    held: lease(rest),
    at: NOW_S + at,
    place,
  });
  const take = (
    host: Host,
    options: LineOptions,
    texts: string[] = [],
    clock = new ModelClock(),
  ): Promise<Lease> => {
    const onWait = (text: string): void => void texts.push(text);
    const one = { ticket: 'mine', ms: 0, ...options.patience };
    return clock.run(
      takeLease([host], holder('login-a'), clock, { ...options, onWait, patience: one }),
      20 * MINUTES,
    );
  };
  const tenMinutes = { ticket: 'mine', ms: 10 * MINUTES };

  it('is none without leave to wait: no ticket is left, and nothing is asked twice', async () => {
    const { host, wishes, log } = answering('a', held(0));
    await assert.rejects(take(host, {}), (error) => error instanceof LockedError && error.held?.fence === 4);
    assert.deepEqual([wishes, log], [[{}], []]);
    const { host: other } = answering('a', { behind: holder('login-c') });
    await assert.rejects(take(other, {}), {
      message: 'login-c (deploy v1.4.0) waits for the lock on a and comes first',
    });
  });

  it('says the place, behind whom, and for how long it still waits', async () => {
    const texts: string[] = [];
    const { host, wishes } = answering(
      'a',
      held(0, {}, { at: 2, of: 3 }),
      { behind: holder('login-c'), place: { at: 2, of: 2 } },
      { free: true },
      { fence: 7 },
    );
    const got = await take(host, { patience: tenMinutes }, texts);
    assert.equal(got.fence('a'), 7);
    assert.match(texts[0] ?? '', /^2nd of 3 in line behind login-b \(deploy v1\.4\.0\), 0s of 10m$/);
    assert.match(texts[1] ?? '', /^2nd of 2 in line behind login-c \(deploy v1\.4\.0\), \ds of 10m$/);
    assert.deepEqual(
      wishes.map(({ ticket, look }) => [ticket, look]),
      [
        ['mine', undefined],
        ['mine', true],
        ['mine', true],
        ['mine', undefined],
      ],
    );
  });

  it('ends when its time is over, and gives the place up', async () => {
    const clock = new ModelClock();
    const began = clock.now();
    const { host, log } = answering('a', held(0));
    await assert.rejects(take(host, { patience: tenMinutes }, [], clock), LockedError);
    assert.equal(clock.now() - began, 10 * MINUTES);
    assert.deepEqual(log, ['leave mine']);
  });

  it('ends at a Ctrl-C, with nothing in hand', async () => {
    const clock = new ModelClock();
    const stop = new AbortController();
    const { host, log } = answering('b', held(0));
    const first = answering('a', { fence: 3 });
    const work = takeLease([host, first.host], holder('login-a'), clock, {
      patience: tenMinutes,
      signal: stop.signal,
      onWait: () => stop.abort(new InterruptedError('stopped')),
    });
    await assert.rejects(clock.run(work, MINUTES), InterruptedError);
    assert.deepEqual([first.log, log], [['unlock 3'], ['leave mine']]);
  });

  it('is never in line at two hosts', async () => {
    const a = answering('a', held(0), { free: true }, { fence: 3 }, { fence: 5 });
    const b = answering('b', held(0), { free: true }, { fence: 4 });
    const clock = new ModelClock();
    const work = takeLease([a.host, b.host], holder('login-a'), clock, { patience: tenMinutes });
    const got = await clock.run(work, MINUTES);
    assert.deepEqual([got.fence('a'), got.fence('b')], [5, 4]);
    // The place at the first was given up, and what was taken there, before it waited at the second.
    assert.deepEqual(a.log, ['unlock 3', 'leave mine']);
  });

  it('waits for a lease that nobody renews, with a countdown', async () => {
    const texts: string[] = [];
    const { host } = answering(
      'a',
      held(0),
      held(10),
      held(24),
      { free: true },
      { fence: 5, replaced: lease() },
    );
    const got = await take(host, { expiry: true }, texts);
    assert.deepEqual(got.replaced, [{ host: 'a', state: lease() }]);
    assert.deepEqual(texts, [
      'the lease of login-b (deploy v1.4.0) ends in 25s unless it is renewed',
      'the lease of login-b (deploy v1.4.0) ends in 15s unless it is renewed',
      'the lease of login-b (deploy v1.4.0) ends in 1s unless it is renewed',
    ]);
  });

  it('does not wait for one that is renewed: its holder lives', async () => {
    const { host, wishes } = answering('a', held(0), held(2), held(4, { expires: NOW_S + 33 }));
    await assert.rejects(take(host, { expiry: true }), LockedError);
    assert.equal(wishes.length, 3);
    const other = answering('a', held(0), held(2, { fence: 5 }));
    await assert.rejects(take(other.host, { expiry: true }), LockedError);
  });

  it('takes a lease at once whose holder is dead', async () => {
    const { host, wishes } = answering('a', held(0), { fence: 5, replaced: lease() });
    const isDead = ({ actor }: LockHolder): boolean => actor === 'login-b';
    assert.equal((await take(host, { isDead })).fence('a'), 5);
    assert.deepEqual(wishes, [{}, { instead: 4 }]);
  });

  it('asks the holder to stop, once, and goes before all others', async () => {
    const texts: string[] = [];
    const { host, wishes, log } = answering('a', held(0), held(2), { free: true }, { fence: 5 });
    const interrupt = { actor: 'login-a', proven: true, machine: 'laptop' };
    await take(host, { urgent: true, interrupt }, texts);
    assert.deepEqual(log, ['login-a stops 4']);
    assert.ok(wishes.every((each) => each.urgent === true));
    assert.match(
      texts[0] ?? '',
      /^login-b \(deploy v1\.4\.0\) was asked to stop at its next safe point, 0s of 5m 30s$/,
    );
    const stubborn = answering('a', held(0));
    await assert.rejects(take(stubborn.host, { urgent: true, interrupt }), LockedError);
  });

  it('waits for a step that was left to itself, and for no freeze', async () => {
    const busy = new HdError('host-busy', 8, 'a step of an earlier deployment still runs on a');
    const { host } = answering('a', busy, busy, { free: true }, { fence: 5 });
    assert.equal((await take(host, { expiry: true })).fence('a'), 5);
    await assert.rejects(take(answering('a', busy).host, { expiry: true }), busy);
    await assert.rejects(take(answering('a', busy).host, {}), busy);
    const frozen = { actor: 'login-c', machine: 'build-7', why: 'reports', since: 1 };
    const freezing = answering('a', held(0), { frozen, at: NOW_S });
    await assert.rejects(
      take(freezing.host, { patience: tenMinutes }),
      (error) => error instanceof FrozenError && error.freeze === frozen,
    );
  });

  it('can be done before anything is taken, under the same ticket', async () => {
    const clock = new ModelClock();
    const a = answering('a', { free: true });
    const b = answering('b', held(0), { free: true });
    const options = { patience: tenMinutes };
    assert.equal(
      await clock.run(awaitFree([b.host, a.host], holder('login-a'), clock, options), MINUTES),
      true,
    );
    assert.ok([...a.wishes, ...b.wishes].every((each) => each.look === true && each.ticket === 'mine'));
    assert.deepEqual(b.log, []);
    const again = answering('a', { free: true });
    assert.equal(await awaitFree([again.host], holder('login-a'), clock, options), false);
  });
});
