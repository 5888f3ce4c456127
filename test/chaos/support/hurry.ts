/**
 * For `node --import`: a wait is over HD_TEST_HURRY times as soon, and hd's clock has gone on as far as if it had been
 * waited out. A limit on one answer is a fifth of what it is: an answer that comes at all comes within a second here.
 */
import timers from 'node:timers/promises';
import { systemClock } from '../../../src/lib/adapters/clock.ts';

const factor = Number(process.env['HD_TEST_HURRY']);
const wait = timers.setTimeout;
let skipped = 0;

Object.assign(systemClock, {
  now: () => Date.now() + skipped,
  sleep: async (ms: number, signal?: AbortSignal) => {
    await wait(ms / factor, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
    skipped += ms - ms / factor;
  },
});

const later = globalThis.setTimeout;
globalThis.setTimeout = Object.assign(
  (callback: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) =>
    later(callback, ms / factor, ...args),
  later,
);

const limit = AbortSignal.timeout.bind(AbortSignal);
AbortSignal.timeout = (ms) => limit(ms / 5);
