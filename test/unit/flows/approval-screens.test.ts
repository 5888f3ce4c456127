import assert from 'node:assert/strict';
import type { Standing } from '../../../src/lib/domain/approval.ts';
import { standingOf } from '../../../src/lib/domain/approval/count.ts';
import type { CommentText } from '../../../src/lib/domain/approval/judge.ts';
import { waitingAnswer } from '../../../src/lib/flows/approval/index.ts';
import { waitedEvent, waitingEvents } from '../../../src/lib/flows/approval/rows.ts';
import { Board } from '../../../src/lib/ui/board.ts';
import { endBlockLines } from '../../../src/lib/ui/endblock.ts';
import { approvalsView, type WaitingTold } from '../../../src/lib/ui/screens/approvals.ts';
import { viewLines } from '../../../src/lib/ui/view.ts';
import { environment, release } from '../../support/core.ts';
import { fakeWorld } from '../../support/world.ts';
import { ASKED, DAY, facts, MINUTE, PLAN, rejects, request, says } from '../domain/approval/facts.ts';
import { reads, WIDE } from '../ui/golden.ts';

const NOW = ASKED + 24 * MINUTE;
const ZONE = 'America/New_York';
const ROLES = { 'tech-lead': ['login-b'], 'qa-lead': ['login-c'] };
const SERVES = 'prod serves v1.3.2 on 3 of 3 hosts';
const DEPLOY = ['hd', 'deploy', 'prod', '--tag', 'v1.4.0'];

const stands = (
  comments: readonly CommentText[],
  rest: Partial<Parameters<typeof standingOf>[0]> = {},
): Standing => standingOf(facts(comments, { roles: ROLES, members: new Map(), now: NOW, ...rest }));

function ends(standing: Standing, golden: string, typed = DEPLOY): void {
  const world = fakeWorld({ clock: { now: () => NOW, sleep: () => Promise.resolve() }, zone: ZONE });
  const plan = { environment: 'prod', release: release('1.4.0'), hosts: [], stages: [], hash: PLAN };
  const subject = { environment: 'prod', hosts: [], images: {}, files: [], serves: [], steps: [] };
  const change = { environment: environment(), verb: 'deploy', plan: { ...plan, subject } } as const;
  const { block, exit } = waitingAnswer(world, { change, standing, serves: SERVES, typed });
  assert.equal(exit, 10);
  reads(endBlockLines(block, WIDE), golden);
}

describe('waiting for two roles (screens.md, 6)', () => {
  const both = [says('login-b', 12), says('login-c', 20)];

  it('shows who has answered, who is asked and since when, and what serves', () => {
    const board = new Board([{ name: 'approve', text: '' }]);
    const standing = { ...stands([says('login-b', 12)]), reminded: ASKED + 15 * MINUTE };
    for (const event of waitingEvents(standing, { now: NOW, zone: ZONE })) {
      if (event.type === 'stage') board.stage(event, NOW);
      if (event.type === 'item') board.item(event, NOW);
    }
    board.footer(
      'prod serves v1.3.2 on prod-1..3; nothing is changed, nothing is locked',
      'Ctrl-C stops the waiting, the request stays',
    );
    reads(
      board.lines(WIDE, { now: NOW + 90_000, turn: 2, height: 40 }),
      `
  ⠹ approve  1 of 2, asked 10:02 (24m ago), until 2026-11-20 10:02
      ✓ tech-lead  login-b  10:14  "Rehearsed on staging, fine by me."
      ⠹ qa-lead    login-c  asked 10:02, reminded 10:17
      plan 7c1e09ab42d8: https://github.com/acme/healthdelta/issues/431

  prod serves v1.3.2 on prod-1..3; nothing is changed, nothing is locked
  Ctrl-C stops the waiting, the request stays
`,
    );
  });

  it('leaves one row', () => {
    const rows = [
      stands(both),
      stands([]),
      stands([rejects('login-c', 29)]),
      stands([], { now: ASKED + DAY }),
    ].map(waitedEvent);
    assert.deepEqual(
      rows.map((row) => row.type === 'stage' && `${row.mark} ${row.text}`),
      [
        'ok 2 of 2: login-b (tech-lead), login-c (qa-lead)',
        'idle 0 of 2, the request stays',
        'fail rejected by login-c',
        'fail expired',
      ],
    );
  });

  it('says with exit 10 what opens it', () =>
    ends(
      stands([says('login-b', 12), says('login-d', 14)]),
      `
  ✓ tech-lead      login-b, 10:14
  · qa-lead        login-c, asked 10:02, until 2026-11-20 10:02
                   opens with: hd approve prod --comment WHY
                   https://github.com/acme/healthdelta/issues/431
  ! login-d        does not count: login-d is not in tech-lead or qa-lead

! waiting  prod serves v1.3.2 on 3 of 3 hosts; nothing was changed  (exit 10)
  next       once login-c has approved: hd resume prod
`,
    ));

  it('says who rejected it, and why', () =>
    ends(
      stands([rejects('login-c', 29)]),
      `
  ✗ qa-lead        login-c, 10:31: "Suite was red on arm64."

✗ rejected  prod serves v1.3.2 on 3 of 3 hosts; nothing was changed  (exit 10)
  next       once settled with login-c: hd deploy prod --tag v1.4.0
`,
    ));

  it('names the command that asks again, since hd resume does not', () =>
    ends(
      stands([rejects('login-c', 29)]),
      `
  ✗ qa-lead        login-c, 10:31: "Suite was red on arm64."

✗ rejected  prod serves v1.3.2 on 3 of 3 hosts; nothing was changed  (exit 10)
  next       once settled with login-c: hd deploy prod --tag v1.4.0
`,
      ['hd', 'resume', 'prod', '--confirm', 'prod'],
    ));

  it('says that it has expired, was overtaken, closed, or is not any more what was asked', () => {
    ends(
      stands([says('login-b', 12)], { now: ASKED + DAY }),
      `
  ✓ tech-lead      login-b, 10:14
  · qa-lead        login-c, asked 10:02, until 2026-11-20 10:02

✗ expired  prod serves v1.3.2 on 3 of 3 hosts; nothing was changed  (exit 10)
  next       ask again, for v1.4.0: hd deploy prod --tag v1.4.0
`,
    );
    ends(
      stands(both, { end: { state: 'overtaken' } }),
      `
  failed     another plan of prod was asked for later, and only one waits
  seen       https://github.com/acme/healthdelta/issues/431

✗ overtaken  prod serves v1.3.2 on 3 of 3 hosts; nothing was changed  (exit 10)
  next       ask again, for v1.4.0: hd deploy prod --tag v1.4.0
`,
    );
    ends(
      stands(both, { shown: '' }),
      `
  failed     the request does not say any more what people were asked; their
             word counts for that text alone
  seen       https://github.com/acme/healthdelta/issues/431

✗ altered  prod serves v1.3.2 on 3 of 3 hosts; nothing was changed  (exit 10)
  next       ask again, for v1.4.0: hd deploy prod --tag v1.4.0
`,
    );
    ends(
      stands(both, { request: request({ open: false }) }),
      `
  failed     the request was closed
  seen       https://github.com/acme/healthdelta/issues/431

✗ closed  prod serves v1.3.2 on 3 of 3 hosts; nothing was changed  (exit 10)
  next       ask again, for v1.4.0: hd deploy prod --tag v1.4.0
`,
    );
  });
});

