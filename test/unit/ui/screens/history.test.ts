import assert from 'node:assert/strict';
import type { LedgerEntry } from '../../../../src/lib/domain/ledger.ts';
import { actorsOf, isWanted, pastOf, type PastFilter } from '../../../../src/lib/domain/past.ts';
import { historyView, type HistoryTold } from '../../../../src/lib/ui/screens/history.ts';
import type { Style } from '../../../../src/lib/ui/style.ts';
import { viewLines, type View } from '../../../../src/lib/ui/view.ts';
import { entry, NOW, release } from '../../../support/core.ts';
import { reads, WIDE } from '../golden.ts';

const ZONE = 'America/New_York';
const CONTEXT = { app: 'healthdelta', repository: 'acme/healthdelta', zone: ZONE, now: NOW };
const draws = (views: readonly View[], golden: string, style: Style = WIDE): void =>
  reads(viewLines(views, style), golden);

const HEAD = '0be1c77a4d90f00d';
const told = (entries: readonly LedgerEntry[], state: Partial<HistoryTold['state']> = {}): HistoryTold => ({
  environment: 'prod',
  past: pastOf(entries),
  state: { entries: 812, head: HEAD, whole: true, same: 3, of: 3, remarks: [], ...state },
});

const from = { 'prod-1': 'v1.3.2', 'prod-2': 'v1.3.2' };
const done = (deployment: string, at: string, rest: Partial<LedgerEntry>): LedgerEntry[] => [
  entry({ kind: 'planned', deployment, at, ...rest }),
  entry({ kind: 'started', deployment, at, from, ...(rest.actor && { actor: rest.actor }) }),
  entry({ deployment, at, ...rest }),
];
const entries = [
  ...done('d46', '2026-11-12T15:02:00Z', {
    outcome: 'confirmed',
    release: release('1.3.2'),
    durationsMs: { serving: 99_000 },
  }),
  ...done('d47', '2026-11-17T15:20:00Z', {
    outcome: 'rolled-back',
    release: release('1.3.3'),
    reason: 'v1.3.3 on prod-1: ready: GET /ready: 503, wanted 200, 3 tries',
    actor: { name: 'login-b', proven: true, machine: 'm' },
  }),
  entry({ kind: 'refused', at: '2026-11-18T20:10:00Z', release: release(), reason: 'window' }),
  ...done('d48', '2026-11-19T14:12:00Z', {
    outcome: 'confirmed',
    release: release(),
    durationsMs: { serving: 106_000 },
  }),
  entry({
    kind: 'started',
    deployment: 'd49',
    at: '2026-11-19T14:58:00Z',
    release: release('1.5.0'),
    from: { 'prod-1': 'v1.4.0', 'prod-2': 'v1.3.2' },
  }),
];

