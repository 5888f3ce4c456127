import assert from 'node:assert/strict';
import { checksFor } from '../../../src/lib/checks/index.ts';
import type { Check, Judgement, Subject } from '../../../src/lib/checks/check.ts';
import { fieldAt } from '../../../src/lib/checks/expect.ts';
import type { VersionCheck } from '../../../src/lib/domain/environment.ts';
import type { HttpAnswer } from '../../../src/lib/ports.ts';
import {
  container,
  digest,
  environment,
  httpCheck,
  manifest,
  NOW,
  observed,
  release,
  serving,
} from '../../support/core.ts';

const VERSION: VersionCheck = { ...httpCheck('/version'), versionField: 'version', commitField: 'git_sha' };
const RELEASE = release();

function subject(rest: Partial<Subject> = {}): Subject {
  return { environment: environment(), release: RELEASE, observed: serving(RELEASE), ...rest };
}

function check(name: string, of: Subject): Check {
  const found = checksFor(of).find((each) => each.name === name);
  assert.ok(found, `no check ${name}`);
  return found;
}

/** What the check says of what it is given: an HTTP answer, log lines, a command's end, or what was observed. */
function judged(name: string, of: Subject, given?: unknown): Judgement {
  return check(name, of).judge(given as never);
}

const says = (judgement: Judgement): string => `${judgement.state}: ${judgement.text}`;
const ok = (body = '', status = 200, ms = 5): HttpAnswer => ({ kind: 'answer', status, body, ms });
const none: HttpAnswer = { kind: 'none', why: 'ECONNREFUSED', ms: 5 };
const seen = (...containers: Parameters<typeof container>[0][]) =>
  subject({ observed: observed({ containers: containers.map((each) => container(each)) }) });

describe('checks', () => {
  it('are those that the environment declares, in the order in which a person reads them', () => {
    const names = (of: Subject) => checksFor(of).map((each) => each.name);
    assert.deepEqual(names(subject()), ['image', 'compose', 'restarts']);
    const all = environment({
      rollout: { maxDowntimeMs: 10_000 },
      checks: {
        live: httpCheck('/healthz'),
        ready: httpCheck('/ready'),
        version: VERSION,
        logs: { sinceMs: 120_000, forbid: ['FATAL'] },
        smoke: [
          { kind: 'http', name: 'status', ...httpCheck('/status') },
          { kind: 'command', name: 'suite', run: ['npm', 'test'], timeoutMs: 1 },
        ],
      },
    });
    assert.deepEqual(names(subject({ environment: all, downtimeMs: 300 })), [
      'image',
      'version',
      'live',
      'ready',
      'compose',
      'restarts',
      'downtime',
      'logs',
      'status',
      'suite',
    ]);
  });
});

describe('the image check (S0-43)', () => {
  for (const [what, of, wanted] of [
    ['as released', seen({}), 'passed: backend runs 9f2c9f2c9f2c, as released'],
    ['in two replicas', seen({}, {}), 'passed: backend runs 9f2c9f2c9f2c, as released'],
    [
      'at another digest',
      seen({ digests: [digest('c02b')] }),
      'failed: backend runs c02bc02bc02b; wanted 9f2c9f2c9f2c',
    ],
    [
      "without a registry's digest",
      seen({ digests: [] }),
      'failed: backend runs 1d1d1d1d1d1d; wanted 9f2c9f2c9f2c',
    ],
    ['not at all', seen(), 'failed: backend does not run; wanted 9f2c9f2c9f2c'],
    ['no more', seen({ state: 'exited' }), 'failed: backend is exited, 9f2c9f2c9f2c; wanted 9f2c9f2c9f2c'],
    [
      'in one of two replicas',
      seen({}, { digests: [digest('c02b')] }),
      'failed: backend runs c02bc02bc02b; wanted 9f2c9f2c9f2c',
    ],
  ] as const) {
    it(`judges a service that runs ${what}`, () => assert.equal(says(judged('image', of)), wanted));
  }
});

