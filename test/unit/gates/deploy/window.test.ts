import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Holiday, Weekday, WindowPolicy } from '../../../../src/lib/domain/policy.ts';
import { window } from '../../../../src/lib/gates/deploy/window.ts';
import type { GateVerdict } from '../../../../src/lib/gates/gate.ts';
import { DAY, HOUR, NEW_YORK, NOW, OFFICE, SECOND, utc, withPolicy } from './facts.ts';

const THANKSGIVING: Holiday = { date: '2026-11-26', name: 'Thanksgiving Day' };
const EVERY_DAY: WindowPolicy = {
  ...OFFICE,
  days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
  from: '00:00',
  to: '24:00',
};

function judge(
  policy: Partial<WindowPolicy>,
  now: number | string = NOW,
  { holidays = [], zone = NEW_YORK }: { holidays?: readonly Holiday[]; zone?: string } = {},
): Omit<GateVerdict, 'gate'> {
  const at = typeof now === 'string' ? utc(now) : now;
  return window.judge(withPolicy({ window: { ...OFFICE, ...policy } }, { now: at, holidays, zone }));
}

/** Both sides of it: a second before, and the moment itself; and the side before knows when the other comes. */
function edge(
  policy: Partial<WindowPolicy>,
  kind: 'opens' | 'closes',
  iso: string,
  holidays: readonly Holiday[] = [],
): void {
  const at = utc(iso);
  const [before, after] = [judge(policy, at - SECOND, { holidays }), judge(policy, at, { holidays })];
  const seen = [before.state, after.state, kind === 'opens' ? before.opensAt : before.closesAt];
  assert.deepEqual(seen, kind === 'opens' ? ['closed', 'open', at] : ['open', 'closed', at]);
}

const one = (day: Weekday, from: string, to: string, zone = NEW_YORK): Partial<WindowPolicy> => ({
  days: [day],
  ...{ from, to, zone },
});

