import { UnreachableError, type HdError } from '../../../../src/lib/domain/errors.ts';
import type { Finding } from '../../../../src/lib/domain/finding.ts';
import type { EnvironmentStatus, HostStatus } from '../../../../src/lib/domain/reports.ts';
import type { Release } from '../../../../src/lib/domain/release.ts';
import { boardView, environmentView } from '../../../../src/lib/ui/screens/status.ts';
import { verifyView } from '../../../../src/lib/ui/screens/verify.ts';
import { waysView } from '../../../../src/lib/ui/screens/ways.ts';
import type { Style } from '../../../../src/lib/ui/style.ts';
import { viewLines, type View } from '../../../../src/lib/ui/view.ts';
import { container, entry, finding, NOW, observed, release, serving } from '../../../support/core.ts';
import { reads, WIDE } from '../golden.ts';

const ZONE = 'America/New_York';
const CONTEXT = { app: 'healthdelta', repository: 'acme/healthdelta', zone: ZONE, now: NOW };
const draws = (views: readonly View[], golden: string, style: Style = WIDE): void =>
  reads(viewLines(views, style), golden);

/** A host that does not answer, and what one could do about it. */
const gone = (message: string): HdError =>
  new UnreachableError('host', message, {
    next: [{ remark: 'find out why', command: ['ssh', 'it', 'true'] }],
  });

describe('the screen of hd verify (13)', () => {
  const passed = [
    finding({
      check: 'image',
      text: 'backend runs 9f2c9f2c9f2c, as released',
      evidence: { ...finding().evidence, ms: 200 },
    }),
    finding(),
  ];
  const failed = finding({
    check: 'version',
    state: 'failed',
    text: '200, but commit 5b0d9a4; wanted 8c3f2e1',
    evidence: {
      asked: 'GET http://127.0.0.1:8000/version',
      where: 'orin',
      at: NOW - 60_000,
      ms: 31,
      attempts: 1,
      got: ['{"version":"1.4.0","git_sha":"5b0d9a4","built":"2026-11-12T15:04:00.000Z","run":"11873420118"}'],
    },
  });
  const unknown = finding({
    check: 'live',
    state: 'unknown',
    text: 'GET /healthz: no answer: ECONNREFUSED, 3 tries',
    evidence: { ...failed.evidence, asked: 'GET http://orin/healthz', where: 'here', attempts: 3, got: [] },
  });
  const report = (...hosts: [string, Finding[]][]) => ({
    environment: 'orin',
    release: release(),
    deployment: 'd31',
    hosts: hosts.map(([name, findings]) => ({ name, findings })),
  });

  it('lists every check of one host', () => {
    draws(
      verifyView(report(['orin', passed]), false, ZONE, NOW),
      `
  ✓ image    backend runs 9f2c9f2c9f2c, as released                         0.2s
  ✓ ready    GET /ready: 200                                                18ms
`,
    );
  });

  it('puts what failed first, with what was asked and what came back, and folds the rest', () => {
    draws(
      verifyView(report(['orin', [...passed, unknown, failed]]), false, ZONE, NOW),
      `
  ✗ version  200, but commit 5b0d9a4; wanted 8c3f2e1                        31ms
             GET http://127.0.0.1:8000/version, asked on orin at 09:59:00, 1 try
             | {"version":"1.4.0","git_sha":"5b0d9a4","built":"2026-11-12T15:04…
  ! live     GET /healthz: no answer: ECONNREFUSED, 3 tries                 31ms
             GET http://orin/healthz, asked from here at 09:59:00, 3 tries
  ✓ 2 more   image, ready
`,
    );
  });

  it('folds the hosts of several whose checks all passed', () => {
    draws(
      verifyView(report(['prod-1', passed], ['prod-2', [...passed, failed]]), false, ZONE, NOW),
      `
  ✓ prod-1   2 of 2

prod-2

  ✗ version  200, but commit 5b0d9a4; wanted 8c3f2e1                        31ms
             GET http://127.0.0.1:8000/version, asked on orin at 09:59:00, 1 try
             | {"version":"1.4.0","git_sha":"5b0d9a4","built":"2026-11-12T15:04…
  ✓ 2 more   image, ready
`,
    );
    draws(
      verifyView(report(['prod-1', passed], ['prod-2', passed]), true, ZONE, NOW),
      `
prod-1

  ✓ image    backend runs 9f2c9f2c9f2c, as released                         0.2s
  ✓ ready    GET /ready: 200                                                18ms

prod-2

  ✓ image    backend runs 9f2c9f2c9f2c, as released                         0.2s
  ✓ ready    GET /ready: 200                                                18ms
`,
    );
  });
});