describe('the screen of hd history (14)', () => {
  it('is told newest first, with every reason whole', () => {
    draws(
      historyView(told(entries), false, CONTEXT),
      `
prod  healthdelta, acme/healthdelta  times in UTC-5

  ID   WHEN              WHAT                     OUTCOME      BY       TOOK, OR WHY NOT
  d49  09:58:00          v1.4.0, v1.3.2 → v1.5.0  no end       login-a
  d48  09:12:00          v1.3.2 → v1.4.0          confirmed    login-a  1m 46s
  ·    2026-11-18 15:10  v1.4.0                   refused      login-a  window
  d47  2026-11-17 10:20  v1.3.2 → v1.3.3          rolled-back  login-b
       v1.3.3 on prod-1: ready: GET /ready: 503, wanted 200, 3 tries
  d46  2026-11-12 10:02  v1.3.2 → v1.3.2          confirmed    login-a  1m 39s

  ledger     812 entries, chain whole, head 0be1c77a4d90, same on 3 of 3 hosts
`,
      { ...WIDE, width: 100 },
    );
  });

  it('fits into 80 columns, also with a long reason', () => {
    draws(
      historyView(told(entries.slice(0, 6)), false, CONTEXT),
      `
prod  healthdelta, acme/healthdelta  times in UTC-5

  ID   WHEN              WHAT             OUTCOME      BY       TOOK, OR WHY NOT
  d47  2026-11-17 10:20  v1.3.2 → v1.3.3  rolled-back  login-b
       v1.3.3 on prod-1: ready: GET /ready: 503, wanted 200, 3 tries
  d46  2026-11-12 10:02  v1.3.2 → v1.3.2  confirmed    login-a  1m 39s

  ledger     812 entries, chain whole, head 0be1c77a4d90, same on 3 of 3 hosts
`,
    );
  });

  it('has a row of its own for what is no deployment, and one for a deployment that was taken up again', () => {
    const again = [
      entry({ kind: 'started', deployment: 'd1', at: '2026-11-19T14:00:00Z', from, release: release() }),
      entry({ kind: 'taken-over', hosts: ['prod-1'], at: '2026-11-19T14:10:00Z', reason: 'login-b left' }),
      entry({ kind: 'interrupted', deployment: 'd1', at: '2026-11-19T14:10:00Z', release: release() }),
      entry({
        kind: 'started',
        deployment: 'd1',
        resumed: 1,
        at: '2026-11-19T14:11:00Z',
        release: release(),
      }),
      entry({ kind: 'going-back', deployment: 'd1', at: '2026-11-19T14:12:00Z', release: release() }),
      entry({
        ...{ deployment: 'd1', at: '2026-11-19T14:13:00Z', release: release(), outcome: 'rolled-back' },
        reason: 'ready',
      }),
      entry({ kind: 'drift', at: '2026-11-19T14:20:00Z', evidence: ['prod-1 runs backend 41c741c741c7'] }),
      entry({
        ...{ kind: 'frozen', verb: 'lock', at: '2026-11-19T14:30:00Z', until: '2026-11-19T18:00:00Z' },
        reason: 'Month-end.',
      }),
      entry({ kind: 'reconciled', keep: 'prod-1', at: '2026-11-19T14:40:00Z', reason: 'restored' }),
    ];
    draws(
      historyView(told(again), true, CONTEXT),
      `
prod  healthdelta, acme/healthdelta  times in UTC-5

  ID  WHEN      WHAT             OUTCOME      BY       TOOK, OR WHY NOT
  ·   09:40:00  keeps prod-1     reconciled   login-a  restored
  ·   09:30:00  until 13:00:00   frozen       login-a  Month-end.
  ·   09:20:00                   drift        login-a
      prod-1 runs backend 41c741c741c7
  d1  09:13:00  v1.3.2 → v1.4.0  rolled-back  login-a  ready
  ·   09:10:00                   taken-over   login-a  login-b left

  ledger     812 entries, chain whole, head 0be1c77a4d90, same on 3 of 3 hosts
`,
    );
  });

  it('says of a deployment who agreed to it, and has a row for a request and for a proof', () => {
    const asked = { issue: 431, url: 'u', body: 'b', expires: '2026-11-20T15:02:00Z' };
    const by = {
      by: 'login-b',
      role: 'tech-lead',
      meaning: 'approval',
      at: '2026-11-19T15:14:00Z',
      url: 'u',
    };
    const skipped = { incident: 'INC-7', reason: 'nobody can log in', gates: ['window', 'rate'] };
    const approved = [
      entry({ kind: 'requested', at: '2026-11-19T14:02:00Z', release: release(), request: asked }),
      entry({ kind: 'planned', deployment: 'd48', at: '2026-11-19T14:12:00Z', release: release() }),
      entry({
        ...{ kind: 'approved', deployment: 'd48', at: '2026-11-19T14:12:00Z', release: release() },
        approval: { ...by, comment: 'Rehearsed\non staging.' },
      }),
      entry({ kind: 'started', deployment: 'd48', at: '2026-11-19T14:12:00Z', from, breakGlass: skipped }),
      entry({
        ...{ deployment: 'd48', at: '2026-11-19T14:13:00Z', release: release(), outcome: 'confirmed' },
        durationsMs: { serving: 106_000 },
      }),
      entry({
        ...{ kind: 'verified', verb: 'verify', at: '2026-11-19T14:20:00Z', release: release() },
        checks: { passed: 10, of: 10 },
      }),
    ];
    draws(
      historyView(told(approved), false, CONTEXT),
      `
prod  healthdelta, acme/healthdelta  times in UTC-5

  ID   WHEN      WHAT             OUTCOME    BY       TOOK, OR WHY NOT
  ·    09:20:00  v1.4.0           verified   login-a  10 of 10 checks
  d48  09:13:00  v1.3.2 → v1.4.0  confirmed  login-a  1m 46s
       login-b (tech-lead) agreed: "Rehearsed on staging."
       break-glass for INC-7: "nobody can log in"; skipped window, rate
  ·    09:02:00  v1.4.0           requested  login-a  issue #431

  ledger     812 entries, chain whole, head 0be1c77a4d90, same on 3 of 3 hosts
`,
    );
    const died = pastOf(approved.slice(1, 3));
    assert.deepEqual(
      died.map((each) => each.outcome),
      ['no end'],
    );
  });

  it('shows twenty, and how to see the rest', () => {
    const many = Array.from({ length: 21 }, (_, index) =>
      entry({ deployment: `d${index + 1}`, outcome: 'confirmed' }),
    );
    draws(
      historyView(told(many), false, CONTEXT).filter((each) => each.kind === 'text'),
      '  1 older: hd history prod --all',
    );
  });

  it('says of the ledger only what was seen', () => {
    const facts = (state: Partial<HistoryTold['state']>): readonly View[] =>
      historyView(told([], state), true, CONTEXT).filter((each) => each.kind === 'facts');
    draws(facts({ entries: 0 }), '  ledger     empty');
    const remarks = ['prod-2: entry 3 (d1, finished) was altered', 'prod-3 was not read: no answer'];
    draws(
      facts({ whole: false, same: 1, remarks }),
      `
  ledger     812 entries, chain broken, head 0be1c77a4d90, same on 1 of 3 hosts
             prod-2: entry 3 (d1, finished) was altered
             prod-3 was not read: no answer
             look: hd audit verify prod
`,
    );
  });
});

