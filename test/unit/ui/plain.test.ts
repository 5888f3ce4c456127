import assert from 'node:assert/strict';
import type { Event } from '../../../src/lib/domain/event.ts';
import { ActionsReporter, escapeData, escapeProperty, inert } from '../../../src/lib/ui/actions.ts';
import { PlainReporter } from '../../../src/lib/ui/plain.ts';
import { drawingOn, TestClock } from './drawing.ts';

const at = (time: string): number => Date.parse(`2026-11-19T${time}Z`);

/** Events at their times, told by a reporter. */
async function told(
  mode: 'plain' | 'actions',
  story: readonly (readonly [string, Event])[],
): Promise<string> {
  const clock = new TestClock(0);
  const drawing = drawingOn(mode, clock);
  const reporter = mode === 'plain' ? new PlainReporter(drawing) : new ActionsReporter(drawing);
  for (const [time, event] of story) {
    clock.at = at(time);
    reporter.event(event);
  }
  await reporter.close();
  return drawing.written();
}

const item = (stage: string, name: string, rest: Partial<Extract<Event, { type: 'item' }>>): Event => ({
  type: 'item',
  stage,
  name,
  mark: 'ok',
  text: '',
  ...rest,
});

const silence = (host: string, since?: string): Event => {
  if (since === undefined) return { type: 'silence', host };
  const from = at(since);
  return { type: 'silence', host, silence: { since: from, until: from + 60_000, limitMs: 60_000 } };
};

describe('plain lines (screens.md, 20)', () => {
  it('say one fact a line, in ASCII and UTC, and never redraw', async () => {
    const text = await told('plain', [
      ['15:11:58', { type: 'header', verb: 'deploy v1.4.0 to prod', parts: ['acme/healthdelta', 'login-a'] }],
      ['15:12:04', { type: 'stages', title: 'deployment d48', stages: [{ name: 'ship', text: '3 hosts' }] }],
      ['15:12:05', { type: 'stage', name: 'ship', mark: 'ok', text: '3 of 3 hosts', ms: 1100 }],
      [
        '15:12:05',
        { type: 'stage', name: 'pull', mark: 'busy', text: 'backend 9f2c41d07be3, 118 MB a host' },
      ],
      ['15:12:06', item('pull', 'prod-1', { mark: 'busy', text: '64 of 118 MB' })],
      ['15:12:13', item('pull', 'prod-1', { text: '118 MB', ms: 7900 })],
      ['15:12:14', item('pull', 'prod-1', { text: '118 MB', ms: 7900 })],
      ['15:12:18', { type: 'stage', name: 'pull', mark: 'ok', text: '1 of 1 hosts', ms: 13_200 }],
      ['15:12:38', { type: 'stage', name: 'migrate', mark: 'ok', text: 'schema 11 → 12', ms: 2300 }],
      ['15:12:39', { type: 'footer', text: 'prod serves v1.3.2' }],
      ['15:12:40', { type: 'note', mark: 'warn', text: 'the notifier did not answer' }],
      ['15:12:41', silence('prod-2', '15:12:41')],
      ['15:12:51', silence('prod-2', '15:12:41')],
      ['15:12:52', silence('prod-2')],
      ['15:12:53', silence('prod-2')],
    ]);
    assert.equal(
      text,
      `15:11:58Z info  hd 0.1.0: deploy v1.4.0 to prod, acme/healthdelta, login-a, 2026-11-19
15:12:04Z info  deployment d48
15:12:05Z ok    ship    3 of 3 hosts, 1.1s
15:12:05Z start pull    backend 9f2c41d07be3, 118 MB a host
15:12:13Z ok    pull    prod-1 118 MB, 7.9s
15:12:38Z ok    migrate schema 11 -> 12, 2.3s
15:12:40Z warn  the notifier did not answer
15:12:41Z warn  prod-2 does not answer; trying again for 60s (--reconnect)
15:12:52Z info  prod-2 answers again
`,
    );
  });

  it('say every 30 s what runs longer, the soak every five minutes', async () => {
    const clock = new TestClock(at('15:13:00'));
    const drawing = drawingOn('plain', clock);
    const reporter = new PlainReporter(drawing);
    reporter.event({ type: 'stage', name: 'pull', mark: 'busy', text: 'backend' });
    for (const seconds of [29, 1, 29, 1]) {
      clock.at += seconds * 1000;
      reporter.tick();
    }
    reporter.event({ type: 'stage', name: 'pull', mark: 'ok', text: 'backend', ms: 60_000 });
    reporter.event({ type: 'stage', name: 'soak', mark: 'busy', text: '15m' });
    for (const seconds of [299, 1]) {
      clock.at += seconds * 1000;
      reporter.tick();
    }
    await reporter.close();
    clock.at += 600_000;
    reporter.tick();
    assert.equal(
      drawing.written(),
      `15:13:00Z start pull    backend
15:13:30Z wait  pull    backend, for 30s
15:14:00Z wait  pull    backend, for 1m
15:14:00Z ok    pull    backend, 1m 00s
15:14:00Z start soak    15m
15:19:00Z wait  soak    15m, for 5m
`,
    );
  });

  it('let nothing foreign begin a line, or be another', async () => {
    const text = await told('plain', [
      [
        '15:12:00',
        item('switch', 'prod-1', { mark: 'fail', text: 'x\nforged line', foreign: ['\x1b[2Jboo'] }),
      ],
    ]);
    assert.equal(text, '15:12:00Z fail  switch  prod-1 x forged line\n| boo\n');
  });
});

