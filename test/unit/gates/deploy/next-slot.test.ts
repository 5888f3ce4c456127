import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Policy, Weekday, WindowPolicy } from '../../../../src/lib/domain/policy.ts';
import { deployGates, nextSlot } from '../../../../src/lib/gates/deploy/index.ts';
import type { DeployFacts } from '../../../../src/lib/gates/deploy/gate.ts';
import type { GitHubIssue } from '../../../../src/lib/ports.ts';
import { DAY, HOUR, NEW_YORK, NOW, OFFICE, RELEASE, SECOND, utc, withPolicy } from './facts.ts';

const MONDAY = utc('2026-11-23T14:00:00Z');
const RATE: Policy['rate'] = { deploys: 1, perMs: 4 * HOUR };
const STAGING = { environment: 'staging', withinMs: DAY };

const begun = (...at: readonly number[]): DeployFacts['deployments'] =>
  at.map((each, index) => ({ deployment: `d${index}`, at: each }));

const incident = (at: number, open: boolean): GitHubIssue => ({
  ...{ number: 431, url: '', title: '', body: '', author: '', labels: [], assignees: [] },
  ...{ open, at },
});

describe('the next slot', () => {
  const at = (facts: DeployFacts): unknown => nextSlot(facts);

  it('is now where nothing depends on the time', () => {
    assert.deepEqual(at(withPolicy({})), { at: NOW, others: [] });
  });

  it('is now while all are open', () => {
    const facts = withPolicy({ window: OFFICE, rate: RATE }, { now: MONDAY });
    assert.deepEqual(at(facts), { at: MONDAY, others: [] });
  });

  it('is when the window opens', () => {
    assert.deepEqual(at(withPolicy({ window: OFFICE })), { at: MONDAY, others: [] });
  });

  it('is when the rate allows it, within the window', () => {
    const facts = withPolicy(
      { window: OFFICE, rate: RATE },
      { now: MONDAY, deployments: begun(MONDAY - HOUR) },
    );
    assert.deepEqual(at(facts), { at: MONDAY + 3 * HOUR, others: [] });
  });

  it('is in the next window if the rate allows it only after this one', () => {
    const late = MONDAY + 5 * HOUR;
    const facts = withPolicy({ window: OFFICE, rate: RATE }, { now: late, deployments: begun(late - HOUR) });
    assert.deepEqual(at(facts), { at: MONDAY + DAY, others: [] });
  });

  it('is counted from now for a deployment that is dated ahead', () => {
    const facts = withPolicy({ rate: RATE }, { deployments: begun(NOW + HOUR) });
    assert.deepEqual(at(facts), { at: NOW + 4 * HOUR, others: [] });
  });

  it('is after the days for which an incident counts', () => {
    const policy = { window: OFFICE, incidents: { label: 'critical', withinMs: 3 * DAY } };
    const incidents = { open: [], recent: [incident(NOW - HOUR, false)] };
    const slot = nextSlot(withPolicy(policy, { incidents }));
    assert.deepEqual(slot, { at: utc('2026-11-24T15:20:00Z'), others: [] });
  });

  it('leaves out and names what time does not open', () => {
    const policy = { window: OFFICE, promotedFrom: STAGING, incidents: { label: 'critical', withinMs: DAY } };
    const facts = withPolicy(policy, {
      elsewhere: [{ release: RELEASE, at: NOW - 26 * HOUR }],
      incidents: { open: [incident(NOW - HOUR, true)], recent: [incident(NOW - HOUR, true)] },
    });
    assert.deepEqual(at(facts), { at: MONDAY, others: ['promoted_from', 'incidents'] });
    const unknown = { unknown: 'no answer' };
    const blind = { ...facts, elsewhere: unknown, incidents: unknown };
    assert.deepEqual(at(blind), { at: MONDAY, others: ['promoted_from', 'incidents'] });
  });

  it('is never if the promotion is too old by then', () => {
    const facts = withPolicy(
      { window: OFFICE, promotedFrom: STAGING },
      { elsewhere: [{ release: RELEASE, at: NOW - HOUR }] },
    );
    assert.deepEqual(at(facts), {
      never: ['promoted_from closes Sun 2026-11-22 10:20, before the others open Mon 2026-11-23 09:00'],
    });
  });

  it('is there if the promotion is just young enough', () => {
    const facts = (spare: number): DeployFacts =>
      withPolicy(
        { window: OFFICE, promotedFrom: STAGING },
        { now: MONDAY - HOUR, elsewhere: [{ release: RELEASE, at: MONDAY - DAY + spare }] },
      );
    assert.deepEqual(at(facts(SECOND)), { at: MONDAY, others: [] });
    assert.deepEqual(at(facts(0)), {
      never: ['promoted_from closes 09:00, before the others open 09:00'],
    });
  });

  it('is never if the window never opens', () => {
    const blackouts = [{ from: '01-01', to: '12-31', why: 'Closed down' }];
    assert.deepEqual(at(withPolicy({ window: { ...OFFICE, blackouts }, rate: RATE })), {
      never: ['window: Saturday 11:20, Closed down until Thu 2026-12-31; open mon to thu, 09:00 to 15:00'],
    });
  });

  it('is within 400 days or never', () => {
    const after = (days: number): unknown => {
      const policy = { rate: { deploys: 1, perMs: days * DAY } };
      return at(withPolicy(policy, { deployments: begun(NOW) }));
    };
    assert.deepEqual(after(400), { at: NOW + 400 * DAY, others: [] });
    assert.deepEqual(after(401), { never: ['no moment within 400 days at which all are open'] });
  });
});