describe('the version check (S0-44)', () => {
  const of = subject({ environment: environment({ checks: { version: VERSION } }) });
  const full = RELEASE.commit;
  for (const [body, wanted] of [
    [{ version: '1.4.0', git_sha: full }, 'passed: GET /version: 200, "1.4.0", 8c3f8c3'],
    [{ version: 'v1.4.0', git_sha: full.slice(0, 7) }, 'passed: GET /version: 200, "v1.4.0", 8c3f8c3'],
    [{ version: '1.4.0', git_sha: full.slice(0, 6) }, 'failed: 200, but commit 8c3f8c; wanted 8c3f8c3'],
    [{ version: '1.4.0', git_sha: '' }, 'failed: 200, but commit ; wanted 8c3f8c3'],
    [{ version: '1.4.0', git_sha: '5b0d9a4' }, 'failed: 200, but commit 5b0d9a4; wanted 8c3f8c3'],
    [{ version: '1.4.0', git_sha: `${full}0` }, 'failed: 200, but commit 8c3f8c3; wanted 8c3f8c3'],
    [{ version: '1.4.0' }, 'failed: 200, but commit not there; wanted 8c3f8c3'],
    [{ version: '1.3.2', git_sha: full }, 'failed: 200, but version "1.3.2"; wanted "1.4.0"'],
    [{ version: 1.4, git_sha: full }, 'failed: 200, but version 1.4; wanted "1.4.0"'],
    [{ git_sha: full }, 'failed: 200, but version not there; wanted "1.4.0"'],
    [[], 'failed: 200, but version not there; wanted "1.4.0"'],
  ] as const) {
    it(`says of ${JSON.stringify(body)}: ${wanted}`, () => {
      const judgement = judged('version', of, ok(JSON.stringify(body)));
      assert.equal(says(judgement), wanted);
      assert.deepEqual(judgement.got, judgement.state === 'passed' ? undefined : [JSON.stringify(body)]);
    });
  }

  it('tells a wrong answer from none', () => {
    assert.equal(says(judged('version', of, ok('<html>'))), 'failed: GET /version: 200, but not JSON');
    assert.equal(says(judged('version', of, ok('', 404))), 'failed: GET /version: 404, wanted 200');
    assert.equal(says(judged('version', of, none)), 'unknown: GET /version: no answer: ECONNREFUSED');
  });

  it('reads own fields only, however deep', () => {
    const of = (versionField: string) =>
      judged(
        'version',
        subject({ environment: environment({ checks: { version: { ...VERSION, versionField } } }) }),
        ok('{"a":{"b":"1.4.0"}}'),
      );
    assert.equal(says(of('constructor.name')), 'failed: 200, but version not there; wanted "1.4.0"');
    assert.equal(says(of('a.b')), 'failed: 200, but commit not there; wanted 8c3f8c3');
    const hostile: unknown = JSON.parse('{"__proto__":{"version":"1.4.0"}}');
    assert.equal(fieldAt(hostile, '__proto__.version'), '1.4.0');
    assert.equal(fieldAt(hostile, 'version'), undefined);
    assert.equal(fieldAt({}, '__proto__'), undefined);
    assert.equal(fieldAt([['x']], '0.0'), 'x');
  });
});

