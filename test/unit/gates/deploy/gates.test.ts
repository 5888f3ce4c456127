import assert from 'node:assert/strict';
import type { ProvedElsewhere } from '../../../../src/lib/domain/policy.ts';
import type { Release } from '../../../../src/lib/domain/release.ts';
import { branch } from '../../../../src/lib/gates/deploy/branch.ts';
import { checks } from '../../../../src/lib/gates/deploy/checks.ts';
import { disk } from '../../../../src/lib/gates/deploy/disk.ts';
import { drift } from '../../../../src/lib/gates/deploy/drift.ts';
import type { DeployFacts, DeployGate } from '../../../../src/lib/gates/deploy/gate.ts';
import { immutable } from '../../../../src/lib/gates/deploy/immutable.ts';
import { incidents } from '../../../../src/lib/gates/deploy/incidents.ts';
import { ledger } from '../../../../src/lib/gates/deploy/ledger.ts';
import { promotedFrom } from '../../../../src/lib/gates/deploy/promoted-from.ts';
import { rate } from '../../../../src/lib/gates/deploy/rate.ts';
import type { GateVerdict } from '../../../../src/lib/gates/gate.ts';
import type { CommitCheck, GitHubIssue } from '../../../../src/lib/ports.ts';
import { BEFORE, DAY, factsOf, HOUR, NOW, passed, RELEASE, release, SECOND, withPolicy } from './facts.ts';

type Expected = Omit<GateVerdict, 'gate'>;
type Row = readonly [what: string, facts: DeployFacts, expected: Expected];

function table(gate: DeployGate, rows: readonly Row[]): void {
  describe(gate.name, () => {
    for (const [what, facts, expected] of rows) {
      it(what, () => assert.deepEqual(gate.judge(facts), expected));
    }
  });
}

const MINUTE = HOUR / 60;

const begun = (deploys: number, ...ago: readonly number[]): DeployFacts =>
  withPolicy(
    { rate: { deploys, perMs: 4 * HOUR } },
    { deployments: ago.map((ms, index) => ({ deployment: `d${ago.length - index}`, at: NOW - ms })) },
  );

table(rate, [
  ['before the first', begun(1), { state: 'open', text: 'no deployment yet; 1 per 4h' }],
  ['long after the last', begun(1, 2 * DAY), { state: 'open', text: 'last deployment 2d ago; 1 per 4h' }],
  [
    'a second before it may begin',
    begun(1, 4 * HOUR - SECOND),
    {
      state: 'closed',
      text: 'last deployment 3h ago; 1 per 4h',
      more: ['opens 11:21, in 1.0s'],
      opensAt: NOW + SECOND,
    },
  ],
  [
    'the moment from which it may',
    begun(1, 4 * HOUR),
    { state: 'open', text: 'last deployment 4h ago; 1 per 4h' },
  ],
  [
    'as many as there may be, not in their order',
    begun(2, 3 * HOUR, 30 * MINUTE, 5 * HOUR),
    {
      state: 'closed',
      text: '2 deployments in 4h, the last 30m ago; 2 per 4h',
      more: ['opens 12:20, in 1h 00m'],
      opensAt: NOW + HOUR,
    },
  ],
  [
    'more than there may be: it opens when one too many is over',
    begun(2, HOUR, 2 * HOUR, 3 * HOUR),
    {
      state: 'closed',
      text: '3 deployments in 4h, the last 1h ago; 2 per 4h',
      more: ['opens 13:20, in 2h 00m'],
      opensAt: NOW + 2 * HOUR,
    },
  ],
  [
    'one fewer than there may be',
    begun(2, HOUR, 4 * HOUR),
    { state: 'open', text: '1 deployment in 4h, the last 1h ago; 2 per 4h' },
  ],
  [
    'one that is dated ahead counts as now',
    begun(1, -10 * MINUTE),
    {
      state: 'closed',
      text: 'last deployment 0s ago; 1 per 4h',
      more: ['opens 15:20, in 4h 00m', 'd1 is dated 10m ahead of this clock: it counts as now'],
      opensAt: NOW + 4 * HOUR,
    },
  ],
]);

const proved = (found: Release, ago: number): ProvedElsewhere => ({ release: found, at: NOW - ago });
const NEXT = release('v1.5.0', '77e0a1c9d5b2');

