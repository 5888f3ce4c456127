import assert from 'node:assert/strict';
import {
  age,
  downtime,
  duration,
  moment,
  offset,
  size,
  span,
  time,
  utcClock,
} from '../../../src/lib/domain/values.ts';

const S = 1000;
const M = 60 * S;
const H = 60 * M;
const D = 24 * H;

const cases = <T>(form: (value: T) => string, table: readonly (readonly [T, string])[]): void => {
  for (const [value, text] of table) assert.equal(form(value), text);
};

describe('values (screens.md, rules 15 to 18)', () => {
  it('writes what was measured in two units at most', () => {
    cases(duration, [
      [0, '0ms'],
      [12, '12ms'],
      [99, '99ms'],
      [100, '0.1s'],
      [8_400, '8.4s'],
      [47_000, '47.0s'],
      [59_949, '59.9s'],
      [59_960, '1m 00s'],
      [61 * S, '1m 01s'],
      [15 * M, '15m 00s'],
      [4 * H + 49 * M, '4h 49m'],
      [2 * D + H, '2d 1h'],
    ]);
  });

  it('writes what is expected or set without units of nothing', () => {
    cases(span, [
      [0, '0s'],
      [250, '250ms'],
      [3 * S, '3s'],
      [41 * S, '41s'],
      [72 * S, '1m 12s'],
      [65 * S, '1m 05s'],
      [15 * M, '15m'],
      [4 * H, '4h'],
      [4 * H + 49 * M, '4h 49m'],
      [2 * D, '2d'],
    ]);
  });

  it('writes an age in its largest unit, hours up to two days', () => {
    cases(age, [
      [-5, '0s'],
      [41 * S, '41s'],
      [24 * M, '24m'],
      [26 * H, '26h'],
      [7 * D, '7d'],
    ]);
  });

  it('writes downtime with one decimal, always', () => {
    cases(downtime, [
      [0, '0.0s'],
      [310, '0.3s'],
      [72 * S, '72.0s'],
    ]);
  });

  it('writes sizes decimal', () => {
    cases(size, [
      [0, '0 B'],
      [999, '999 B'],
      [80_000_000, '80 MB'],
      [117_700_000, '118 MB'],
      [999_600_000, '1 GB'],
      [1_240_000_000, '1.2 GB'],
      [40_000_000_000, '40 GB'],
    ]);
  });

  const at = Date.UTC(2026, 10, 19, 14, 58, 41);

  it('writes the date, weekday and offset once, in the zone of who looks', () => {
    assert.equal(moment(at, 'America/New_York'), 'Thu 2026-11-19 09:58 UTC-5');
    assert.equal(moment(at, 'Asia/Singapore'), 'Thu 2026-11-19 22:58 UTC+8');
    assert.equal(moment(at, 'UTC'), 'Thu 2026-11-19 14:58 UTC');
    assert.equal(offset(at, 'Asia/Kolkata'), 'UTC+5:30');
    assert.equal(offset(Date.UTC(2026, 6, 1), 'America/New_York'), 'UTC-4');
  });

  it('writes a time of today with its seconds, else with its date', () => {
    assert.equal(time(at, 'America/New_York', at + H), '09:58:41');
    assert.equal(time(at, 'America/New_York', at + D), '2026-11-19 09:58');
    // The same hour is another day elsewhere.
    assert.equal(time(at, 'Asia/Singapore', at + 2 * H), '2026-11-19 22:58');
    assert.equal(time(Date.UTC(2026, 10, 19), 'UTC', Date.UTC(2026, 10, 19)), '00:00:00');
    assert.equal(utcClock(at), '14:58:41Z');
  });
});