describe('the live, ready and smoke checks (S0-45, S1-6…10, S1-21)', () => {
  const json = { status: 200, json: { 'db.state': 'up', migrations: 12, failed: null }, withinMs: 100 };
  const of = subject({
    environment: environment({
      checks: {
        live: httpCheck('/healthz', { expect: { status: 204 } }),
        ready: httpCheck('/ready', { expect: json }),
        smoke: [{ kind: 'http', name: 'status', tokenEnv: 'T', ...httpCheck('/status') }],
      },
    }),
  });
  const good = '{"db":{"state":"up"},"migrations":12,"failed":null}';
  for (const [name, answer, wanted] of [
    ['live', ok('', 204), 'passed: GET /healthz: 204'],
    ['live', ok('', 200), 'failed: GET /healthz: 200, wanted 204'],
    ['live', none, 'unknown: GET /healthz: no answer: ECONNREFUSED'],
    ['ready', ok(good), 'passed: GET /ready: 200'],
    ['ready', ok(good, 503), 'failed: GET /ready: 503, wanted 200'],
    ['ready', ok(good, 200, 101), 'failed: GET /ready: 200 after 101ms, wanted within 100ms'],
    ['ready', ok('up'), 'failed: GET /ready: 200, but not JSON'],
    ['ready', ok('{"db":{"state":"down"}}'), 'failed: GET /ready: 200, but db.state is "down"; wanted "up"'],
    [
      'ready',
      ok('{"db":{"state":"up"},"migrations":"12"}'),
      'failed: GET /ready: 200, but migrations is "12"; wanted 12',
    ],
    [
      'ready',
      ok('{"db":{"state":"up"},"migrations":12}'),
      'failed: GET /ready: 200, but failed is not there; wanted null',
    ],
    ['status', ok(), 'passed: smoke, GET /status: 200'],
    ['status', ok('a\nb', 500), 'failed: smoke, GET /status: 500, wanted 200'],
    ['status', none, 'unknown: smoke, GET /status: no answer: ECONNREFUSED'],
  ] as const) {
    it(`says ${wanted}`, () => assert.equal(says(judged(name, of, answer)), wanted));
  }

  it('shows what came back, but not an empty body', () => {
    assert.deepEqual(judged('status', of, ok('a\nb', 500)).got, ['a', 'b']);
    assert.deepEqual(judged('status', of, ok('', 500)).got, []);
  });

  it('names the token, and never has it', () => {
    const found = check('status', of);
    assert.equal(found.kind === 'http' ? found.tokenEnv : '', 'T');
  });

  it('runs a command and wants exit 0', () => {
    const smoke = [{ kind: 'command', name: 'suite', run: ['npm', 'run', 'smoke'], timeoutMs: 9 } as const];
    const one = subject({ environment: environment({ checks: { smoke } }) });
    assert.equal(
      says(judged('suite', one, { status: 0, output: 'fine' })),
      'passed: smoke, npm run smoke: exit 0',
    );
    const bad = judged('suite', one, { status: 2, output: '1\n2\n3\n4\n5\n6\n7\n8\n9' });
    assert.equal(says(bad), 'failed: smoke, npm run smoke: exit 2, wanted 0');
    assert.deepEqual(bad.got, ['2', '3', '4', '5', '6', '7', '8', '9']);
  });
});

describe('the compose check (S1-18)', () => {
  const of = (...containers: Parameters<typeof container>[0][]) => ({
    ...seen(...containers),
    manifest: manifest({ services: ['backend', 'db'] }),
  });
  const db = { service: 'db', health: 'healthy' } as const;
  for (const [containers, wanted] of [
    [[{}, db], 'passed: backend runs, db healthy'],
    [[{ state: 'exited', restartPolicy: 'no' }, db], 'passed: backend ended with 0, db healthy'],
    [[{ state: 'exited' }, db], 'failed: backend exited with 0'],
    [[{ health: 'starting' }, db], 'failed: backend starting'],
    [[{ health: 'unhealthy' }, db], 'failed: backend unhealthy'],
    [[{}, { ...db, health: 'unhealthy' }, db], 'failed: db unhealthy'],
    [[{ state: 'exited', exitCode: 3 }, db], 'failed: backend exited with 3'],
    [[{ state: 'restarting' }], 'failed: backend restarting, db does not run'],
    [[], 'failed: backend does not run, db does not run'],
  ] as const) {
    it(`says ${wanted}`, () => assert.equal(says(judged('compose', of(...containers))), wanted));
  }

  it('goes by the release where hd has no manifest', () => {
    assert.equal(says(judged('compose', seen())), 'failed: backend does not run');
  });
});