const from = (elsewhere: DeployFacts['elsewhere'], withinMs: number | undefined = DAY): DeployFacts =>
  withPolicy(
    { promotedFrom: { environment: 'staging', ...(withinMs > 0 && { withinMs }) } },
    elsewhere === undefined ? {} : { elsewhere },
  );

const VERIFY = ['hd', 'verify', 'staging', '--record'];
const DEPLOY = ['hd', 'deploy', 'staging', '--tag', 'v1.4.0'];

table(promotedFrom, [
  [
    'too long ago',
    from([proved(RELEASE, 26 * HOUR)]),
    {
      state: 'closed',
      text: '9f2c41d07be3 was confirmed in staging 26h ago; limit 24h',
      more: ['opens with: hd verify staging --record'],
      opensWith: VERIFY,
    },
  ],
  [
    'a second before it is too long ago',
    from([proved(RELEASE, DAY - SECOND)]),
    {
      state: 'open',
      text: '9f2c41d07be3 was confirmed in staging 23h ago; limit 24h',
      more: ['closes 11:20, in 1.0s'],
      closesAt: NOW + SECOND,
    },
  ],
  [
    'the moment from which it is too long ago',
    from([proved(RELEASE, DAY)]),
    {
      state: 'closed',
      text: '9f2c41d07be3 was confirmed in staging 24h ago; limit 24h',
      more: ['opens with: hd verify staging --record'],
      opensWith: VERIFY,
    },
  ],
  [
    'too long ago, and another one runs there since: to verify that would prove nothing of this one',
    from([proved(NEXT, HOUR), proved(RELEASE, 26 * HOUR)]),
    {
      state: 'closed',
      text: '9f2c41d07be3 was confirmed in staging 26h ago; limit 24h',
      more: ['opens with: hd deploy staging --tag v1.4.0'],
      opensWith: DEPLOY,
    },
  ],
  [
    'of several proofs the last one counts, in whatever order they come',
    from([proved(RELEASE, 3 * DAY), proved(RELEASE, HOUR), proved(NEXT, 2 * HOUR)]),
    {
      state: 'open',
      text: '9f2c41d07be3 was confirmed in staging 1h ago; limit 24h',
      more: ['closes Sun 2026-11-22 10:20, in 23h 00m'],
      closesAt: NOW + 23 * HOUR,
    },
  ],
  [
    'the same digest under another tag, from another commit (T24)',
    from([proved(release('v1.4.0-rc.2', '9f2c41d07be3', '1'.repeat(40)), 30 * DAY)], 0),
    { state: 'open', text: '9f2c41d07be3 was confirmed in staging 30d ago' },
  ],
  [
    'the same tag with another digest is another release (T24)',
    from([proved(release('v1.4.0', '77e0a1c9d5b2'), HOUR)]),
    {
      state: 'closed',
      text: '9f2c41d07be3 was never confirmed in staging',
      more: [
        'confirmed there last: v1.4.0, 77e0a1c9d5b2, 1h ago',
        'opens with: hd deploy staging --tag v1.4.0',
      ],
      opensWith: DEPLOY,
    },
  ],
  [
    'nothing was ever confirmed there',
    from([]),
    {
      state: 'closed',
      text: '9f2c41d07be3 was never confirmed in staging',
      more: ['nothing was confirmed in staging before', 'opens with: hd deploy staging --tag v1.4.0'],
      opensWith: DEPLOY,
    },
  ],
  [
    'a clock that is ahead there gives no more time',
    from([proved(RELEASE, -HOUR)]),
    {
      state: 'open',
      text: '9f2c41d07be3 was confirmed in staging 0s ago; limit 24h',
      more: ['closes Sun 2026-11-22 11:20, in 1d 0h'],
      closesAt: NOW + DAY,
    },
  ],
  [
    'staging can not be reached',
    from({ unknown: 'staging-1: no answer in 10s' }),
    { state: 'unknown', text: 'what staging has confirmed is not known: staging-1: no answer in 10s' },
  ],
  [
    'nobody asked',
    from(undefined),
    { state: 'unknown', text: 'what staging has confirmed is not known: it was not asked for' },
  ],
]);

const issue = (number: number, ago: number, open: boolean): GitHubIssue => ({
  number,
  url: `https://github.com/acme/healthdelta/issues/${number}`,
  ...{ title: 'API is down', body: '', author: 'login-b', labels: ['critical'], assignees: [] },
  open,
  at: NOW - ago,
});

