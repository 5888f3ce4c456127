import { Flags } from '@oclif/core';
import { parseDuration } from './config/duration.ts';
import { UsageError } from './domain/errors.ts';
import { momentOf } from './domain/moment.ts';

/** Of verbs that look at a part of a ledger. */
export const rangeFlags = {
  since: Flags.string({
    summary: 'from that time on: 2026-11-19, "2026-11-19 10:00", or 7d',
    helpValue: 'TIME',
  }),
  until: Flags.string({ summary: 'up to that time; a date is its whole day', helpValue: 'TIME' }),
};

/**
 * The flags as epoch milliseconds.
 * @throws UsageError naming the flag that is no time
 */
export function rangeOf(
  flags: { since?: string | undefined; until?: string | undefined },
  now: number,
): { since?: number; until?: number } {
  const one = (name: 'since' | 'until'): number | undefined => {
    const text = flags[name];
    if (text === undefined) return undefined;
    const ago = /^\d/.test(text) && /[a-z]$/.test(text) ? agoOf(text) : undefined;
    const found = ago === undefined ? momentOf(text, name === 'since' ? 'start' : 'end') : now - ago;
    if (found === undefined)
      throw new UsageError(
        `--${name} ${JSON.stringify(text)} is not a time`,
        `as 2026-11-19, "2026-11-19 10:00", 2026-11-19T15:00:00Z or 7d`,
      );
    return found;
  };
  const [since, until] = [one('since'), one('until')];
  if (since !== undefined && until !== undefined && since > until)
    throw new UsageError('--since is later than --until');
  return { ...(since === undefined ? {} : { since }), ...(until === undefined ? {} : { until }) };
}

/** `7d`, and what a duration is elsewhere. */
function agoOf(text: string): number | undefined {
  const [, days] = /^(\d+)d$/.exec(text) ?? [];
  return days === undefined ? parseDuration(text) : Number(days) * 24 * 3_600_000;
}