describe('what waits for whom', () => {
  const context = { app: 'healthdelta', repository: 'acme/healthdelta', zone: ZONE, now: NOW };
  const plan = (rest: object = {}): WaitingTold => ({
    ...{ kind: 'plan', environment: { name: 'prod' }, mine: false, forMe: false },
    ...{ request: request(), standing: stands([says('login-b', 12)]) },
    ...rest,
  });
  const run: WaitingTold = {
    ...{ kind: 'run', environment: { name: 'orin' }, mine: true, forMe: false },
    run: {
      ...{
        id: 11873420118,
        workflow: 'deploy_backend.yml',
        title: 'Deploy v1.4.0 to production, plan 7c1e09ab42d8',
        number: 218,
        by: 'login-c',
      },
      ...{
        url: 'https://github.com/acme/healthdelta/actions/runs/11873420118',
        startedAt: new Date(ASKED).toISOString(),
      },
    },
    pending: { environment: 'production', reviewers: ['acme/leads', 'login-b'], waitsUntil: ASKED + DAY },
  };

  it('is one row a plan or run, with who is asked below it', () => {
    const done = plan({
      environment: { name: 'staging' },
      standing: stands([says('login-b', 12), says('login-c', 20)]),
    });
    reads(
      viewLines(approvalsView([plan({ forMe: true }), run, done], 'login-c', context), WIDE),
      `
approvals  healthdelta, acme/healthdelta  login-c  Thu 2026-11-19 10:26 UTC-5

  ENV        WHAT                     PLAN, OR RUN  ASKED BY      SINCE
  ! prod     deploy v1.4.0            7c1e09ab42d8  login-a       10:02 (24m)
             tech-lead: login-b approved; qa-lead: waits for login-c; until
             2026-11-20 10:02
             https://github.com/acme/healthdelta/issues/431
  · orin     deploy_backend.yml #218  11873420118   login-c, you  10:02 (24m)
             "Deploy v1.4.0 to production, plan 7c1e09ab42d8"
             waits for acme/leads, login-b, not before 2026-11-20 10:02
             https://github.com/acme/healthdelta/actions/runs/11873420118
  ✓ staging  deploy v1.4.0            7c1e09ab42d8  login-a       10:02 (24m)
             tech-lead: login-b approved; qa-lead: login-c approved; until
             2026-11-20 10:02
             https://github.com/acme/healthdelta/issues/431

  next       hd approve prod --comment WHY
`,
    );
  });

  it('may be nothing', () =>
    reads(
      viewLines(approvalsView([], undefined, context), WIDE),
      `
approvals  healthdelta, acme/healthdelta  Thu 2026-11-19 10:26 UTC-5

  nothing waits for approval
`,
    ));
});