/** What opens and closes when, in UTC; nothing else happens in between. */
const edges: readonly (readonly [
  what: string,
  policy: Partial<WindowPolicy>,
  edges: readonly (readonly ['opens' | 'closes', string])[],
  holidays?: readonly Holiday[],
])[] = [
  [
    'winter in New York',
    {},
    [
      ['opens', '2026-11-23T14:00:00Z'],
      ['closes', '2026-11-23T20:00:00Z'],
    ],
  ],
  [
    'summer in New York (T19)',
    {},
    [
      ['opens', '2026-07-06T13:00:00Z'],
      ['closes', '2026-07-06T19:00:00Z'],
    ],
  ],
  [
    'the Monday after clocks went forward',
    {},
    [
      ['opens', '2026-03-09T13:00:00Z'],
      ['closes', '2026-03-09T19:00:00Z'],
    ],
  ],
  [
    'the Monday after clocks went back',
    {},
    [
      ['opens', '2026-11-02T14:00:00Z'],
      ['closes', '2026-11-02T20:00:00Z'],
    ],
  ],
  [
    'from an hour that is left out: with the first one that is there',
    one('sun', '02:30', '04:00'),
    [
      ['opens', '2026-03-08T07:00:00Z'],
      ['closes', '2026-03-08T08:00:00Z'],
      ['opens', '2026-03-15T06:30:00Z'],
    ],
  ],
  [
    'to an hour that is left out',
    one('sun', '01:00', '02:30'),
    [
      ['opens', '2026-03-08T06:00:00Z'],
      ['closes', '2026-03-08T07:00:00Z'],
      ['opens', '2026-03-15T05:00:00Z'],
    ],
  ],
  [
    'wholly in an hour that is left out: not that day',
    one('sun', '02:10', '02:50'),
    [
      ['closes', '2026-03-01T07:50:00Z'],
      ['opens', '2026-03-15T06:10:00Z'],
    ],
  ],
  [
    'from an hour that is there twice: with the first of them',
    one('sun', '01:30', '03:00'),
    [
      ['opens', '2026-11-01T05:30:00Z'],
      ['closes', '2026-11-01T08:00:00Z'],
    ],
  ],
  [
    'to an hour that is there twice: with the first of them, and for good',
    one('sun', '00:30', '01:30'),
    [
      ['opens', '2026-11-01T04:30:00Z'],
      ['closes', '2026-11-01T05:30:00Z'],
      ['opens', '2026-11-08T05:30:00Z'],
    ],
  ],
  [
    'half an hour that is left out, on Lord Howe Island',
    one('sun', '02:15', '05:00', 'Australia/Lord_Howe'),
    [
      ['opens', '2026-10-03T15:30:00Z'],
      ['closes', '2026-10-03T18:00:00Z'],
      ['opens', '2026-10-10T15:15:00Z'],
    ],
  ],
  [
    'half an hour that is there twice, on Lord Howe Island',
    one('sun', '01:45', '03:00', 'Australia/Lord_Howe'),
    [
      ['opens', '2026-04-04T14:45:00Z'],
      ['closes', '2026-04-04T16:30:00Z'],
    ],
  ],
  [
    'a day that begins at one, in Cairo',
    one('fri', '00:00', '02:00', 'Africa/Cairo'),
    [
      ['opens', '2026-04-23T22:00:00Z'],
      ['closes', '2026-04-23T23:00:00Z'],
    ],
  ],
  [
    'a quarter of an hour off, in Nepal',
    one('fri', '09:00', '15:00', 'Asia/Kathmandu'),
    [
      ['opens', '2026-11-20T03:15:00Z'],
      ['closes', '2026-11-20T09:15:00Z'],
    ],
  ],
  [
    'over midnight: the window is that of its first day',
    one('fri', '22:00', '04:00', 'Asia/Tokyo'),
    [
      ['opens', '2026-11-20T13:00:00Z'],
      ['closes', '2026-11-20T19:00:00Z'],
      ['opens', '2026-11-27T13:00:00Z'],
    ],
  ],
  [
    'over midnight into a closed day',
    {
      ...one('fri', '22:00', '04:00', 'Asia/Tokyo'),
      blackouts: [{ from: '2026-11-21', to: '2026-11-21', why: 'b' }],
    },
    [
      ['opens', '2026-11-20T13:00:00Z'],
      ['closes', '2026-11-20T15:00:00Z'],
      ['opens', '2026-11-27T13:00:00Z'],
    ],
  ],
  [
    'over midnight out of a closed day',
    {
      ...one('fri', '22:00', '04:00', 'Asia/Tokyo'),
      blackouts: [{ from: '2026-11-20', to: '2026-11-20', why: 'b' }],
    },
    [
      ['opens', '2026-11-20T15:00:00Z'],
      ['closes', '2026-11-20T19:00:00Z'],
    ],
  ],
  [
    'whole days that touch are one window',
    { days: ['mon', 'tue'], from: '00:00', to: '24:00' },
    [
      ['opens', '2026-11-23T05:00:00Z'],
      ['closes', '2026-11-25T05:00:00Z'],
    ],
  ],
  [
    'whole days over a change of clocks',
    { days: ['sun'], from: '00:00', to: '24:00' },
    [
      ['opens', '2026-11-01T04:00:00Z'],
      ['closes', '2026-11-02T05:00:00Z'],
    ],
  ],
  [
    'a holiday, and not the day after it',
    EVERY_DAY,
    [
      ['closes', '2026-11-26T05:00:00Z'],
      ['opens', '2026-11-27T05:00:00Z'],
    ],
    [THANKSGIVING],
  ],
  [
    'a blackout by its dates, both included',
    { ...EVERY_DAY, blackouts: [{ from: '2026-12-24', to: '2027-01-02', why: 'Year end' }] },
    [
      ['closes', '2026-12-24T05:00:00Z'],
      ['opens', '2027-01-03T05:00:00Z'],
    ],
  ],
  [
    'a blackout of every year, over New Year',
    { ...EVERY_DAY, blackouts: [{ from: '12-24', to: '01-02', why: 'Year end' }] },
    [
      ['closes', '2026-12-24T05:00:00Z'],
      ['opens', '2027-01-03T05:00:00Z'],
      ['closes', '2027-12-24T05:00:00Z'],
      ['opens', '2028-01-03T05:00:00Z'],
    ],
  ],
  [
    'the last of February in a leap year',
    { ...EVERY_DAY, blackouts: [{ from: '02-28', to: '02-29', why: 'b' }] },
    [
      ['closes', '2028-02-28T05:00:00Z'],
      ['opens', '2028-03-01T05:00:00Z'],
    ],
  ],
  [
    'and in another one',
    { ...EVERY_DAY, blackouts: [{ from: '02-28', to: '02-29', why: 'b' }] },
    [
      ['closes', '2027-02-28T05:00:00Z'],
      ['opens', '2027-03-01T05:00:00Z'],
    ],
  ],
  [
    'a leap day alone, from one to the next',
    { ...EVERY_DAY, blackouts: [{ from: '02-29', to: '02-29', why: 'b' }] },
    [
      ['closes', '2028-02-29T05:00:00Z'],
      ['opens', '2028-03-01T05:00:00Z'],
    ],
  ],
  [
    'a freeze, to the moment',
    {
      ...EVERY_DAY,
      freezes: [{ from: utc('2026-12-01T23:00:00Z'), to: utc('2026-12-02T11:00:00Z'), why: 'f' }],
    },
    [
      ['closes', '2026-12-01T23:00:00Z'],
      ['opens', '2026-12-02T11:00:00Z'],
    ],
  ],
];

