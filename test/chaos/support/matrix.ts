/** A command killed at every one of its exchanges with the outside: which of them there are, a recorded run says. */
import assert from 'node:assert/strict';
import { Test } from 'mocha';
import type { Exchange } from './exchanges.ts';
import type { KillAt } from './hd.ts';
import type { Moment } from './kill-at.ts';
import { chance, SEED, someOf } from './seed.ts';

export interface Case extends KillAt {
  exchange: Exchange;
  /** What else of the case is left to chance. */
  random: () => number;
}

export interface Operation {
  /** `deploy on one host`. */
  name: string;
  /** What the recording must contain, in this order, or the enumeration is not of this operation. */
  effects: readonly RegExp[];
  /** How many cases a sample has: one at a moment of each effect, as far as that goes, the rest anywhere. */
  sample: number;
  /** Brings up what is needed, lets the command come to its end, and gives back what it exchanged. */
  record(): Promise<readonly Exchange[]>;
  /** Kills it there, and asserts what must be true then. */
  kill(at: Case): Promise<void>;
  /** Takes down what was brought up for this operation alone. */
  end?(): Promise<void>;
}

/** `all`, or a part of the titles of those to run; absent for a sample. */
const { HD_CHAOS: chosen } = process.env;
/** Of steps that outlive their session: they have a middle. */
const STEPS = /^(pull|switch)/;

/** A suite whose cases follow from what the operation was recorded to exchange: what is added later is covered by itself. */
export function matrix(operation: Operation): void {
  describe(`${operation.name}, killed (HD_CHAOS_SEED=${SEED})`, function () {
    this.timeout(120_000);
    let recorded: readonly Exchange[] = [];

    before(async function () {
      this.timeout(600_000);
      recorded = await operation.record();
      for (const each of casesOf(operation, recorded)) {
        const title = `kill -9 ${each.moment} ${each.key} (exchange ${each.exchange.n} of ${recorded.length})`;
        if (chosen !== undefined && chosen !== 'all' && !title.includes(chosen)) continue;
        this.test?.parent?.addTest(new Test(title, () => operation.kill(each)));
      }
    });

    after(() => operation.end?.());

    it('is recorded whole, each exchange once', () => {
      const keys = recorded.flatMap((each) => each.key ?? []);
      assert.equal(new Set(keys).size, keys.length, keys.join('\n'));
      let from = 0;
      for (const effect of operation.effects) {
        const at = keys.findIndex((key, index) => index >= from && effect.test(key));
        assert.ok(
          at >= 0,
          `no ${String(effect)} after ${keys[from - 1] ?? 'the start'} in:\n${keys.join('\n')}`,
        );
        from = at + 1;
      }
    });
  });
}

/** All of them, or a sample: one at each of the operation's effects, as far as that goes, and the rest anywhere. */
function casesOf(operation: Operation, recorded: readonly Exchange[]): Case[] {
  const random = chance(operation.name);
  const all = recorded.flatMap((exchange) =>
    momentsOf(exchange).map((moment): Case => ({ key: exchange.key ?? '', moment, exchange, random })),
  );
  if (chosen !== undefined) return all;
  const atEffects = operation.effects.flatMap((effect) =>
    someOf(
      random,
      all.filter(({ key }) => effect.test(key)),
      1,
    ),
  );
  const some = someOf(random, atEffects, operation.sample);
  const rest = all.filter((each) => !some.includes(each));
  const more = someOf(random, rest, operation.sample - some.length);
  return all.filter((each) => some.includes(each) || more.includes(each));
}

/** What only looks leaves the same behind at each of its moments. */
function momentsOf({ key, what, looks }: Exchange): Moment[] {
  if (key === undefined) return [];
  if (looks) return ['in'];
  return STEPS.test(what) ? ['before', 'in', 'amid', 'after'] : ['before', 'in', 'after'];
}
