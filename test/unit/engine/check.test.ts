import assert from 'node:assert/strict';
import type { Check } from '../../../src/lib/checks/check.ts';
import { judgeAnswer } from '../../../src/lib/checks/expect.ts';
import { LostError, UsageError } from '../../../src/lib/domain/errors.ts';
import { redaction } from '../../../src/lib/domain/redaction.ts';
import { Secret } from '../../../src/lib/domain/secret.ts';
import { checkUrl, requireTokens, runChecks, type CheckPorts } from '../../../src/lib/engine/check.ts';
import type { Host, HttpAnswer, Shell } from '../../../src/lib/ports.ts';
import { environment, httpCheck, NOW } from '../../support/core.ts';
import { done, fakeHost, FakeHttp, fakeShell, FastClock, TurnedClock } from './fakes.ts';

const OK: HttpAnswer = { kind: 'answer', status: 200, body: '', ms: 1 };
const BUSY: HttpAnswer = { kind: 'answer', status: 503, body: 'busy', ms: 1 };
const NONE: HttpAnswer = { kind: 'none', why: 'ECONNREFUSED', ms: 1 };

const ready = (rest: Partial<ReturnType<typeof httpCheck>> = {}, tokenEnv?: string): Check => ({
  kind: 'http',
  name: 'ready',
  path: '/ready',
  retry: httpCheck('/ready', { attempts: 3, delayMs: 2000, initialWaitMs: 5000, timeoutMs: 900, ...rest }),
  judge: (answer) => judgeAnswer('/ready', answer, { status: 200 }),
  ...(tokenEnv === undefined ? {} : { tokenEnv }),
});

function ports(http: FakeHttp, rest: Partial<CheckPorts> = {}): CheckPorts & { clock: FastClock } {
  const clock = new FastClock();
  return {
    http,
    local: () => Promise.resolve(fakeShell('here')),
    env: {},
    signal: new AbortController().signal,
    redact: (text) => text,
    ...rest,
    clock,
  };
}