describe('the window', () => {
  for (const [what, policy, list, holidays] of edges) {
    it(what, () => {
      for (const [kind, at] of list) edge(policy, kind, at, holidays);
    });
  }

  it('does not know a leap day in other years', () => {
    const policy = { ...EVERY_DAY, blackouts: [{ from: '02-29', to: '02-29', why: 'b' }] };
    for (const day of ['2027-02-28', '2027-03-01'])
      assert.equal(judge(policy, `${day}T17:00:00Z`).state, 'open', day);
  });

  it('that never opens says so, and does not look for ever', () => {
    const never = judge({ blackouts: [{ from: '01-01', to: '12-31', why: 'Closed down' }] });
    assert.deepEqual(
      [never.state, never.opensAt, never.more],
      ['closed', undefined, ['does not open within 400 days']],
    );
  });

  it('that never closes has no end', () => {
    const { state, closesAt, more } = judge(EVERY_DAY);
    assert.deepEqual([state, closesAt, more], ['open', undefined, []]);
  });

  it('is not known while holidays are not, unless it is closed anyway', () => {
    const unknown = { holidays: { unknown: 'no calendar' } };
    const of = (now: number): string =>
      window.judge(withPolicy({ window: { ...OFFICE, holidays: 'US' } }, { now, ...unknown })).state;
    assert.deepEqual([of(utc('2026-11-23T15:00:00Z')), of(NOW)], ['unknown', 'closed']);
    const verdict = window.judge(
      withPolicy({ window: { ...OFFICE, holidays: 'US' } }, { now: utc('2026-11-23T15:00:00Z'), ...unknown }),
    );
    assert.equal(verdict.text, 'the public holidays of US are not known: no calendar');
  });
});

const AT_NIGHT: Partial<WindowPolicy> = { days: ['mon', 'wed', 'sat', 'sun'], from: '22:00', to: '04:00' };
const MIGRATION = {
  from: utc('2026-12-01T18:00:00-05:00'),
  to: utc('2026-12-02T06:00:00-05:00'),
  why: 'Migration of the data centre',
};
const YEAR_END = { from: '2026-12-24', to: '2027-01-02', why: 'Year end' };