describe('lines under GitHub Actions', () => {
  it('group a stage, and close the group before a failure (story 7)', async () => {
    const text = await told('actions', [
      ['19:06:44', { type: 'stage', name: 'switch', mark: 'busy', text: '3 hosts, one at a time' }],
      [
        '19:07:09',
        item('switch', 'prod-1', { serves: 'v1.4.0', text: '10 of 10 checks, 0.0s down', ms: 24_200 }),
      ],
      [
        '19:07:45',
        item('switch', 'prod-2', {
          mark: 'fail',
          serves: 'v1.4.0',
          text: '9 of 10 checks',
          ms: 36_400,
          foreign: ["KeyError: 'SLEEP_ZONE'", '##[error]x'],
        }),
      ],
      ['19:07:45', { type: 'stage', name: 'switch', mark: 'fail', text: 'failed at prod-2', ms: 61_000 }],
      ['19:07:45', { type: 'stage', name: 'go back', mark: 'busy', text: '3 hosts, to v1.3.2' }],
      ['19:08:04', item('go back', 'prod-1', { serves: 'v1.3.2', text: '10 of 10 checks', ms: 19_400 })],
      ['19:08:05', { type: 'stage', name: 'go back', mark: 'ok', text: '3 of 3 hosts', ms: 19_600 }],
    ]);
    assert.equal(
      text,
      `::group::switch
19:06:44Z start switch  3 hosts, one at a time
19:07:09Z ok    switch  prod-1 v1.4.0, 10 of 10 checks, 0.0s down, 24.2s
::endgroup::
19:07:45Z fail  switch  prod-2 v1.4.0, 9 of 10 checks, 36.4s
| KeyError: 'SLEEP_ZONE'
| # #[error]x
19:07:45Z start go-back 3 hosts, to v1.3.2
19:08:04Z ok    go-back prod-1 v1.3.2, 10 of 10 checks, 19.4s
`,
    );
  });

  it('say a warning as the runner shows it', async () => {
    const text = await told('actions', [
      ['19:00:00', { type: 'note', mark: 'warn', text: '100 % full\nreally' }],
    ]);
    assert.equal(text, '19:00:00Z warn  100 % full really\n::warning::100 %25 full%0Areally\n');
  });

  it('escape as the runner reads it', () => {
    assert.equal(escapeData('50%\r\n::x'), '50%25%0D%0A::x');
    assert.equal(escapeProperty('a: b, c'), 'a%3A b%2C c');
    assert.equal(inert('  ::error::x ##[group]y'), '  : :error::x # #[group]y');
  });
});