const incidentFacts = (found: DeployFacts['incidents'], withinMs: number | undefined = DAY): DeployFacts =>
  withPolicy(
    { incidents: { label: 'critical', ...(withinMs > 0 && { withinMs }) } },
    found === undefined ? {} : { incidents: found },
  );

table(incidents, [
  [
    'none',
    incidentFacts({ open: [], recent: [] }),
    { state: 'open', text: 'no open issue labelled critical, none opened in 24h' },
  ],
  [
    'none, and only open ones matter',
    incidentFacts({ open: [], recent: [] }, 0),
    { state: 'open', text: 'no open issue labelled critical' },
  ],
  [
    'an old one that is still open (T25)',
    incidentFacts({ open: [issue(431, 3 * DAY, true)], recent: [] }),
    {
      state: 'closed',
      text: '1 open issue labelled critical, none opened in 24h',
      more: ['#431 "API is down", opened 3d ago, open: https://github.com/acme/healthdelta/issues/431'],
      opensWhen: '#431 is closed',
    },
  ],
  [
    'one that was closed again, a second before it counts no more (T25)',
    incidentFacts({ open: [], recent: [issue(431, DAY - SECOND, false)] }),
    {
      state: 'closed',
      text: 'no open issue labelled critical, 1 opened in 24h',
      more: [
        '#431 "API is down", opened 23h ago, closed: https://github.com/acme/healthdelta/issues/431',
        'opens 11:21, in 1.0s',
      ],
      opensAt: NOW + SECOND,
    },
  ],
  [
    'one that was closed again, the moment from which it counts no more',
    incidentFacts({ open: [], recent: [issue(431, DAY, false)] }),
    { state: 'open', text: 'no open issue labelled critical, none opened in 24h' },
  ],
  [
    'both: each once, and no time opens it',
    incidentFacts({
      open: [issue(440, HOUR, true), issue(431, 3 * DAY, true)],
      recent: [issue(440, HOUR, true), issue(439, 2 * HOUR, false), issue(438, 3 * HOUR, false)],
    }),
    {
      state: 'closed',
      text: '2 open issues labelled critical, 3 opened in 24h',
      more: [
        '#440 "API is down", opened 1h ago, open: https://github.com/acme/healthdelta/issues/440',
        '#431 "API is down", opened 3d ago, open: https://github.com/acme/healthdelta/issues/431',
        '#439 "API is down", opened 2h ago, closed: https://github.com/acme/healthdelta/issues/439',
        '1 more',
      ],
      opensWhen: '#440, #431 are closed',
    },
  ],
  [
    'of those that were closed again the newest decides',
    incidentFacts({ open: [], recent: [issue(438, 3 * HOUR, false), issue(439, 2 * HOUR, false)] }),
    {
      state: 'closed',
      text: 'no open issue labelled critical, 2 opened in 24h',
      more: [
        '#439 "API is down", opened 2h ago, closed: https://github.com/acme/healthdelta/issues/439',
        '#438 "API is down", opened 3h ago, closed: https://github.com/acme/healthdelta/issues/438',
        'opens Sun 2026-11-22 09:20, in 22h 00m',
      ],
      opensAt: NOW + 22 * HOUR,
    },
  ],
  [
    'GitHub is down',
    incidentFacts({ unknown: 'github.com: no answer in 15s' }),
    { state: 'unknown', text: 'issues labelled critical are not known: github.com: no answer in 15s' },
  ],
]);

const check = (name: string, state: CommitCheck['state'], more: Partial<CommitCheck> = {}): CommitCheck => ({
  name,
  state,
  ...more,
});

const checked = (
  list: readonly CommitCheck[],
  required: readonly string[] = [],
  own: readonly string[] = [],
) => withPolicy({ requiredChecks: own }, { checks: { checks: list, required } });

