import { Temporal } from 'temporal-polyfill';
import type { Holiday, Weekday, WindowPolicy } from '../../domain/policy.ts';

/** From a moment to the one at which it is over; epoch milliseconds. */
export interface OpenTime {
  from: number;
  to: number;
}

/** Why a day is closed, and until which day it stays so. */
export interface Closure {
  why: string;
  last: string;
}

/** How far anybody looks ahead. */
export const HORIZON_DAYS = 400;
const WEEKDAYS: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** The calendar of a window: which days are closed, and when it is open. All dates are those of its zone. */
export class Calendar {
  readonly #policy: WindowPolicy;
  readonly #holidays: ReadonlyMap<string, string>;

  constructor(policy: WindowPolicy, holidays: readonly Holiday[]) {
    this.#policy = policy;
    this.#holidays = new Map(holidays.map(({ date, name }) => [date, name]));
  }

  /** @returns the date in the zone: `2026-11-26` */
  dateOf(at: number): string {
    return this.#zoned(at).toPlainDate().toString();
  }

  dateAfter(date: string, days: number): string {
    return Temporal.PlainDate.from(date).add({ days }).toString();
  }

  /** The first moment of the day. */
  startOf(date: string): number {
    return Temporal.PlainDate.from(date).toZonedDateTime(this.#policy.zone).epochMilliseconds;
  }

  /** A holiday, or a blackout; undefined if the day is neither. */
  closure(date: string): Closure | undefined {
    const holiday = this.#holidays.get(date);
    if (holiday !== undefined) return { why: holiday, last: date };
    const blackout = this.#policy.blackouts.find((each) => covers(each, date));
    if (blackout === undefined) return undefined;
    const { to, why } = blackout;
    if (to.length === date.length) return { why, last: to };
    const year = Number(date.slice(0, 4)) + (to < date.slice(5) ? 1 : 0);
    return { why, last: `${year}-${to}` };
  }

  /** Whether a window would reach into the day if nothing closed it. */
  concerns(date: string): boolean {
    const { days } = this.#policy;
    return (
      days.includes(weekday(date)) || (this.#overnight() && days.includes(weekday(this.dateAfter(date, -1))))
    );
  }

  /** When it is open, from the one that is not over at that moment on, in order; those that touch are one. */
  *openTimes(after: number): Generator<OpenTime> {
    const first = this.dateAfter(this.dateOf(after), -2);
    let last: OpenTime | undefined;
    for (let day = 0; day <= HORIZON_DAYS + 2; day += 1) {
      for (const next of this.#openOn(this.dateAfter(first, day))) {
        if (next.to <= after) continue;
        if (last !== undefined && next.from > last.to) {
          yield last;
          last = undefined;
        }
        last = last === undefined ? next : { from: last.from, to: Math.max(last.to, next.to) };
      }
    }
    if (last !== undefined) yield last;
  }

  /** Of the window that begins on that day, what closed days and freezes leave. */
  #openOn(date: string): readonly OpenTime[] {
    const { days, from, to, freezes } = this.#policy;
    if (!days.includes(weekday(date))) return [];
    const tomorrow = this.dateAfter(date, 1);
    const end =
      to === '24:00' ? this.startOf(tomorrow) : this.#first(this.#overnight() ? tomorrow : date, to);
    const closed = [date, tomorrow].flatMap((day) =>
      this.closure(day) === undefined
        ? []
        : [{ from: this.startOf(day), to: this.startOf(this.dateAfter(day, 1)) }],
    );
    const whole = { from: this.#first(date, from), to: end };
    return [...closed, ...freezes].reduce(without, [whole]).filter((each) => each.from < each.to);
  }

  #overnight(): boolean {
    return this.#policy.to < this.#policy.from;
  }

  /**
   * The first moment of the day at which the clock shows that time, or a later one. A time that does not exist is the
   * moment at which clocks were put forward; of one that exists twice it is the earlier.
   */
  #first(date: string, time: string): number {
    const { zone } = this.#policy;
    const wanted = Temporal.PlainDate.from(date).toPlainDateTime(time);
    const found = wanted.toZonedDateTime(zone, { disambiguation: 'earlier' });
    if (found.toPlainDateTime().equals(wanted)) return found.epochMilliseconds;
    return found.getTimeZoneTransition('next')?.epochMilliseconds ?? found.epochMilliseconds;
  }

  #zoned(at: number): Temporal.ZonedDateTime {
    return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(this.#policy.zone);
  }
}

function weekday(date: string): Weekday {
  return WEEKDAYS[Temporal.PlainDate.from(date).dayOfWeek - 1] ?? 'mon';
}

/** Both ends included; a range of every year may go over New Year. */
function covers({ from, to }: { from: string; to: string }, date: string): boolean {
  const day = date.slice(-from.length);
  return from <= to ? from <= day && day <= to : from <= day || day <= to;
}

function without(open: readonly OpenTime[], closed: OpenTime): OpenTime[] {
  return open.flatMap(({ from, to }) =>
    closed.to <= from || to <= closed.from
      ? [{ from, to }]
      : [
          { from, to: Math.min(to, closed.from) },
          { from: Math.max(from, closed.to), to },
        ].filter((left) => left.from < left.to),
  );
}
