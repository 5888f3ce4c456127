import assert from 'node:assert/strict';
import { holidays } from '../../../src/lib/adapters/holidays.ts';
import { UsageError } from '../../../src/lib/domain/errors.ts';

const on = (country: string, from: string, days: number, zone = 'UTC'): string[] =>
  holidays(country, { from: Date.parse(from), days, zone }).map(({ date, name }) => `${date} ${name}`);

describe('public holidays', () => {
  it('are those of the country, in its language where that is English, with substitutes', () => {
    assert.deepEqual(on('US', '2026-06-30T12:00:00Z', 70), [
      '2026-07-03 Independence Day (substitute day)',
      '2026-07-04 Independence Day',
      '2026-09-07 Labor Day',
    ]);
    assert.deepEqual(on('GB-ENG', '2026-12-20T12:00:00Z', 10), [
      '2026-12-25 Christmas Day',
      '2026-12-26 Boxing Day',
      '2026-12-28 Boxing Day (substitute day)',
    ]);
  });

  it('go over New Year, also where a day of the next year stands in this one', () => {
    assert.deepEqual(on('US', '2027-12-20T12:00:00Z', 20), [
      '2027-12-24 Christmas Day (substitute day)',
      '2027-12-25 Christmas Day',
      "2027-12-31 New Year's Day (substitute day)",
      "2028-01-01 New Year's Day",
    ]);
  });

  it('that take several days go over New Year too', () => {
    assert.deepEqual(on('SZ', '2027-01-02T12:00:00Z', 1), ['2027-01-02 Incwala Festival']);
  });

  it('are those of a part of a country, and of a part of that', () => {
    const epiphany = (place: string): boolean => on(place, '2027-01-06T12:00:00Z', 1).length > 0;
    assert.deepEqual([epiphany('DE'), epiphany('DE-BY')], [false, true]);
    const mardiGras = (place: string): string[] => on(place, '2027-02-09T12:00:00Z', 1);
    assert.deepEqual([mardiGras('US'), mardiGras('US-LA-NO')], [[], ['2027-02-09 Mardi Gras']]);
  });

  it('are each day of those that take several, also if they have begun', () => {
    assert.deepEqual(on('VN', '2026-02-18T12:00:00Z', 10), [
      '2026-02-18 Vietnamese New Year Holidays',
      '2026-02-19 Vietnamese New Year Holidays',
      '2026-02-20 Vietnamese New Year Holidays',
    ]);
  });

  it('begin with the day that it is in the zone, and end with the last of so many', () => {
    // 03:00 in London is still the day before in New York.
    const christmas = (zone: string, days: number): number =>
      on('US', '2026-12-26T03:00:00Z', days, zone).length;
    assert.deepEqual([christmas('America/New_York', 1), christmas('Europe/London', 1)], [1, 0]);
    const thanksgiving = (days: number): number => on('US', '2026-11-20T12:00:00Z', days).length;
    assert.deepEqual([thanksgiving(6), thanksgiving(7)], [0, 1]);
  });

  it('are public: what banks, schools or customs keep is no holiday', () => {
    const names = on('US', '2026-01-01T12:00:00Z', 365).join();
    assert.doesNotMatch(names, /Valentine|Halloween|Tax Day|Mother/);
    assert.match(names, /Thanksgiving Day/);
  });

  const strangers: readonly (readonly [place: string, write: string])[] = [
    ['UK', 'GB (United Kingdom)'],
    ['XX', 'XK (Kosovo), AX (Åland Islands), CX (Christmas Island) or MX (Mexico)'],
    ['US-NYC', 'US-NY (New York) or US-NC (North Carolina)'],
    ['US-LA-XX', 'US-LA-NO'],
    ['US-QQQ', 'US or DE-BY for a part'],
    ['GB-XYZ', 'GB-ALD, GB-ENG, GB-NIR, GB-SCT or GB-WLS'],
    ['AX-1', 'AX'],
  ];
  for (const [place, write] of strangers) {
    it(`are not known of ${place}: ${write}`, () => {
      assert.throws(
        () => on(place, '2026-01-01T12:00:00Z', 1),
        (error: unknown) => {
          assert.ok(error instanceof UsageError);
          assert.equal(error.message, `no public holidays are known of ${place}`);
          assert.deepEqual(error.facts, [{ label: 'write', text: write }]);
          return true;
        },
      );
    });
  }
});