describe('an HTTP check', () => {
  it('is not asked where the token that it needs is not set', async () => {
    const http = new FakeHttp(OK);
    const [found] = await runChecks(ports(http), environment(), fakeHost('prod-1'), [ready({}, 'SMOKE')]);
    assert.deepEqual(
      [found?.state, found?.text, found?.evidence.attempts, http.asked.length],
      ['unknown', 'not asked: SMOKE is not set', 0, 0],
    );
  });

  for (const [what, answers, state, text, attempts, slept] of [
    ['passes on the first answer, after the initial wait', [OK], 'passed', 'GET /ready: 200', 1, [5000]],
    ['is asked again after the delay', [NONE, BUSY, OK], 'passed', 'GET /ready: 200', 3, [5000, 2000, 2000]],
    [
      'fails with the last answer',
      [NONE, NONE, BUSY],
      'failed',
      'GET /ready: 503, wanted 200, 3 tries',
      3,
      [5000, 2000, 2000],
    ],
    [
      'is unknown where the last try got none',
      [BUSY, BUSY, NONE],
      'unknown',
      'GET /ready: no answer: ECONNREFUSED, 3 tries',
      3,
      [5000, 2000, 2000],
    ],
  ] as const) {
    it(what, async () => {
      const http = new FakeHttp(...answers);
      const all = ports(http);
      const [finding] = await runChecks(all, environment(), fakeHost('orin'), [ready()]);
      assert.deepEqual([finding?.state, finding?.text, finding?.evidence.attempts], [state, text, attempts]);
      assert.deepEqual(all.clock.slept, slept);
      assert.equal(http.asked.length, attempts);
    });
  }

  it('keeps its evidence: what, where, when, how long, what came back', async () => {
    const [finding] = await runChecks(ports(new FakeHttp(BUSY)), environment(), fakeHost('orin'), [ready()]);
    assert.deepEqual(finding, {
      check: 'ready',
      host: 'orin',
      state: 'failed',
      text: 'GET /ready: 503, wanted 200, 3 tries',
      evidence: {
        asked: 'GET http://127.0.0.1:8000/ready',
        where: 'orin',
        attempts: 3,
        at: NOW,
        ms: 9000,
        got: ['busy'],
      },
    });
  });

  describe('keeps of a wrong answer', () => {
    const leak = 'x'.repeat(395) + 'tell-nobody';
    const answer: HttpAnswer = { ...BUSY, body: `{"password": "of-the-host"}\n${leak}` };
    const found = async (host: Host) => {
      const redact = redaction(['tell-nobody']);
      const [finding] = await runChecks(ports(new FakeHttp(answer), { redact }), environment(), host, [
        ready(),
      ]);
      return finding;
    };

    it('nothing that is secret: the host takes out its own, and the operator what is known here', async () => {
      const withoutSecrets = (lines: readonly string[]) =>
        Promise.resolve(lines.map((line) => line.replace('of-the-host', '[redacted]')));
      const finding = await found(fakeHost('orin', { withoutSecrets }));
      assert.equal(finding?.text, 'GET /ready: 503, wanted 200, 3 tries');
      // Cut when it is clear: half a secret would not be known.
      assert.deepEqual(finding.evidence.got, ['{"password": "[redacted]"}', `${'x'.repeat(395)}[reda`]);
    });

    it('nothing at all if the host can not clear it', async () => {
      const finding = await found(
        fakeHost('orin', { withoutSecrets: () => Promise.reject(new LostError('orin', 'orin is gone')) }),
      );
      assert.equal(finding?.state, 'failed');
      assert.equal(
        finding.text,
        "ready failed; what it said is not kept, since orin can't clear it of secrets",
      );
      assert.equal(finding.evidence.got, undefined);
    });
  });

  it('is asked from the host, or from here', async () => {
    const http = new FakeHttp(OK);
    const host = fakeHost('orin');
    await runChecks(ports(http), environment(), host, [ready()]);
    const [finding] = await runChecks(ports(http), environment({ probe: 'operator' }), host, [ready()]);
    assert.deepEqual(
      http.asked.map((each) => each.via),
      ['orin', 'here'],
    );
    assert.equal(finding?.evidence.where, 'here');
    assert.equal(http.asked[0]?.request.timeoutMs, 900);
  });

  it('sends the token as a secret, and nothing without one', async () => {
    const http = new FakeHttp(OK);
    await runChecks(ports(http, { env: { TOKEN: 'tell-nobody' } }), environment(), fakeHost('orin'), [
      ready({}, 'TOKEN'),
      ready(),
    ]);
    const [first, second] = http.asked.map((each) => each.request.headers);
    const sent = first?.['authorization'];
    assert.ok(sent instanceof Secret && sent.reveal() === 'Bearer tell-nobody');
    assert.equal(JSON.stringify(first), '{"authorization":"[redacted]"}');
    assert.deepEqual(second, {});
  });

  it('is not asked again once the operator wants to stop', async () => {
    const http = new FakeHttp(BUSY);
    await runChecks(ports(http, { signal: AbortSignal.abort() }), environment(), fakeHost('orin'), [ready()]);
    assert.equal(http.asked.length, 1);
  });

  it('keeps the first lines of a long answer, cut', async () => {
    const body = [...Array(20).keys()].map((n) => `${n}${'x'.repeat(1000)}`).join('\n');
    const [finding] = await runChecks(
      ports(new FakeHttp({ ...BUSY, body })),
      environment(),
      fakeHost('orin'),
      [ready()],
    );
    assert.equal(finding?.evidence.got?.length, 8);
    assert.ok(finding.evidence.got.every((line) => line.length === 400));
  });
});