describe('the filters of hd history', () => {
  const found = (filter: PastFilter): string[] =>
    pastOf(entries)
      .filter((each) => isWanted(each, filter))
      .map(({ entry: { deployment }, outcome }) => deployment ?? outcome);

  it('are what a row says, and combined they are all of it', () => {
    assert.deepEqual(found({}), ['d49', 'd48', 'refused', 'd47', 'd46']);
    assert.deepEqual(found({ version: 'v1.4.0' }), ['d48', 'refused']);
    assert.deepEqual(found({ version: '1.4.0', outcome: 'refused' }), ['refused']);
    assert.deepEqual(found({ commit: '8C3F' }), ['d48', 'refused']);
    assert.deepEqual(found({ commit: '8c3f2' }), []);
    assert.deepEqual(found({ actor: 'Login-B' }), ['d47']);
    assert.deepEqual(found({ outcome: 'no end' }), ['d49']);
    const day = { since: Date.parse('2026-11-17T00:00:00Z'), until: Date.parse('2026-11-18T20:10:00Z') };
    assert.deepEqual(found(day), ['refused', 'd47']);
    assert.deepEqual(found({ ...day, actor: 'login-a' }), ['refused']);
  });

  it('find what somebody began and somebody else brought to its end, by either name', () => {
    const other = { name: 'login-c', proven: true, machine: 'm' };
    const [past] = pastOf([...entries, entry({ deployment: 'd49', outcome: 'confirmed', actor: other })]);
    assert.ok(past);
    assert.deepEqual(
      ['login-a', 'login-c', 'login-b'].map((actor) => isWanted(past, { actor })),
      [true, true, false],
    );
    assert.deepEqual(actorsOf(past), ['login-a', 'login-c']);
  });
});
