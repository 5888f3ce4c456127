import { duration, moment, offset, span } from '../../domain/values.ts';

/** When something is judged, and the operator's zone. */
export interface Here {
  now: number;
  zone: string;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `Mon 2026-11-23`, as the zone's calendar has it. */
export function dayOf(at: number, zone: string): string {
  return moment(at, zone).slice(0, 'Mon 2026-11-23'.length);
}

/** `09:00`. */
export function clockOf(at: number, zone: string): string {
  return moment(at, zone).slice('Mon 2026-11-23 '.length, 'Mon 2026-11-23 09:00'.length);
}

/** Whether clocks of the two zones differ at that moment. */
export function differs(at: number, zone: string, other: string): boolean {
  return offset(at, zone) !== offset(at, other);
}

/**
 * `15:00` today, `Mon 2026-11-23 09:00` else, by the operator's clock; the policy's behind it if it shows another time:
 * `Mon 2026-11-23 22:00 (09:00 America/New_York)` (screens.md, 15 and rule 16).
 */
export function timeAt(at: number, { now, zone }: Here, policyZone = zone): string {
  const day = dayOf(at, zone);
  const own = `${day === dayOf(now, zone) ? '' : `${day} `}${clockOf(at, zone)}`;
  if (!differs(at, zone, policyZone)) return own;
  const there = dayOf(at, policyZone);
  const weekday = there === day ? '' : `${there.slice(0, 3)} `;
  return `${own} (${weekday}${clockOf(at, policyZone)} ${policyZone})`;
}

/** `opens Mon 2026-11-23 09:00, in 1d 21h`: at that minute it is open. */
export function opens(at: number, here: Here, policyZone?: string): string {
  return `opens ${timeAt(Math.ceil(at / MINUTE) * MINUTE, here, policyZone)}, in ${duration(at - here.now)}`;
}

/** `closes 15:00, in 4h 49m`: at that minute it is closed. */
export function closes(at: number, here: Here, policyZone?: string): string {
  return `closes ${timeAt(at, here, policyZone)}, in ${duration(at - here.now)}`;
}

/** A limit as people set it, in the units in which an age is told: `30m`, `4h`, `24h`, `7d`. */
export function limit(ms: number): string {
  if (ms >= 2 * DAY && ms % DAY === 0) return `${ms / DAY}d`;
  return ms % HOUR === 0 ? `${ms / HOUR}h` : span(ms);
}
