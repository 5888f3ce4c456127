const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const two = (n: number): string => String(n).padStart(2, '0');

/** What was measured (screens.md, rule 15): `12ms`, `0.4s`, `47.0s`, `1m 01s`, `4h 49m`, `2d 1h`. */
export function duration(ms: number): string {
  if (ms < 100) return `${Math.round(ms)}ms`;
  if (Math.round(ms / 100) < 600) return `${(ms / SECOND).toFixed(1)}s`;
  const seconds = Math.round(ms / SECOND);
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${two(seconds % 60)}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)}h ${two(minutes % 60)}m`;
  const hours = Math.floor(minutes / 60);
  return `${Math.floor(hours / 24)}d ${hours % 24}h`;
}

/** What is expected or set: whole seconds, and no unit of nothing: `3s`, `41s`, `1m 12s`, `15m`, `4h`. */
export function span(ms: number): string {
  if (ms > 0 && ms < SECOND) return `${Math.round(ms)}ms`;
  const seconds = Math.round(ms / SECOND);
  if (seconds < 60) return `${seconds}s`;
  return duration(seconds * SECOND).replace(/ 0+[smh]$/, '');
}

/** How long ago, in its largest unit: `41s`, `24m`, `26h`, `7d`. */
export function age(ms: number): string {
  if (ms < MINUTE) return `${Math.max(0, Math.floor(ms / SECOND))}s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)}m`;
  if (ms < 2 * DAY) return `${Math.floor(ms / HOUR)}h`;
  return `${Math.floor(ms / DAY)}d`;
}

/** Always with one decimal: `0.0s`, `0.3s`, `12.4s`. */
export function downtime(ms: number): string {
  return `${(ms / SECOND).toFixed(1)}s`;
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** Decimal, as disks and networks are sold: `0 B`, `80 MB`, `1.2 GB`, `40 GB`. */
export function size(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit > 0 && value < 9.95 && value !== Math.round(value) ? 1 : 0;
  return `${value.toFixed(digits).replace(/\.0$/, '')} ${UNITS[unit] ?? 'B'}`;
}

interface Parts {
  weekday: string;
  date: string;
  clock: string;
  seconds: string;
}

function parts(at: number, zone: string): Parts {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hourCycle: 'h23',
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  const found = Object.fromEntries(format.formatToParts(at).map((part) => [part.type, part.value]));
  return {
    weekday: found['weekday'] ?? '',
    date: `${found['year'] ?? ''}-${found['month'] ?? ''}-${found['day'] ?? ''}`,
    clock: `${found['hour'] ?? ''}:${found['minute'] ?? ''}`,
    seconds: found['second'] ?? '',
  };
}

/** `UTC-5`, `UTC+8`, `UTC+5:30`, `UTC`. */
export function offset(at: number, zone: string): string {
  const named = new Intl.DateTimeFormat('en-GB', { timeZone: zone, timeZoneName: 'shortOffset' })
    .formatToParts(at)
    .find((part) => part.type === 'timeZoneName')?.value;
  return (named ?? 'UTC').replace(/^GMT(\+0$)?/, 'UTC').replace('\u2212', '-');
}

/** Of a header, once: `Thu 2026-11-19 09:58 UTC-5`. */
export function moment(at: number, zone: string): string {
  const { weekday, date, clock } = parts(at, zone);
  return `${weekday} ${date} ${clock} ${offset(at, zone)}`;
}

/** `10:13:41` if it is of the same day as `now`, else `2026-11-12 10:04` (screens.md, rule 16). */
export function time(at: number, zone: string, now: number): string {
  const then = parts(at, zone);
  return then.date === parts(now, zone).date ? `${then.clock}:${then.seconds}` : `${then.date} ${then.clock}`;
}

/** Of what people do: `10:13` if it is of the same day as `now`, else `2026-11-12 10:04`. */
export function minute(at: number, zone: string, now: number): string {
  const then = parts(at, zone);
  return then.date === parts(now, zone).date ? then.clock : `${then.date} ${then.clock}`;
}

/** Of a plain line: `15:11:58Z`. */
export function utcClock(at: number): string {
  return `${new Date(at).toISOString().slice(11, 19)}Z`;
}
