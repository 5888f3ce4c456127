import assert from 'node:assert/strict';
import fc from 'fast-check';
import { downtimeOf, Prober } from '../../../src/lib/engine/downtime.ts';
import type { Http, HttpAnswer } from '../../../src/lib/ports.ts';
import { FakeHttp, FastClock, TurnedClock } from './fakes.ts';

/** `+` a good answer, `-` none, `.` nothing asked; ten milliseconds each. */
function of(picture: string) {
  const samples = picture
    .split('')
    .flatMap((char, index) => (char === '.' ? [] : [{ at: index * 10, ok: char === '+' }]));
  return downtimeOf(samples);
}

describe('downtime', () => {
  for (const [picture, ms, failed, why] of [
    ['+++++', 0, 0, 'nothing failed'],
    ['++-++', 20, 1, 'from the last good answer to the first one after'],
    ['+..-..+', 60, 1, 'also where nothing was asked meanwhile'],
    ['+-+-+', 40, 2, 'all gaps together'],
    ['++---', 30, 3, 'a gap at the end lasts to the last probe'],
    ['---++', 0, 0, 'before the first good answer nothing served'],
    ['-----', 0, 0, 'nor ever'],
    ['', 0, 0, 'nothing was asked'],
  ] as const) {
    it(`of "${picture}" is ${ms}ms: ${why}`, () => {
      const found = of(picture);
      assert.deepEqual([found.ms, found.failed], [ms, failed]);
      assert.equal(found.probes, picture.replace(/^-+/, '').replaceAll('.', '').length);
    });
  }

  it('is never negative, never more than the span, and nothing without a failure', () => {
    const sample = fc.record({ after: fc.nat(500), ok: fc.boolean() });
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 40 }), (raw) => {
        let at = 0;
        const samples = raw.map(({ after, ok }) => ({ at: (at += after), ok }));
        const { ms, probes, failed } = downtimeOf(samples);
        const span = (samples.at(-1)?.at ?? 0) - (samples[0]?.at ?? 0);
        assert.ok(ms >= 0 && ms <= span);
        assert.ok(failed <= probes && probes <= samples.length);
        if (failed === 0) assert.equal(ms, 0);
      }),
    );
  });

  it('is measured until the prober is stopped; only the wanted status is an answer', async () => {
    const ok = { kind: 'answer', status: 200, body: '', ms: 1 } as const;
    const http = new FakeHttp(ok, { ...ok, status: 503 }, { kind: 'none', why: 'ECONNREFUSED', ms: 1 }, ok);
    const clock = new FastClock();
    const prober = new Prober({ http, clock }, 'http://127.0.0.1:8000/ready', 200, undefined);
    while (prober.downtime.probes < 6) await new Promise((resolve) => setImmediate(resolve));
    const found = await prober.stop();
    assert.deepEqual([found.ms, found.failed], [150, 2]);
    const asked = http.asked.length;
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(http.asked.length, asked);
    assert.deepEqual(http.asked[0], {
      request: { url: 'http://127.0.0.1:8000/ready', timeoutMs: 1000 },
      via: 'here',
    });
  });

  it('does not wait for a probe that hangs: later ones go on, and the gap is theirs', async () => {
    const ok = { kind: 'answer', status: 200, body: '', ms: 1 } as const;
    const answers: (HttpAnswer | undefined)[] = [ok, undefined, ok];
    const http: Http = {
      request: () => {
        const answer = answers.length > 1 ? answers.shift() : answers[0];
        return answer === undefined ? new Promise(() => undefined) : Promise.resolve(answer);
      },
    };
    const prober = new Prober(
      { http, clock: new FastClock() },
      'http://127.0.0.1:8000/ready',
      200,
      undefined,
    );
    while (prober.downtime.probes < 4) await new Promise((resolve) => setImmediate(resolve));
    const found = await prober.stop();
    assert.deepEqual([found.ms, found.failed], [100, 1]);
  });

  it('asks nothing while a container is replaced and none answers, and at once when it is there', async () => {
    const ok = { kind: 'answer', status: 200, body: '', ms: 1 } as const;
    const http = new FakeHttp(ok, { kind: 'none', why: 'ECONNREFUSED', ms: 1 }, ok);
    const clock = new TurnedClock();
    const prober = new Prober({ http, clock }, 'http://127.0.0.1:8000/ready', 200, undefined);
    const done = prober.replacing();
    for (let turn = 0; turn < 10; turn += 1) await clock.turn(50);
    assert.equal(http.asked.length, 2);
    done();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(http.asked.length, 3);
    assert.deepEqual((await prober.stop()).ms, 500);
  });

  it('counts nothing after the last good answer of a host that is lost: nobody could ask it', async () => {
    const ok = { kind: 'answer', status: 200, body: '', ms: 1 } as const;
    const http = new FakeHttp(ok, { ...ok, status: 503 }, ok, { kind: 'none', why: 'timeout', ms: 1000 });
    const prober = new Prober(
      { http, clock: new FastClock() },
      'http://127.0.0.1:8000/ready',
      200,
      undefined,
    );
    while (prober.downtime.probes < 6) await new Promise((resolve) => setImmediate(resolve));
    await prober.stop();
    prober.lost();
    assert.deepEqual(prober.downtime, { ms: 100, probes: 3, failed: 1 });
  });
});
