import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LONGEST_MS, parseDuration } from '../../../src/lib/config/duration.ts';

describe('durations', () => {
  it('are milliseconds', () => {
    const rows = {
      '0s': 0,
      '500ms': 500,
      '3s': 3000,
      '2m': 120_000,
      '15m': 900_000,
      '1h': 3_600_000,
      '24h': LONGEST_MS,
    };
    for (const [text, ms] of Object.entries(rows)) assert.equal(parseDuration(text), ms, text);
  });

  it('are nothing else, and no longer than a day', () => {
    for (const text of [
      '',
      '3',
      '3 s',
      '1.5s',
      '-1s',
      '1d',
      '03s',
      '1m30s',
      's',
      '3S',
      '25h',
      '999999999h',
      '3s\n',
    ]) {
      assert.equal(parseDuration(text), undefined, JSON.stringify(text));
    }
  });

  it('are what their number and unit say, for every number', () => {
    const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom('ms', 's', 'm', 'h'), (amount, unit) => {
        const ms = amount * units[unit];
        const wanted = ms <= LONGEST_MS ? ms : undefined;
        assert.equal(parseDuration(`${amount}${unit}`), amount > 999_999_999 ? undefined : wanted);
      }),
    );
  });
});
