import assert from 'node:assert/strict';
import { UnreachableError } from '../../../src/lib/domain/errors.ts';
import type { Finding } from '../../../src/lib/domain/finding.ts';
import type { Release } from '../../../src/lib/domain/release.ts';
import { servingOf } from '../../../src/lib/domain/serving.ts';
import type { SeenHost } from '../../../src/lib/flows/observe.ts';
import type { Proof } from '../../../src/lib/flows/prove.ts';
import { tell } from '../../../src/lib/flows/tell.ts';
import type { Told } from '../../../src/lib/flows/told.ts';
import { endBlockLines } from '../../../src/lib/ui/endblock.ts';
import { environment, finding, NOW, observed, release, serving } from '../../support/core.ts';
import { fakeHost } from '../engine/fakes.ts';
import { reads, WIDE } from '../ui/golden.ts';

const ASCII = { ...WIDE, ascii: true };
const HOSTS = ['prod-1', 'prod-2', 'prod-3'];
const OLD = release('1.3.2');
const NEW = release('1.4.0');

function seen(name: string, serves: Release | undefined): SeenHost {
  const host = serves === undefined ? observed() : serving(serves);
  return { host: fakeHost(name), observed: { ...host, host: name } };
}

const all = (serves: Release | undefined) => ({ seen: HOSTS.map((name) => seen(name, serves)), unseen: [] });

const before = (serves: Release | undefined) =>
  all(serves).seen.map((each) => servingOf(each.observed, ['backend']));

function proof(...bad: Partial<Finding>[]): Proof {
  const findings = HOSTS.flatMap((host) =>
    ['image', 'ready'].map((check) => {
      const wrong = bad.find((each) => each.host === host && each.check === check);
      return finding({ host, check, ...wrong });
    }),
  );
  const passed = findings.filter((each) => each.state === 'passed').length;
  return { findings, passed, of: findings.length, whole: bad.length === 0 };
}

const WRONG = {
  host: 'prod-2',
  check: 'ready',
  state: 'failed',
  text: 'GET /ready: 500, wanted 200',
} as const;

function told(rest: Partial<Told>): Told {
  return {
    verb: 'deploy',
    environment: environment({ hosts: HOSTS, rollout: { maxDowntimeMs: 10_000 } }),
    deployment: 'd48',
    plan: { release: NEW, hosts: HOSTS, hash: '7c1e09ab42d8'.repeat(6).slice(0, 64) },
    actor: { name: 'login-a', proven: true, machine: 'build-7' },
    outcome: 'confirmed',
    before: before(OLD),
    sight: all(NEW),
    previous: OLD,
    durations: {},
    begun: new Set(HOSTS),
    ...rest,
  };
}

const restored = { release: OLD, deployment: 'd46', at: '2026-11-12T15:04:00Z', by: 'login-a' };
const failure = {
  text: 'v1.4.0 on prod-2: ready: GET /ready: 500, wanted 200',
  more: ['GET http://127.0.0.1:8000/ready, asked on prod-2'],
  facts: [{ label: 'seen', text: 'what came back on prod-2:', foreign: ["KeyError: 'SLEEP_ZONE'"] }],
};
const away = (name: string) => ({
  name,
  error: new UnreachableError('host', `${name}: no answer from 10.0.4.13:22 in 10s, 3 tries`),
});