describe('the restarts check (S0-47)', () => {
  for (const [containers, wanted] of [
    [[{}], 'passed: 0, none of late; policy unless-stopped'],
    [
      [{ restartPolicy: 'always' }, { restartPolicy: 'on-failure' }],
      'passed: 0, none of late; policy always, on-failure',
    ],
    [[{ restarts: 3 }], 'passed: 3, none of late; policy unless-stopped'],
    [[{ restarts: 1, startedAt: NOW - 599_999 }], 'failed: backend restarted 1 time, exit 0'],
    [[{ restarts: 1, startedAt: NOW - 600_000 }], 'passed: 1, none of late; policy unless-stopped'],
    [[{ restarts: 5, state: 'restarting', exitCode: 3 }], 'failed: backend restarted 5 times, exit 3'],
    [
      [{ restartPolicy: 'no' }],
      'failed: backend has policy no: nothing starts it again after a crash or a reboot',
    ],
    [
      [{ restartPolicy: '' }],
      'failed: backend has policy no: nothing starts it again after a crash or a reboot',
    ],
    [[], 'failed: no container of the release'],
    [
      [{ service: 'db', restartPolicy: 'no', restarts: 9 }, {}],
      'passed: 0, none of late; policy unless-stopped',
    ],
  ] as const) {
    it(`says ${wanted}`, () => assert.equal(says(judged('restarts', seen(...containers))), wanted));
  }
});

describe('the downtime check (S0-46)', () => {
  const of = (downtimeMs: number) =>
    subject({ downtimeMs, environment: environment({ rollout: { maxDowntimeMs: 10_000 } }) });

  it('compares what was measured with the limit', () => {
    assert.equal(says(judged('downtime', of(10_000))), 'passed: 10.0s during the last switch; limit 10.0s');
    assert.equal(says(judged('downtime', of(10_001))), 'failed: 10.1s during the last switch; limit 10.0s');
  });

  it('is not there without both', () => {
    const names = (each: Subject) => checksFor(each).map((one) => one.name);
    assert.ok(!names(subject({ downtimeMs: 5 })).includes('downtime'));
    assert.ok(!names({ ...subject(), environment: of(1).environment }).includes('downtime'));
  });
});

describe('the logs check (S0-48)', () => {
  const of = (sinceMs = 120_000) =>
    subject({ environment: environment({ checks: { logs: { sinceMs, forbid: ['FATAL', 'Traceback'] } } }) });

  it('finds forbidden texts, to the letter', () => {
    assert.equal(
      says(judged('logs', of(), ['up', 'fatally wounded'])),
      'passed: 2 lines of 2m; no FATAL, no Traceback',
    );
    assert.equal(says(judged('logs', of(), ['up'])), 'passed: 1 line of 2m; no FATAL, no Traceback');
    assert.equal(says(judged('logs', of(45_000), [])), 'passed: 0 lines of 45s; no FATAL, no Traceback');
    const bad = judged('logs', of(), ['ok', 'x FATAL y', 'Traceback (most recent call last):']);
    assert.equal(says(bad), 'failed: 2 of 3 lines of 2m with FATAL, Traceback');
    assert.deepEqual(bad.got, ['x FATAL y', 'Traceback (most recent call last):']);
  });

  it('shows the last eight', () => {
    const lines = Array.from({ length: 20 }, (_, index) => `FATAL ${index}`);
    assert.deepEqual(judged('logs', of(), lines).got, lines.slice(12));
  });

  it("reads the containers of the release only, by the host's clock", () => {
    const both = observed({
      skewMs: 700,
      containers: [container({ id: 'x' }), container({ service: 'db', id: 'y' })],
    });
    const found = check('logs', { ...of(), observed: both });
    assert.ok(found.kind === 'logs');
    assert.deepEqual(
      [found.containers, found.sinceMs, found.skewMs],
      [[{ service: 'backend', id: 'x' }], 120_000, 700],
    );
  });
});