/** Golden texts (screens.md, 5, 15 and rule 16). */
const texts: readonly (readonly [
  what: string,
  found: () => Omit<GateVerdict, 'gate'>,
  lines: readonly string[],
])[] = [
  [
    'a Saturday before Thanksgiving',
    () => judge({}, NOW, { holidays: [THANKSGIVING] }),
    [
      'Saturday 11:20; open mon to thu, 09:00 to 15:00',
      'opens Mon 2026-11-23 09:00, in 1d 21h',
      'closed Thu 2026-11-26, Thanksgiving Day',
    ],
  ],
  [
    'an open window',
    () => judge({}, '2026-11-19T15:11:00Z'),
    ['Thursday 10:11; open mon to thu, 09:00 to 15:00', 'closes 15:00, in 4h 49m'],
  ],
  [
    'the morning of a day on which it opens',
    () => judge({}, '2026-11-23T11:30:00Z'),
    ['Monday 06:30; open mon to thu, 09:00 to 15:00', 'opens 09:00, in 2h 30m'],
  ],
  [
    'a holiday',
    () => judge({}, '2026-11-26T16:20:00Z', { holidays: [THANKSGIVING] }),
    [
      'Thursday 11:20, Thanksgiving Day; open mon to thu, 09:00 to 15:00',
      'opens Mon 2026-11-30 09:00, in 3d 21h',
    ],
  ],
  [
    'an operator elsewhere',
    () => judge({}, NOW, { zone: 'Asia/Singapore', holidays: [THANKSGIVING] }),
    [
      'Sunday 00:20 (Sat 11:20 America/New_York); open mon to thu, 09:00 to 15:00 there',
      'opens Mon 2026-11-23 22:00 (09:00 America/New_York), in 1d 21h',
      'closed Thu 2026-11-26, Thanksgiving Day',
    ],
  ],
  [
    'an operator whose day is the next one already',
    () => judge({}, '2026-11-23T12:00:00Z', { zone: 'Australia/Sydney' }),
    [
      'Monday 23:00 (07:00 America/New_York); open mon to thu, 09:00 to 15:00 there',
      'opens Tue 2026-11-24 01:00 (Mon 09:00 America/New_York), in 2h 00m',
    ],
  ],
  [
    'another zone with the same clock',
    () => judge({}, NOW, { zone: 'America/Toronto' }),
    ['Saturday 11:20; open mon to thu, 09:00 to 15:00', 'opens Mon 2026-11-23 09:00, in 1d 21h'],
  ],
  [
    'in a blackout, while the next window is over midnight',
    () => judge({ ...AT_NIGHT, blackouts: [YEAR_END] }, '2026-12-30T04:00:00Z'),
    [
      'Tuesday 23:00, Year end until Sat 2027-01-02; open mon, wed, sat, sun, 22:00 to 04:00',
      'opens Sun 2027-01-03 00:00, in 4d 1h',
    ],
  ],
  [
    'before a blackout of several days',
    () => judge({ blackouts: [YEAR_END] }, '2026-12-21T15:00:00Z'),
    [
      'Monday 10:00; open mon to thu, 09:00 to 15:00',
      'closes 15:00, in 5h 00m',
      'closed Thu 2026-12-24 to Sat 2027-01-02, Year end',
    ],
  ],
  [
    'before a blackout of every year',
    () => judge({ blackouts: [{ ...YEAR_END, from: '12-24', to: '01-02' }] }, '2026-12-21T15:00:00Z'),
    [
      'Monday 10:00; open mon to thu, 09:00 to 15:00',
      'closes 15:00, in 5h 00m',
      'closed Thu 2026-12-24 to Sat 2027-01-02, Year end',
    ],
  ],
  [
    'a freeze that is near, and one that runs',
    () => judge({ freezes: [MIGRATION] }, '2026-11-25T15:00:00Z'),
    [
      'Wednesday 10:00; open mon to thu, 09:00 to 15:00',
      'closes 15:00, in 5h 00m',
      'closed Tue 2026-12-01 18:00 to Wed 2026-12-02 06:00, Migration of the data centre',
    ],
  ],
  [
    'a freeze before a holiday: the nearer one is said',
    () =>
      judge({ freezes: [{ ...MIGRATION, from: utc('2026-11-24T15:00:00Z') }] }, '2026-11-23T15:00:00Z', {
        holidays: [THANKSGIVING],
      }),
    [
      'Monday 10:00; open mon to thu, 09:00 to 15:00',
      'closes 15:00, in 5h 00m',
      'closed Tue 2026-11-24 10:00 to Wed 2026-12-02 06:00, Migration of the data centre',
    ],
  ],
  [
    'in a freeze',
    () => judge({ freezes: [MIGRATION] }, '2026-12-02T10:00:00Z'),
    [
      'Wednesday 05:00, Migration of the data centre until 06:00; open mon to thu, 09:00 to 15:00',
      'opens 09:00, in 4h 00m',
    ],
  ],
  [
    'a holiday on a day without a window is nobody’s business',
    () =>
      judge({}, '2026-11-23T15:00:00Z', {
        holidays: [{ date: '2026-11-27', name: 'Day after Thanksgiving' }],
      }),
    ['Monday 10:00; open mon to thu, 09:00 to 15:00', 'closes 15:00, in 5h 00m'],
  ],
  [
    'a holiday in more than a week',
    () => judge({}, '2026-11-18T15:00:00Z', { holidays: [THANKSGIVING] }),
    ['Wednesday 10:00; open mon to thu, 09:00 to 15:00', 'closes 15:00, in 5h 00m'],
  ],
  [
    'a holiday in just a week',
    () => judge({}, '2026-11-19T15:00:00Z', { holidays: [THANKSGIVING] }),
    [
      'Thursday 10:00; open mon to thu, 09:00 to 15:00',
      'closes 15:00, in 5h 00m',
      'closed Thu 2026-11-26, Thanksgiving Day',
    ],
  ],
];