table(checks, [
  ['all green', factsOf(), { state: 'open', text: '6 of 6 green on 8c3f2e1' }],
  [
    'all green, and what is required is there',
    checked(passed('build', 'unit'), ['build'], ['unit']),
    { state: 'open', text: '2 of 2 green on 8c3f2e1' },
  ],
  [
    'one red',
    checked([
      ...passed('build'),
      check('integration', 'failed', { url: 'https://example.org/1', completedAt: '2026-11-21T14:51:07Z' }),
      check('late', 'running'),
    ]),
    {
      state: 'closed',
      text: '1 of 3 red on 8c3f2e1: "integration", failed 09:51',
      more: ['https://example.org/1'],
      opensWhen: '8c3f2e1 is green',
    },
  ],
  [
    'one still runs',
    checked([...passed('build'), check('late', 'running', { url: 'https://example.org/2' })]),
    {
      state: 'closed',
      text: '1 of 2 not done on 8c3f2e1: "late"',
      more: ['https://example.org/2'],
      opensWhen: '8c3f2e1 is green',
    },
  ],
  [
    'the branch requires one that is not there',
    checked(passed('build'), ['integration']),
    {
      state: 'closed',
      text: '"integration" is required and not there on 8c3f2e1',
      opensWhen: '8c3f2e1 is green',
    },
  ],
  [
    'branch and policy require what is not there, each once',
    checked([], ['build'], ['build', 'unit']),
    {
      state: 'closed',
      text: '"build", "unit" are required and not there on 8c3f2e1',
      opensWhen: '8c3f2e1 is green',
    },
  ],
  ['nobody checked it', checked([]), { state: 'unproven', text: 'none on 8c3f2e1: nobody checked it' }],
  [
    'GitHub is down',
    factsOf({ checks: { unknown: 'github.com: no answer in 15s' } }),
    { state: 'unknown', text: 'checks of 8c3f2e1 are not known: github.com: no answer in 15s' },
  ],
]);

table(branch, [
  ['on it', factsOf(), { state: 'open', text: '8c3f2e1 is on main' }],
  [
    'not on it',
    factsOf({
      branch: { name: 'main', head: 'c41b9e0'.padEnd(40, '0'), contains: false },
    }),
    {
      state: 'closed',
      text: '8c3f2e1 is not on main',
      more: ['main is at c41b9e0'],
      opensWhen: '8c3f2e1 is on main',
    },
  ],
  [
    'there is no such branch',
    factsOf({ branch: { name: 'main', head: '', contains: false } }),
    {
      state: 'closed',
      text: '8c3f2e1 is not on main',
      more: ['GitHub has no branch main'],
      opensWhen: '8c3f2e1 is on main',
    },
  ],
  [
    'GitHub is down',
    factsOf({ branch: { unknown: 'github.com: no answer in 15s' } }),
    { state: 'unknown', text: 'whether 8c3f2e1 is on the branch is not known: github.com: no answer in 15s' },
  ],
]);

const HEX = '9f2c41d07be3'.padEnd(64, '0');
const image = (reference: string, released?: string): DeployFacts['images'][number] => ({
  service: 'worker',
  reference,
  ...(released !== undefined && { released: `sha256:${released.padEnd(64, '0')}` as const }),
});

table(immutable, [
  [
    'what it was released with is not known',
    factsOf({ manifest: { unknown: 'github.com: no answer' } }),
    { state: 'unknown', text: 'what v1.4.0 was released with is not known: github.com: no answer' },
  ],
  ['by digest', factsOf(), { state: 'open', text: '1 of 1 images pinned by digest' }],
  [
    'by the digest that was released',
    factsOf({ images: [image(`ghcr.io/acme/worker@sha256:${HEX}`, '9f2c41d07be3')] }),
    { state: 'open', text: '1 of 1 images pinned by digest' },
  ],
  [
    'by a digest that was not the one that was released: its tag was moved',
    factsOf({ images: [image(`ghcr.io/acme/worker@sha256:${HEX}`, '41c7aa09d3f2')] }),
    {
      state: 'closed',
      text: 'worker is 9f2c41d07be3 and was 41c7aa09d3f2 when v1.4.0 was released: its tag was moved',
    },
  ],
  ...[
    'ghcr.io/acme/worker:v1.4.0',
    'ghcr.io/acme/worker',
    `worker@sha256:${HEX.slice(1)}`,
    `worker@sha256:${HEX}0`,
    `worker@md5:${HEX}`,
  ].map((reference): Row => [
    `by ${reference}`,
    factsOf({ images: [...factsOf().images, image(reference), image('worker:b')] }),
    {
      state: 'closed',
      text: `worker is not pinned by digest: ${reference}`,
      more: ['worker is not pinned by digest: worker:b'],
    },
  ]),
]);

const OTHER = 'prod-2 runs backend 77e0a1c9d5b2; the ledger says 41c7aa09d3f2';

