const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** `3s`, `500ms`, `2m`, `1h`: a whole number and one unit. */
export const DURATION = /^(0|[1-9]\d{0,8})(ms|s|m|h)$/;

/** Timers of the platform overflow beyond 24.8 days; nothing that hd waits for takes longer than this. */
export const LONGEST_MS = 24 * UNITS.h;

/** Milliseconds; undefined if the text is not a duration of at most 24 hours. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit] = DURATION.exec(text) ?? [];
  if (amount === undefined || unit === undefined) return undefined;
  const ms = Number(amount) * UNITS[unit as keyof typeof UNITS];
  return ms <= LONGEST_MS ? ms : undefined;
}

const DAY_MS = 24 * UNITS.h;

/** `30s`, `4h`, `7d`: what a policy counts by, which no timer has to wait for. */
export const PERIOD = /^([1-9]\d{0,8})(s|m|h|d)$/;

/** Milliseconds; undefined if the text is not a period of at most 90 days. */
export function parsePeriod(text: string): number | undefined {
  const [, amount, unit] = PERIOD.exec(text) ?? [];
  if (amount === undefined || unit === undefined) return undefined;
  const ms = Number(amount) * (unit === 'd' ? DAY_MS : UNITS[unit as keyof typeof UNITS]);
  return ms <= 90 * DAY_MS ? ms : undefined;
}