const CASES: readonly { name: string; exit: number; width?: number; told: Told; golden: string }[] = [
  {
    name: 'a deployment that is confirmed',
    exit: 0,
    told: told({
      proof: proof(),
      downtime: { ms: 300, probes: 598, failed: 3 },
      durations: { serving: 33_000, confirmed: 100_000 },
    }),
    golden: `
  changed    v1.3.2 → v1.4.0, image 9f2c9f2c9f2c
  proven     6 of 6 checks
  downtime   0.3s (3 of 598 probes failed; limit 10.0s)
  time       33.0s to serving, 1m 40s to confirmed
  record     d48, plan 7c1e09ab42d8, by login-a

✓ confirmed  prod serves v1.4.0 on 3 of 3 hosts
  see it     hd status prod
  undo it    hd rollback prod --to v1.3.2
`,
  },
  {
    name: 'a rollback that is confirmed',
    exit: 0,
    told: told({
      verb: 'rollback',
      plan: { ...told({}).plan, release: OLD },
      before: before(NEW),
      previous: NEW,
      leaves: NEW,
      sight: all(OLD),
      proof: proof(),
    }),
    golden: `
  changed    v1.4.0 → v1.3.2, image 41c741c741c7
  proven     6 of 6 checks
  record     d48, plan 7c1e09ab42d8, by login-a

✓ confirmed  prod serves v1.3.2 on 3 of 3 hosts
  see it     hd status prod
  undo it    hd deploy prod --tag v1.4.0
`,
  },
  {
    name: 'a deployment that was rolled back (screen 7)',
    exit: 6,
    told: told({
      outcome: 'rolled-back',
      sight: all(OLD),
      proof: proof(),
      firstProof: proof(WRONG),
      failure,
      restored,
      downtime: { ms: 0, probes: 1719, failed: 0 },
    }),
    golden: `
  failed     v1.4.0 on prod-2: ready: GET /ready: 500, wanted 200
             GET http://127.0.0.1:8000/ready, asked on prod-2
  seen       what came back on prod-2:
             | KeyError: 'SLEEP_ZONE'
  downtime   0.0s (0 of 1719 probes failed; limit 10.0s)
  record     d48, plan 7c1e09ab42d8, by login-a

! rolled-back  prod serves v1.3.2 on 3 of 3 hosts, as before  (exit 6)
  safe       yes: 6 of 6 checks passed, after the rollback
  next       nothing is urgent; v1.4.0 is marked failed; why: hd history prod
`,
  },
  {
    name: 'a rollback that failed too (screen 8)',
    exit: 7,
    told: told({
      outcome: 'failed',
      sight: { seen: [seen('prod-1', OLD), seen('prod-2', NEW), seen('prod-3', OLD)], unseen: [] },
      proof: proof(WRONG),
      failure: { text: failure.text, facts: [] },
      backFailure: {
        text: 'v1.3.2 on prod-2: docker compose on prod-2: no space left',
        facts: [
          { label: 'seen', text: 'on prod-2:', foreign: ['mkdir /var/lib/docker: no space left on device'] },
        ],
      },
      restored,
    }),
    golden: `
  failed     v1.4.0 on prod-2: ready: GET /ready: 500, wanted 200
  and then   v1.3.2 on prod-2: docker compose on prod-2: no space left
  seen       on prod-2:
             | mkdir /var/lib/docker: no space left on device
  record     d48, plan 7c1e09ab42d8, by login-a

✗ ROLLBACK FAILED  prod serves v1.3.2 on prod-1, prod-3, v1.4.0 on prod-2: a
             person is needed now  (exit 7)
  prod-1     v1.3.2   2 of 2 checks
  prod-2     v1.4.0   1 of 2 checks
  prod-3     v1.3.2   2 of 2 checks
  safe       no: prod-2: ready: GET /ready: 500, wanted 200
  next       once the cause is gone: hd rollback prod --to v1.3.2
`,
  },
  {
    name: 'a first deployment that failed',
    exit: 7,
    told: told({
      outcome: 'failed',
      before: before(undefined),
      sight: all(undefined),
      failure: { text: 'v1.4.0 on prod-1: backend exited with 3', facts: [] },
    }),
    golden: `
  failed     v1.4.0 on prod-1: backend exited with 3
  record     d48, plan 7c1e09ab42d8, by login-a

✗ failed  prod serves nothing; nothing was ever confirmed here to go back to
             (exit 7)
  safe       no: v1.4.0 was not proved, and there is no earlier release
  next       look at what is there: hd status prod
             once it is mended, a new release: hd release --bump patch
`,
  },
  {
    name: 'one that was interrupted before anything was switched (screen 9)',
    exit: 130,
    width: 100,
    told: told({ outcome: 'interrupted', sight: all(OLD), begun: new Set() }),
    golden: `
  lock       released
  record     d48, plan 7c1e09ab42d8, by login-a

! interrupted  prod serves v1.3.2 on 3 of 3 hosts; nothing was changed  (exit 130)
  next       when you want to go on: hd deploy prod --tag v1.4.0
`,
  },
  {
    name: 'one that was interrupted between two hosts (screen 9)',
    exit: 130,
    told: told({
      outcome: 'interrupted',
      sight: { seen: [seen('prod-1', NEW), seen('prod-2', OLD), seen('prod-3', OLD)], unseen: [] },
      begun: new Set(['prod-1']),
    }),
    golden: `
  lock       released
  record     d48, plan 7c1e09ab42d8, by login-a

! interrupted  prod serves v1.4.0 on prod-1, v1.3.2 on prod-2..3  (exit 130)
  safe       no: two versions serve
  next       back: hd rollback prod --to v1.3.2
             on to v1.4.0: hd resume prod
`,
  },
  {
    name: 'one that was asked to stop by whoever goes back',
    exit: 130,
    told: told({
      outcome: 'interrupted',
      sight: all(OLD),
      begun: new Set(['prod-1']),
      stoppedBy: { actor: 'login-b', machine: 'build-8', fence: 7, at: 1, proven: true },
    }),
    golden: `
  why        login-b on build-8 asked it to stop to roll back
  lock       released
  record     d48, plan 7c1e09ab42d8, by login-a

! interrupted  prod serves v1.3.2 on 3 of 3 hosts  (exit 130)
  safe       not known: login-b goes back now
  next       nothing to do here; see: hd status prod
`,
  },
  {
    name: 'one whose lock another operator took over',
    exit: 9,
    told: told({
      outcome: 'interrupted',
      lockLost: true,
      sight: all(OLD),
      failure: { text: 'the lock on prod-1 was taken over', facts: [] },
    }),
    golden: `
  failed     the lock on prod-1 was taken over
  lock       taken over by another
  record     d48, plan 7c1e09ab42d8, by login-a

! interrupted  prod serves v1.3.2 on 3 of 3 hosts  (exit 9)
  safe       not known: another operator is at work
  next       hd status prod
`,
  },
  {
    name: 'one whose rollback lost a host',
    exit: 9,
    told: told({
      outcome: 'inconclusive',
      sight: { seen: [seen('prod-1', OLD), seen('prod-2', OLD)], unseen: [away('prod-3')] },
      proof: proof(),
      failure: { text: 'v1.4.0 on prod-3: prod-3 is gone', facts: [] },
      backFailure: { text: 'prod-3: no answer', facts: [] },
      restored,
    }),
    golden: `
  failed     v1.4.0 on prod-3: prod-3 is gone
  and then   prod-3: no answer
  seen       prod-3: no answer from 10.0.4.13:22 in 10s, 3 tries
  record     d48, plan 7c1e09ab42d8, by login-a

! inconclusive  prod serves v1.3.2 on prod-1..2, prod-3 not known  (exit 9)
  safe       not known: prod-3 was not seen
  next       find out why prod-3 does not answer: ssh prod-3 true
             then: hd resume prod
`,
  },
];