table(drift, [
  ['none', factsOf(), { state: 'open', text: '3 of 3 hosts run what the ledger says' }],
  [
    'none, on one host',
    factsOf({ disk: [{ host: 'orin', pullBytes: 0, freeBytes: 31e9 }] }),
    { state: 'open', text: '1 of 1 host runs what the ledger says' },
  ],
  [
    'some, and another release is wanted',
    factsOf({ drift: [OTHER, 'prod-3 runs no backend'] }),
    {
      state: 'closed',
      text: OTHER,
      more: ['prod-3 runs no backend', 'opens with: hd deploy prod --tag v1.3.2'],
      opensWhen: 'prod runs v1.3.2 again',
      opensWith: ['hd', 'deploy', 'prod', '--tag', 'v1.3.2'],
    },
  ],
  [
    'some, and just what the ledger says is wanted: that is the cure',
    factsOf({ drift: [OTHER], release: BEFORE }),
    { state: 'open', text: '1 difference from the ledger, which this deployment puts right', more: [OTHER] },
  ],
  [
    'the same images from another commit are not the same release',
    factsOf({ drift: [OTHER], release: { ...BEFORE, commit: RELEASE.commit } }),
    {
      state: 'closed',
      text: OTHER,
      more: ['opens with: hd deploy prod --tag v1.3.2'],
      opensWhen: 'prod runs v1.3.2 again',
      opensWith: ['hd', 'deploy', 'prod', '--tag', 'v1.3.2'],
    },
  ],
  ['before the first', withoutRecord(), { state: 'open', text: 'nothing was confirmed here before' }],
]);

function withoutRecord(): DeployFacts {
  const { recorded: _recorded, ...rest } = factsOf();
  return rest;
}

table(ledger, [
  ['whole', factsOf(), { state: 'open', text: '812 entries, chain whole' }],
  [
    'of one entry',
    factsOf({ ledger: { entries: 1, problems: [] } }),
    { state: 'open', text: '1 entry, chain whole' },
  ],
  ['empty', factsOf({ ledger: { entries: 0, problems: [] } }), { state: 'open', text: 'no entries yet' }],
  [
    'not whole',
    factsOf({
      ledger: { entries: 812, problems: ['prod-2: entry 17 was changed', 'prod-3: entry 3 was changed'] },
    }),
    {
      state: 'closed',
      text: 'prod-2: entry 17 was changed',
      more: ['prod-3: entry 3 was changed', 'see hd audit verify prod'],
      opensWhen: 'the ledger is whole',
    },
  ],
]);

/** 118 MB and what it takes unpacked: 295 MB, and 256 MB that stay. */
const NEEDED = 118e6 * 2.5 + 256e6;
const host = (name: string, freeBytes: number, pullBytes = 118e6): DeployFacts['disk'][number] => ({
  host: name,
  ...{ freeBytes, pullBytes },
});

table(disk, [
  ['room on all', factsOf(), { state: 'open', text: '118 MB to pull; prod-2 has least, 19 GB' }],
  [
    'one host',
    factsOf({ disk: [host('orin', 31e9)] }),
    { state: 'open', text: '118 MB to pull; orin has 31 GB' },
  ],
  [
    'just enough',
    factsOf({ disk: [host('orin', NEEDED)] }),
    { state: 'open', text: '118 MB to pull; orin has 551 MB' },
  ],
  [
    'a byte less',
    factsOf({ disk: [host('orin', NEEDED - 1)] }),
    {
      state: 'closed',
      text: 'orin has 551 MB free, and needs 551 MB',
      more: ['118 MB to pull; unpacked it takes 2.5 times that, and 256 MB stay free'],
      opensWhen: 'there is room on orin',
    },
  ],
  [
    'not on two of three, of which one has less to pull',
    factsOf({ disk: [host('a', 80e6), host('b', 19e9), host('c', 255e6, 0)] }),
    {
      state: 'closed',
      text: 'a has 80 MB free, and needs 551 MB',
      more: [
        'c has 255 MB free, and needs 256 MB',
        'up to 118 MB to pull; unpacked it takes 2.5 times that, and 256 MB stay free',
      ],
      opensWhen: 'there is room on a, c',
    },
  ],
  [
    'nothing to pull',
    factsOf({ disk: [host('orin', 256e6, 0)] }),
    { state: 'open', text: 'nothing to pull; orin has 256 MB' },
  ],
]);