const WEEK: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const hours = fc.integer({ min: 0, max: 23 });
const time = (hour: number): string => `${String(hour).padStart(2, '0')}:00`;
const windows = fc
  .record({
    days: fc.subarray([...WEEK], { minLength: 1 }),
    from: hours,
    to: hours,
    zone: fc.constantFrom('UTC', NEW_YORK, 'Australia/Lord_Howe'),
    freezes: fc.array(fc.tuple(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 1, max: 50 })), {
      maxLength: 2,
    }),
  })
  .filter(({ from, to }) => from !== to)
  .map(({ days, from, to, zone, freezes }): WindowPolicy => ({
    ...{ days, from: time(from), to: time(to), zone, blackouts: [] },
    freezes: freezes.map(([start, length]) => ({
      from: NOW + start * HOUR,
      to: NOW + (start + length) * HOUR,
      why: 'f',
    })),
  }));
const factsOfTime = fc
  .record({
    window: fc.option(windows, { nil: undefined }),
    rate: fc.record({ deploys: fc.integer({ min: 1, max: 3 }), perMs: fc.constantFrom(HOUR, 30 * HOUR) }),
    begun: fc.array(fc.integer({ min: -60, max: 2 }), { maxLength: 6 }),
    within: fc.option(fc.integer({ min: 1, max: 200 }), { nil: undefined }),
    proved: fc.integer({ min: 0, max: 100 }),
    opened: fc.array(fc.integer({ min: 0, max: 100 }), { maxLength: 2 }),
  })
  .map(({ window, rate, begun: hoursOf, within, proved, opened }) =>
    withPolicy(
      {
        rate,
        incidents: { label: 'critical', withinMs: 60 * HOUR },
        ...(window && { window }),
        ...(within && { promotedFrom: { environment: 'staging', withinMs: within * HOUR } }),
      },
      {
        deployments: begun(...hoursOf.map((each) => NOW + each * HOUR)),
        elsewhere: [{ release: RELEASE, at: NOW - proved * HOUR }],
        incidents: { open: [], recent: opened.map((ago) => incident(NOW - ago * HOUR, false)) },
      },
    ),
  );

/** Those of the time gates that are not open, but for those that are left out; what is dated ahead counts as now. */
function shut(facts: DeployFacts, now: number, left: readonly string[]): string[] {
  const deployments = facts.deployments.map((each) => ({ ...each, at: Math.min(each.at, facts.now) }));
  return deployGates(facts.policy)
    .filter(
      ({ name }) => ['window', 'rate', 'promoted_from', 'incidents'].includes(name) && !left.includes(name),
    )
    .filter((gate) => gate.judge({ ...facts, deployments, now }).state !== 'open')
    .map(({ name }) => name);
}

describe('any next slot', () => {
  it('finds every gate open, and a minute before one that is not', () => {
    fc.assert(
      fc.property(factsOfTime, (facts) => {
        const slot = nextSlot(facts);
        if ('never' in slot) {
          assert.ok(slot.never.length > 0);
          // Only a promotion that is open now and gets too old can be in the way.
          assert.match(slot.never.join(), /^promoted_from closes /);
          assert.equal(
            deployGates(facts.policy)
              .find((each) => each.name === 'promoted_from')
              ?.judge(facts).state,
            'open',
          );
          return;
        }
        assert.ok(slot.at >= facts.now && slot.at <= facts.now + 400 * DAY);
        assert.deepEqual(shut(facts, slot.at, slot.others), []);
        const before = slot.at - 60 * SECOND;
        if (before >= facts.now) assert.notDeepEqual(shut(facts, before, slot.others), []);
      }),
      { numRuns: 60 },
    );
  });
});