describe('the end of a deployment', () => {
  for (const each of CASES) {
    it(`tells ${each.name}`, () => {
      const { block, exit, json } = tell(each.told);
      assert.equal(exit, each.exit);
      assert.ok(block);
      reads(endBlockLines(block, { ...WIDE, width: each.width ?? 80 }), each.golden);
      assert.equal((json as { exit: number }).exit, each.exit);
    });
  }

  it('is told without UTF-8 as well', () => {
    const [first] = CASES;
    assert.ok(first);
    const { block } = tell(first.told);
    const ascii = first.golden.replaceAll('→', '->').replace('✓', '+');
    reads(endBlockLines(block, ASCII), ascii);
  });

  it('keeps the facts in the order of rule 5', () => {
    const order = [
      'serves',
      'failed',
      'and then',
      'seen',
      'why',
      'affected',
      'changed',
      'proven',
      'downtime',
      'stays',
      'time',
      'lock',
      'record',
    ];
    for (const each of CASES) {
      const labels = tell(each.told).block.facts.map((fact) => order.indexOf(fact.label));
      assert.deepEqual(
        labels,
        [...labels].sort((a, b) => a - b),
        each.name,
      );
    }
  });

  it('says what was not recorded', () => {
    const { block } = tell(told({ proof: proof(), unrecorded: ['prod-3'] }));
    assert.equal(block.facts.at(-1)?.text, 'd48, plan 7c1e09ab42d8, by login-a; not written on prod-3');
  });

  it('is not safe by a proof that is not whole, nor known by one that has no answer', () => {
    const of = (bad: Proof) =>
      tell(told({ outcome: 'rolled-back', sight: all(OLD), restored, proof: bad })).block.verdict.rows[0]
        ?.text;
    assert.equal(of(proof()), 'yes: 6 of 6 checks passed, after the rollback');
    assert.equal(of(proof(WRONG)), 'no: prod-2: ready: GET /ready: 500, wanted 200');
    assert.equal(of(proof({ ...WRONG, state: 'unknown' })), 'not known: what serves was not verified');
  });

  it('has its whole truth in the JSON', () => {
    const [, , rolledBack] = CASES;
    assert.ok(rolledBack);
    const json = tell(rolledBack.told).json as Record<string, unknown>;
    assert.equal(json['outcome'], 'rolled-back');
    assert.equal(json['safe'], 'yes');
    assert.equal(json['plan'], rolledBack.told.plan.hash);
    assert.deepEqual(json['previous'], { version: '1.3.2', tag: 'v1.3.2', commit: OLD.commit });
    assert.deepEqual(json['downtime'], { ms: 0, limitMs: 10_000, probes: 1719, probesFailed: 0 });
    assert.deepEqual(
      json['serves'],
      HOSTS.map((host) => ({
        host,
        version: '1.3.2',
        seenAt: new Date(NOW).toISOString(),
        checks: { passed: 2, of: 2 },
      })),
    );
    assert.deepEqual(
      (json['failed'] as Finding[]).map((each) => [each.host, each.check]),
      [['prod-2', 'ready']],
    );
  });
});
