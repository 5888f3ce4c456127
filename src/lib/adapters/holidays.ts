import Holidays from 'date-holidays';
import { distance } from '../config/nearest.ts';
import { UsageError } from '../domain/errors.ts';
import { list } from '../domain/names.ts';
import type { Holiday } from '../domain/policy.ts';
import type { HolidayRange } from '../ports.ts';

const DAY = 24 * 3_600_000;

/**
 * Public holidays of a country or a part of it (`US`, `DE-BY`, `US-LA-NO`), with the days that stand in for those on a
 * weekend, in order. A holiday of some hours is a day, one of several days is each of them. The data is that of
 * date-holidays, and as good (docs/adr/0010-temporal-and-date-holidays.md).
 * @param range its dates are those of the zone's calendar; a holiday has its own country's date
 * @throws UsageError for a country or a part that is not known; it names what there is
 */
export function holidays(country: string, range: HolidayRange): readonly Holiday[] {
  const first = dateOf(range.from, range.zone);
  const last = dateAfter(first, range.days - 1);
  const calendar = calendarOf(country);
  const english = calendar.getLanguages().find((each) => /^en\b/.test(each)) ?? 'en';
  const days = yearsOf(first, last)
    .flatMap((year) => calendar.getHolidays(year, english))
    .flatMap(({ date, start, end, name }) => {
      const length = Math.max(1, Math.round((end.getTime() - start.getTime()) / DAY));
      return Array.from({ length }, (_, index) => ({ date: dateAfter(date.slice(0, 10), index), name }));
    })
    .filter(({ date }) => first <= date && date <= last)
    .sort((a, b) => a.date.localeCompare(b.date));
  // One name a day: the first is the holiday, others are those that fall on it.
  return [...new Map(days.toReversed().map((each) => [each.date, each])).values()].reverse();
}

function calendarOf(place: string): Holidays {
  const all = new Holidays();
  const [country = '', state, region] = place.split('-');
  known(place, '', country, all.getCountries('en'));
  if (state !== undefined) known(place, `${country}-`, state, all.getStates(country, 'en'));
  if (state !== undefined && region !== undefined)
    known(place, `${country}-${state}-`, region, all.getRegions(country, state, 'en'));
  return new Holidays({ country, ...(state && { state }), ...(region && { region }) }, { types: ['public'] });
}

/** What people call a country although its code is another. */
const MEANT: Readonly<Record<string, string>> = { UK: 'GB', EN: 'GB', EL: 'GR' };
const NEAR = 4;
const LISTED = 20;

/** The library takes what it does not know for a place without holidays. */
function known(
  place: string,
  before: string,
  code: string,
  names: Readonly<Record<string, string>> | undefined = {},
): void {
  if (Object.hasOwn(names, code)) return;
  const codes = Object.keys(names);
  const meant = MEANT[code];
  const near =
    meant !== undefined && before === ''
      ? [meant]
      : codes
          .filter((each) => distance(each, code) <= 1)
          .sort((a, b) => Number(b[0] === code[0]) - Number(a[0] === code[0]))
          .slice(0, NEAR);
  const all = codes.length <= LISTED ? codes.map((each) => `${before}${each}`) : ['US', 'DE-BY for a part'];
  const write = near.length > 0 ? near.map((each) => `${before}${each} (${names[each] ?? each})`) : all;
  throw new UsageError(
    `no public holidays are known of ${place}`,
    codes.length === 0 ? before.replace(/-$/, '') : list(write, 'or'),
  );
}

/** The year before as well: what takes several days may go over New Year. */
function yearsOf(first: string, last: string): readonly number[] {
  const [from, to] = [Number(first.slice(0, 4)) - 1, Number(last.slice(0, 4))];
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

function dateOf(at: number, zone: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' }).format(at);
}

function dateAfter(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10);
}