describe('checks', () => {
  const observed = (name: string): Check => ({
    kind: 'observed',
    name,
    asked: 'docker ps',
    judge: () => ({ state: 'passed', text: name }),
  });

  it('run all, whatever the others found, and are told one by one', async () => {
    const lost = fakeHost('orin', { logs: () => Promise.reject(new LostError('orin', 'orin is gone')) });
    const logs: Check = {
      kind: 'logs',
      name: 'logs',
      sinceMs: 1,
      skewMs: 0,
      containers: [{ service: 'backend', id: 'x' }],
      judge: () => ({ state: 'passed', text: '' }),
    };
    const told: string[] = [];
    const found = await runChecks(
      ports(new FakeHttp(BUSY)),
      environment(),
      lost,
      [logs, ready(), observed('image')],
      (each) => told.push(each.check),
    );
    assert.deepEqual(
      found.map((each) => [each.check, each.state, each.text]),
      [
        ['logs', 'unknown', 'orin is gone'],
        ['ready', 'failed', 'GET /ready: 503, wanted 200, 3 tries'],
        ['image', 'passed', 'image'],
      ],
    );
    assert.deepEqual(told.sort(), ['image', 'logs', 'ready']);
  });

  it('do not call a bug an unknown answer', async () => {
    const broken: Check = {
      kind: 'observed',
      name: 'x',
      asked: 'x',
      judge: () => assert.fail('a bug'),
    };
    await assert.rejects(runChecks(ports(new FakeHttp(OK)), environment(), fakeHost('orin'), [broken]), {
      message: 'a bug',
    });
  });

  it("read the logs since then by the host's own clock", async () => {
    const asked: unknown[] = [];
    const host = fakeHost('orin', {
      logs: (id, since) => {
        asked.push([id, since - NOW]);
        return Promise.resolve([id]);
      },
    });
    const containers = [
      { service: 'backend', id: 'x' },
      { service: 'worker', id: 'y' },
    ];
    const check: Check = {
      kind: 'logs',
      name: 'logs',
      sinceMs: 120_000,
      skewMs: 5000,
      containers,
      judge: (lines) => ({ state: 'passed', text: lines.join('') }),
    };
    const [finding] = await runChecks(ports(new FakeHttp(OK)), environment(), host, [check]);
    assert.deepEqual(asked, [
      ['x', -115_000],
      ['y', -115_000],
    ]);
    assert.deepEqual([finding?.text, finding?.evidence.asked], ['xy', 'docker logs backend, worker']);
  });

  it('run a smoke command here, within its limit', async () => {
    const ran: unknown[] = [];
    const shell: Shell = {
      ...fakeShell('here'),
      run: (command, { timeoutMs } = {}) => {
        ran.push(command, { timeoutMs });
        return Promise.resolve({ ...done(3, 'out\n'), stderr: 'err\n' });
      },
    };
    const check: Check = {
      kind: 'command',
      name: 'suite',
      argv: ['npm', 'run', 'smoke'],
      timeoutMs: 7,
      judge: ({ status, output }) => ({ state: 'failed', text: `${status}`, got: output.split('\n') }),
    };
    const [finding] = await runChecks(
      ports(new FakeHttp(OK), { local: () => Promise.resolve(shell) }),
      environment(),
      fakeHost('orin'),
      [check],
    );
    assert.deepEqual(ran, [{ argv: ['npm', 'run', 'smoke'] }, { timeoutMs: 7 }]);
    assert.deepEqual(
      [finding?.text, finding?.evidence.got, finding?.evidence.where, finding?.evidence.asked],
      ['3', ['out', 'err'], 'here', 'npm run smoke'],
    );
  });

  it('have the time of --timeout all together: what has no answer by then is not known, and is ended', async () => {
    const clock = new TurnedClock();
    let ended: AbortSignal | undefined;
    const shell: Shell = {
      ...fakeShell('here'),
      run: (_command, { signal } = {}) => {
        ended = signal;
        return new Promise(() => undefined);
      },
    };
    const check: Check = {
      kind: 'command',
      name: 'suite',
      argv: ['npm', 'run', 'smoke'],
      timeoutMs: 600_000,
      judge: () => assert.fail('it never ended'),
    };
    const all = {
      ...ports(new FakeHttp(OK), { local: () => Promise.resolve(shell), stageMs: 90_000 }),
      clock,
    };
    const running = runChecks(all, environment(), fakeHost('orin'), [check]);
    await clock.turn(90_000);
    const [finding] = await running;
    const text = 'verify ran out of time after 90s (--timeout)';
    assert.deepEqual([finding?.state, finding?.text, ended?.aborted], ['unknown', text, true]);
  });

  it("ask below the environment's address", () => {
    assert.equal(checkUrl(environment({ url: 'http://h:1' }), '/a?b=1'), 'http://h:1/a?b=1');
  });

  it('need their tokens before anything is begun', () => {
    const smoke = { ...httpCheck('/s'), kind: 'http', name: 'status', tokenEnv: 'HD_SMOKE' } as const;
    const one = environment({ checks: { smoke: [smoke] } });
    requireTokens(one, { HD_SMOKE: 'x' });
    for (const env of [{}, { HD_SMOKE: '' }]) {
      assert.throws(
        () => requireTokens(one, env),
        (error) => {
          assert.ok(error instanceof UsageError);
          assert.equal(error.message, 'smoke check status needs HD_SMOKE, which is not set');
          return true;
        },
      );
    }
  });
});