const healthy = (name: string, of: Release, rest: Partial<HostStatus> = {}): HostStatus => ({
  name,
  observed: serving(of, { host: name, skewMs: -200 }, 'd48'),
  serving: { host: name, release: of, unknown: false },
  health: 'healthy',
  ...rest,
});
const confirmed = entry({
  deployment: 'd48',
  at: '2026-11-17T12:00:00.000Z',
  outcome: 'confirmed',
  release: release(),
});
const status = (rest: Partial<EnvironmentStatus>): EnvironmentStatus => ({
  name: 'prod',
  hosts: ['prod-1', 'prod-2', 'prod-3'].map((name) => healthy(name, release())),
  recorded: release(),
  entry: confirmed,
  unsettled: undefined,
  drift: [],
  wayBack: release('1.3.2'),
  ...rest,
});

describe('the screen of hd status (14)', () => {
  it('has one row an environment, and a paragraph for what is not as recorded', () => {
    const nothing = {
      name: 'local',
      hosts: [
        {
          name: 'local',
          observed: observed(),
          serving: { host: 'local', unknown: false },
          health: 'failing' as const,
        },
      ],
    };
    draws(
      boardView(
        [
          status({ ...nothing, recorded: undefined, entry: undefined, wayBack: undefined }),
          status({
            name: 'staging',
            hosts: [healthy('staging-1', release()), healthy('staging-2', release('1.3.2'))],
            drift: [
              {
                text: 'staging-2 runs backend 41c741c741c7; the ledger says 9f2c9f2c9f2c (v1.4.0)',
                more: ['put it right: hd deploy staging --tag v1.4.0'],
              },
            ],
          }),
          status({
            name: 'orin',
            hosts: [
              {
                name: 'orin',
                health: 'no answer',
                error: gone('orin: no answer from 10.0.0.7:22 in 10s, 3 tries'),
              },
            ],
          }),
          status({
            unsettled: {
              entry: entry({ kind: 'started', deployment: 'd49', release: release('1.5.0') }),
              text: 'started 15:10:02Z, and left no last word',
              finish: 'finish d49',
            },
            wayBack: release('1.3.2'),
          }),
        ],
        CONTEXT,
      ),
      `
healthdelta  acme/healthdelta  Thu 2026-11-19 10:00 UTC-5

  ENV        SERVES          COMMIT   IMAGE         HOSTS   HEALTH     SINCE  BY
  · local    nothing                                0 of 1
  ! staging  v1.4.0, v1.3.2  8c3f8c3  9f2c9f2c9f2c  1 of 2  healthy    2d     login-a
  ! orin     not known                              0 of 1  no answer  2d     login-a
  ! prod     v1.4.0          8c3f8c3  9f2c9f2c9f2c  3 of 3  healthy    2d     login-a

  ! staging  staging-2 runs backend 41c741c741c7; the ledger says 9f2c9f2c9f2c (v1.4.0)
             put it right: hd deploy staging --tag v1.4.0

  ! orin     orin: no answer from 10.0.0.7:22 in 10s, 3 tries
             find out why: ssh it true

  ! prod     d49, v1.5.0, started 15:10:02Z, and left no last word
             finish d49: hd resume prod
             or go back: hd rollback prod
`,
      { ...WIDE, width: 100 },
    );
  });

  it('fits into 80 columns', () => {
    draws(
      boardView([status({})], CONTEXT),
      `
healthdelta  acme/healthdelta  Thu 2026-11-19 10:00 UTC-5

  ENV     SERVES  COMMIT   IMAGE         HOSTS   HEALTH   SINCE  BY
  ✓ prod  v1.4.0  8c3f8c3  9f2c9f2c9f2c  3 of 3  healthy  2d     login-a
`,
    );
  });

  it('shows one environment host by host', () => {
    const locked = healthy('prod-2', release(), {
      observed: serving(release(), {
        host: 'prod-2',
        lock: {
          fence: 4,
          since: 1,
          expires: NOW / 1000 + 12,
          holder: { actor: 'login-b', machine: 'build-7', pid: 1, purpose: 'deploy v1.5.0' },
        },
      }),
    });
    const old = healthy('prod-3', release('1.3.2'), {
      observed: observed({
        host: 'prod-3',
        skewMs: 1500,
        containers: [container({ restarts: 2, startedAt: NOW - 176_400_000 })],
      }),
    });
    draws(
      environmentView(
        status({
          hosts: [
            healthy('prod-1', release()),
            locked,
            old,
            { name: 'prod-4', health: 'no answer', error: gone('prod-4: no answer') },
          ],
        }),
        CONTEXT,
      ),
      `
prod  healthdelta, acme/healthdelta  Thu 2026-11-19 10:00 UTC-5

  serves     v1.4.0 on prod-1..2, v1.3.2 on prod-3, prod-4 not known
  proven     v1.4.0, 8c3f8c3, confirmed 2026-11-17 07:00 (2d ago), d48, login-a
  lock       held on prod-2 by login-b on build-7: deploy v1.5.0; renewed until
             12s from now

  HOST      SERVES     HEALTH     UP      RESTARTS  DISK FREE    CLOCK
  ✓ prod-1  v1.4.0     healthy    1h 00m  0         21 of 40 GB  -0.2s
  ✓ prod-2  v1.4.0     healthy    1h 00m  0         21 of 40 GB  0.0s
  ! prod-3  v1.3.2     healthy    2d 1h   2         21 of 40 GB  +1.5s
  ! prod-4  not known  no answer

  ! prod     prod-4: no answer
             find out why: ssh it true

  way back   v1.3.2: hd rollback prod
`,
    );
  });

  it('does not guess where no host was seen', () => {
    draws(
      environmentView(
        status({ hosts: [], recorded: undefined, entry: undefined, wayBack: undefined }),
        CONTEXT,
      ),
      `
prod  healthdelta, acme/healthdelta  Thu 2026-11-19 10:00 UTC-5

  serves     not known

  HOST  SERVES  HEALTH  UP  RESTARTS  DISK FREE  CLOCK
`,
    );
  });
});