describe('what the window says', () => {
  for (const [what, found, lines] of texts) {
    it(what, () => {
      const { text, more = [] } = found();
      assert.deepEqual([text, ...more], lines);
    });
  }
});

const ZONES = [
  'UTC',
  NEW_YORK,
  'Europe/Berlin',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Africa/Cairo',
  'Pacific/Chatham',
];
const WEEK: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const clock = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.constantFrom(0, 15, 30, 59))
  .map(([hour, minute]) => `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`);
const monthDay = fc
  .integer({ min: 0, max: 365 })
  .map((n) => new Date(Date.UTC(2024, 0, 1 + n)).toISOString().slice(5, 10));

const policies = fc
  .record({
    days: fc.subarray([...WEEK], { minLength: 1 }),
    from: clock,
    to: fc.oneof(clock, fc.constant('24:00')),
    zone: fc.constantFrom(...ZONES),
    blackouts: fc.array(fc.record({ from: monthDay, to: monthDay, why: fc.constant('b') }), { maxLength: 2 }),
  })
  .filter(({ from, to }) => from !== to)
  .map((policy): WindowPolicy => ({ ...policy, freezes: [] }));
const moments = fc.integer({ min: utc('2026-01-01T00:00:00Z'), max: utc('2029-01-01T00:00:00Z') });

/** What the zone's clocks show, by Intl and not by Temporal. */
function shown(at: number, zone: string): { day: Weekday; date: string; time: string; offset: string } {
  const format = new Intl.DateTimeFormat('en-GB', {
    ...{ timeZone: zone, hourCycle: 'h23', weekday: 'short', timeZoneName: 'longOffset' },
    ...{ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' },
  });
  const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  return {
    day: (part['weekday'] ?? '').toLowerCase() as Weekday,
    date: `${part['month'] ?? ''}-${part['day'] ?? ''}`,
    time: `${part['hour'] ?? ''}:${part['minute'] ?? ''}`,
    offset: part['timeZoneName'] ?? '',
  };
}

/** Whether clocks say that it is open, where no clock is put forward or back. */
function readsOpen(policy: WindowPolicy, at: number): boolean {
  const { day, date, time } = shown(at, policy.zone);
  const yesterday = WEEK[(WEEK.indexOf(day) + 6) % 7] ?? 'mon';
  const closed = policy.blackouts.some(({ from, to }) =>
    from <= to ? from <= date && date <= to : from <= date || date <= to,
  );
  if (closed) return false;
  if (policy.from < policy.to) return policy.days.includes(day) && policy.from <= time && time < policy.to;
  return (
    (policy.days.includes(day) && policy.from <= time) ||
    (policy.days.includes(yesterday) && time < policy.to)
  );
}

describe('any window', () => {
  it('is open when its clocks say so', () => {
    fc.assert(
      fc.property(policies, moments, (policy, now) => {
        const steady = shown(now - 2 * DAY, policy.zone).offset === shown(now + 2 * DAY, policy.zone).offset;
        fc.pre(steady);
        assert.equal(judge(policy, now).state === 'open', readsOpen(policy, now));
      }),
      { numRuns: 120 },
    );
  });

  it('opens and closes when it says, to the millisecond, and not in between', () => {
    fc.assert(
      fc.property(policies, moments, fc.double({ min: 0, max: 1, noNaN: true }), (policy, now, share) => {
        const { state, opensAt, closesAt } = judge(policy, now);
        const change = state === 'open' ? closesAt : opensAt;
        fc.pre(change !== undefined);
        assert.ok(change > now && change < now + 401 * DAY);
        assert.equal(judge(policy, change - 1).state, state);
        assert.equal(judge(policy, now + Math.floor((change - 1 - now) * share)).state, state);
        assert.notEqual(judge(policy, change).state, state);
      }),
      { numRuns: 50 },
    );
  });

  it('is as long as its clocks say, where none is put forward or back', () => {
    const length = (from: string, to: string): number => {
      const { opensAt = NaN } = judge({ days: ['wed'], from, to }, NOW);
      return (judge({ days: ['wed'], from, to }, opensAt).closesAt ?? NaN) - opensAt;
    };
    assert.deepEqual(
      [
        length('09:00', '15:00'),
        length('22:00', '04:00'),
        length('00:00', '24:00'),
        length('23:00', '00:00'),
      ],
      [6 * HOUR, 6 * HOUR, 24 * HOUR, HOUR],
    );
  });
});
