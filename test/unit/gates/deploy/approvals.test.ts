import assert from 'node:assert/strict';
import type { RoleStanding, Standing, Vote } from '../../../../src/lib/domain/approval.ts';
import type { Known, Policy } from '../../../../src/lib/domain/policy.ts';
import { approvals } from '../../../../src/lib/gates/deploy/approvals.ts';
import type { GateVerdict } from '../../../../src/lib/gates/gate.ts';
import { NEW_YORK, NOW, POLICY, utc } from './facts.ts';

const URL_OF = 'https://github.com/acme/healthdelta/issues/431';
const QUORUM: Policy = {
  ...POLICY,
  approvals: {
    by: 'roles',
    quorum: { 'tech-lead': { count: 1, meaning: 'approval' }, 'qa-lead': { count: 1, meaning: 'review' } },
  },
};

const vote = (by: string, role: string, decision: Vote['decision'] = 'approve', comment = 'Fine.'): Vote => ({
  ...{ by, role, decision, comment, meaning: 'approval' },
  at: utc('2026-11-21T15:31:20Z'),
  url: `${URL_OF}#issuecomment-1`,
});
const role = (
  name: string,
  asked: readonly string[],
  votes: readonly Vote[] = [],
  needed = 1,
): RoleStanding => ({
  role: name,
  ...{ needed, meaning: 'approval', votes, asked },
});

const NOBODY = [role('tech-lead', ['login-b']), role('qa-lead', ['login-c'])];
const HALF = [role('tech-lead', ['login-b'], [vote('login-b', 'tech-lead')]), role('qa-lead', ['login-c'])];
const FULL = [
  role('tech-lead', ['login-b', 'login-d'], [vote('login-b', 'tech-lead'), vote('login-d', 'tech-lead')], 2),
  role('qa-lead', ['login-c'], [vote('login-c', 'qa-lead')]),
];

const standing = (
  state: Standing['state'],
  roles: readonly RoleStanding[],
  more: Partial<Standing> = {},
): Standing => ({
  state,
  plan: '7c1e09ab42d8'.padEnd(64, '0'),
  roles,
  notCounted: [],
  request: {
    number: 431,
    url: URL_OF,
    environment: 'prod',
    ...{ verb: 'deploy', what: 'v1.4.0', plan: '7c1e09ab42d8'.padEnd(64, '0'), requester: 'login-a' },
    askedAt: utc('2026-11-21T15:02:00Z'),
    expiresAt: utc('2026-11-22T15:02:00Z'),
    ...{ open: true, author: 'login-a', body: '' },
  },
  ...more,
});

type Row = readonly [
  what: string,
  found: Known<Standing> | undefined,
  expected: Omit<GateVerdict, 'gate'>,
  policy?: Policy,
];

const rows: readonly Row[] = [
  [
    'nobody was asked',
    standing('not-asked', NOBODY),
    {
      state: 'waiting',
      text: 'tech-lead 0 of 1: login-b; qa-lead 0 of 1: login-c',
      more: ['asked when the rest is open; not of who asks'],
    },
  ],
  [
    'nobody looked whether anybody was asked',
    undefined,
    {
      state: 'waiting',
      text: 'tech-lead 0 of 1; qa-lead 0 of 1',
      more: ['asked when the rest is open; not of who asks'],
    },
  ],
  [
    'one of two has approved',
    standing('waiting', HALF),
    {
      state: 'waiting',
      text: 'tech-lead 1 of 1: login-b; qa-lead 0 of 1: login-c',
      more: ['asked 10:02, until Sun 2026-11-22 10:02', 'opens with: hd approve prod --comment WHY', URL_OF],
      opensWith: ['hd', 'approve', 'prod', '--comment', 'WHY'],
    },
  ],
  [
    'one of two in the same role',
    standing('waiting', [
      role('tech-lead', ['login-b', 'login-d', 'acme/leads'], [vote('login-b', 'tech-lead')], 2),
    ]),
    {
      state: 'waiting',
      text: 'tech-lead 1 of 2: login-b, then login-d or acme/leads',
      more: ['asked 10:02, until Sun 2026-11-22 10:02', 'opens with: hd approve prod --comment WHY', URL_OF],
      opensWith: ['hd', 'approve', 'prod', '--comment', 'WHY'],
    },
  ],
  [
    'all have approved',
    standing('approved', FULL),
    { state: 'open', text: 'tech-lead 2 of 2: login-b, login-d; qa-lead 1 of 1: login-c' },
  ],
  [
    'one has rejected, in words that are only words',
    standing('rejected', HALF, {
      rejected: vote('login-c', 'qa-lead', 'reject', 'Suite was red\n  on \u001b[31marm64.\u202e'),
    }),
    {
      state: 'closed',
      text: 'rejected by login-c (qa-lead), 10:31',
      more: ['"Suite was red on [31marm64."', `${URL_OF}#issuecomment-1`],
      opensWhen: 'it is asked for again',
    },
  ],
  [
    'it took too long',
    standing('expired', HALF),
    {
      state: 'closed',
      text: 'not approved in full until Sun 2026-11-22 10:02',
      more: [URL_OF],
      opensWhen: 'it is asked for again',
    },
  ],
  [
    'another plan was asked for',
    standing('overtaken', HALF),
    {
      state: 'closed',
      text: 'another plan was asked for after request #431',
      more: [URL_OF],
      opensWhen: 'it is asked for again',
    },
  ],
  [
    'its text was changed',
    standing('altered', FULL),
    {
      state: 'closed',
      text: 'request #431 does not say any more what was asked',
      more: [URL_OF],
      opensWhen: 'it is asked for again',
    },
  ],
  [
    'somebody closed it',
    standing('closed', FULL),
    { state: 'closed', text: 'request #431 was closed', more: [URL_OF], opensWhen: 'it is asked for again' },
  ],
  [
    'GitHub is down',
    { unknown: 'github.com: no answer in 15s' },
    { state: 'unknown', text: 'who has approved is not known: github.com: no answer in 15s' },
  ],
  [
    'GitHub asks its own reviewers',
    standing('not-asked', [role('reviewer', [])]),
    {
      state: 'waiting',
      text: 'asked of the reviewers of the GitHub environment',
      more: ['when a run of its workflow comes there'],
    },
    { ...POLICY, approvals: { by: 'github' } },
  ],
  [
    'a reviewer of GitHub has approved the run',
    standing('approved', [role('reviewer', [], [vote('login-b', 'reviewer')])]),
    { state: 'open', text: 'reviewer 1 of 1: login-b' },
    { ...POLICY, approvals: { by: 'github' } },
  ],
];

describe('approvals', () => {
  for (const [what, found, expected, policy = QUORUM] of rows) {
    it(what, () => {
      const facts = { policy, zone: NEW_YORK, now: NOW, ...(found !== undefined && { approvals: found }) };
      assert.deepEqual(approvals.judge(facts), expected);
    });
  }

  it('cuts a comment that has no end', () => {
    const rejected = vote('login-c', 'qa-lead', 'reject', 'x'.repeat(5000));
    const facts = {
      policy: QUORUM,
      zone: NEW_YORK,
      now: NOW,
      approvals: standing('rejected', HALF, { rejected }),
    };
    assert.equal(approvals.judge(facts).more?.[0], `"${'x'.repeat(200)}…"`);
  });
});