describe('the screen of hd rollback --list (12)', () => {
  it('has the chosen one first, and impossible ones last with the whole reason', () => {
    const way = {
      image: '41c741c741c7',
      confirmedAt: '2026-11-12T15:04:00Z',
      chosen: false,
      possible: true,
      text: 'on 3 of 3 hosts',
    };
    draws(
      waysView(
        'prod',
        release(),
        [
          { ...way, name: 'v1.3.2', chosen: true },
          { ...way, name: 'v1.3.1', text: 'pull on prod-3' },
          {
            ...way,
            name: 'v1.3.0',
            possible: false,
            text: 'image e81f0d22ba67 is neither on prod-1..3 nor in its registry',
          },
          {
            name: 'v1.3.3',
            image: '',
            chosen: false,
            possible: false,
            text: 'failed here 2026-11-17: v1.3.3 on prod-1: ready: GET /ready: 503, wanted 200, 3 tries (d47)',
          },
        ],
        ZONE,
        NOW,
      ),
      `
roll back prod  Thu 2026-11-19 10:00 UTC-5

  serves     v1.4.0

  BACK TO    CONFIRMED         IMAGE
  ✓ v1.3.2   2026-11-12 10:04  41c741c741c7  on 3 of 3 hosts
  · v1.3.1   2026-11-12 10:04  41c741c741c7  pull on prod-3
  ✗ v1.3.0   2026-11-12 10:04  41c741c741c7
             image e81f0d22ba67 is neither on prod-1..3 nor in its registry
  ✗ v1.3.3   never
             failed here 2026-11-17: v1.3.3 on prod-1: ready: GET /ready: 503,
             wanted 200, 3 tries (d47)

  next       hd rollback prod --to v1.3.2
`,
    );
  });

  it('says that there is nothing', () => {
    draws(
      waysView('prod', undefined, [], ZONE, NOW),
      `
roll back prod  Thu 2026-11-19 10:00 UTC-5

  serves     nothing known

  nothing was confirmed here before
`,
    );
  });
});
