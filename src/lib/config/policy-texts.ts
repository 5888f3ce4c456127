import * as z from 'zod';
import { momentOf } from '../domain/moment.ts';
import { parsePeriod, PERIOD } from './duration.ts';
import { nearest } from './nearest.ts';
import { text } from './texts.ts';

/** The texts that a policy is made of; as in texts.ts, a message's second line is what to write instead. */

export const roleName = text(
  'role',
  /^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$/,
  'not a name for a role',
  'letters, digits, - and _; a letter or digit first',
);

export const member = text(
  'login or team',
  /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}(?:\/[A-Za-z0-9][A-Za-z0-9._-]{0,99})?$/,
  'not a login or a team of GitHub',
  'login-a, or acme/leads for a team; without @',
);

export const byGitHub = text('github', /^github$/, 'neither roles nor github', '{tech-lead: 1}');

/** It goes into comments, issues and the ledger. */
export const meaning = text('word', /^[a-z][a-z-]{0,29}$/, 'not a meaning', 'approval, or review');

export const reason = text(
  'text',
  /^(?! )[^\x00-\x1f\x7f-\x9f]{1,100}(?<! )$/,
  'not a reason of up to 100 characters on one line',
);

export const label = text(
  'label',
  /^(?! )[^\x00-\x1f\x7f-\x9f,]{1,50}(?<! )$/,
  'not a label of GitHub',
  'critical',
);

/** As GitHub's checks and statuses are called. */
export const checkName = text(
  'check',
  /^(?! )[^\x00-\x1f\x7f-\x9f]{1,200}(?<! )$/,
  'not the name of a check',
);

export const opening = text(
  'time',
  /^(?:[01]\d|2[0-3]):[0-5]\d$/,
  'not a time of day',
  '"09:00", from 00:00 to 23:59',
);

export const closing = text(
  'time',
  /^(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/,
  'not a time of day',
  '"15:00", up to 24:00',
);

export const country = text(
  'country',
  /^[A-Z]{2}(?:-[A-Z0-9]{1,10}){0,2}$/,
  'not the code of a country or a part of one',
  'US, or DE-BY for a part',
);

const DAY = /^(?:\d{4}-)?(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/;

/** `2026-12-24`, or `12-24` for every year. */
export const day = text('date', DAY, 'not a day', '2026-12-24, or 12-24 for every year').refine(
  (value) => !DAY.test(value) || isDay(value),
  { error: 'no such day\n2026-12-24, or 12-24 for every year' },
);

/** Of every year is a day also if only leap years have it. */
function isDay(value: string): boolean {
  const date = value.length === 5 ? `2024-${value}` : value;
  return new Date(`${date}T00:00:00Z`).getUTCDate() === Number(value.slice(-2));
}

const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/;

/** Epoch milliseconds, from RFC 3339. */
export const moment = text(
  'date and time',
  MOMENT,
  'not a moment with its offset',
  '2026-12-01T18:00:00-05:00, or with Z',
)
  .refine((value) => !MOMENT.test(value) || momentOf(value, 'start') !== undefined, {
    error: 'no such moment\n2026-12-01T18:00:00-05:00, or with Z',
  })
  .transform((value) => momentOf(value, 'start') ?? 0);

/** Milliseconds, from `4h`. */
export const period = text(
  'duration',
  PERIOD,
  'not a duration',
  'a whole number from 1 on and s, m, h or d: 24h',
)
  .refine((value) => !PERIOD.test(value) || parsePeriod(value) !== undefined, {
    error: 'longer than 90 days\n90d',
  })
  .transform((value) => parsePeriod(value) ?? 0);

/** Names that look like a place's time and are its winter's, all year (T19). */
const WINTERS: Readonly<Record<string, string>> = {
  EST: 'America/New_York; Etc/GMT+5 if UTC-5 all year is meant',
  MST: 'America/Denver; Etc/GMT+7 if UTC-7 all year is meant',
};

const ZONE = /^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/;

/** An IANA zone. */
export const zone = z
  .string()
  .meta({ title: 'zone' })
  .regex(ZONE, { error: 'no such zone\nAmerica/New_York' })
  .refine((value) => !ZONE.test(value) || (isZone(value) && WINTERS[value.toUpperCase()] === undefined), {
    error: ({ input }) => zoneMessage(String(input)),
  });

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

function zoneMessage(name: string): string {
  const instead = WINTERS[name.toUpperCase()];
  if (instead !== undefined) return `${name} is not what clocks show in summer\n${instead}`;
  const near = nearest(name, [...Intl.supportedValuesOf('timeZone'), 'UTC']).write;
  return `no such zone\n${near ?? 'the IANA name of a place: America/New_York'}`;
}
