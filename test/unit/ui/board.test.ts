import assert from 'node:assert/strict';
import type { Event } from '../../../src/lib/domain/event.ts';
import { Board } from '../../../src/lib/ui/board.ts';
import { reads, WIDE } from './golden.ts';

const frame = { now: 100_000, turn: 2, height: 22 };

function board(stages: readonly string[], events: readonly Event[], since = 100_000): Board {
  const made = new Board(stages.map((name) => ({ name, text: name === 'soak' ? '15m' : '3 hosts' })));
  for (const event of events) {
    if (event.type === 'stage') made.stage(event, since);
    if (event.type === 'item') made.item(event, since);
    if (event.type === 'footer') made.footer(event.text);
    if (event.type === 'silence') made.silence(event);
  }
  return made;
}

const switching: readonly Event[] = [
  { type: 'stage', name: 'ship', mark: 'ok', text: '3 of 3 hosts', ms: 1100 },
  { type: 'item', stage: 'ship', name: 'prod-1', mark: 'ok', text: 'shipped', ms: 900 },
  { type: 'stage', name: 'switch', mark: 'busy', text: '1 of 3 hosts, one at a time' },
  {
    type: 'item',
    stage: 'switch',
    name: 'prod-1',
    mark: 'ok',
    serves: 'v1.4.0',
    text: 'ready in 6.2s, steady for 10s, 0.0s down',
    ms: 24_100,
  },
  {
    type: 'item',
    stage: 'switch',
    name: 'prod-2',
    mark: 'busy',
    serves: 'v1.3.2',
    text: 'v1.4.0 beside it: /ready 503, try 4 of 30',
  },
  { type: 'item', stage: 'switch', name: 'prod-3', mark: 'idle', serves: 'v1.3.2', text: '' },
  { type: 'footer', text: 'prod serves v1.4.0 on prod-1, v1.3.2 on prod-2..3; 0 of 1218 probes failed' },
];

const silent = (host: string, since: number): Event => ({
  type: 'silence',
  host,
  silence: { since, until: since + 60_000, limitMs: 60_000 },
});

describe('the live region', () => {
  it('says who does not answer, and for how long that is tried again (story 11)', () => {
    const [ship, , start, first, second] = switching;
    assert.ok(ship !== undefined && start !== undefined && first !== undefined && second !== undefined);
    const footer: Event = { type: 'footer', text: 'prod serves v1.4.0 on prod-1, prod-2 not known' };
    const one: readonly Event[] = [start, first, { ...second, serves: 'not known' } as Event, footer];
    reads(
      board(['switch'], [...one, silent('prod-2', 62_000)], 53_000).lines(WIDE, frame),
      `
  ⠹ switch   1 of 3 hosts, one at a time                                   47.0s
      ✓ prod-1  v1.4.0     ready in 6.2s, steady for 10s, 0.0s down        24.1s
      ! prod-2  not known  was switching; no answer since 19:01:02

  prod serves v1.4.0 on prod-1, prod-2 not known
  prod-2 does not answer; trying again for 22s more (--reconnect 60s)
`,
    );
    const all = board(['switch'], [...one, silent('prod-1', 62_000), silent('prod-2', 62_000)], 53_000);
    const last = (lines: ReturnType<Board['lines']>): string =>
      lines
        .at(-1)
        ?.map(({ text }) => text)
        .join('') ?? '';
    assert.equal(
      last(all.lines(WIDE, frame)),
      '  no host answers; trying again for 22s more (--reconnect 60s)',
    );
    for (const host of ['prod-1', 'prod-2']) all.silence({ type: 'silence', host });
    assert.match(last(all.lines(WIDE, frame)), /prod serves/);
  });

  it('has a row for what is done, an open one for what runs, and last what serves now (story 3)', () => {
    reads(
      board(['ship', 'switch', 'verify', 'soak'], switching, 53_000).lines(WIDE, frame),
      `
  ✓ ship     3 of 3 hosts                                                   1.1s
  ⠹ switch   1 of 3 hosts, one at a time                                   47.0s
      ✓ prod-1  v1.4.0   ready in 6.2s, steady for 10s, 0.0s down          24.1s
      ⠹ prod-2  v1.3.2   v1.4.0 beside it: /ready 503, try 4 of 30         47.0s
      · prod-3  v1.3.2
  · verify   3 hosts
  · soak     15m

  prod serves v1.4.0 on prod-1, v1.3.2 on prod-2..3; 0 of 1218 probes failed
`,
    );
  });

  it('says below them that it stops', () => {
    const stopping = board(['switch'], []);
    stopping.stopping();
    reads(
      stopping.lines(WIDE, frame),
      `
  · switch   3 hosts

  stopping at the next safe point
  Ctrl-C again leaves now
`,
    );
  });

  it('folds what is done and to come when it is higher than the terminal (story 23)', () => {
    const hosts = Array.from({ length: 24 }, (_, n) => `web-${String(n + 1).padStart(2, '0')}`);
    const events = hosts.map((name, n): Event => {
      const failed = { mark: 'fail', text: 'no space: 80 MB free of 40 GB' } as const;
      const busy = { mark: 'busy', text: '64 of 118 MB, about 6s left' } as const;
      const rest =
        n < 6 || n === 7 || n === 8
          ? ({ mark: 'ok', text: '118 MB' } as const)
          : ({ mark: 'idle', text: '' } as const);
      return {
        type: 'item',
        stage: 'pull',
        name,
        serves: 'v1.3.2',
        ...(n === 6 ? failed : n === 9 || n === 10 ? busy : rest),
      };
    });
    const pull: Event = {
      type: 'stage',
      name: 'pull',
      mark: 'busy',
      text: '9 of 24 hosts, backend 9f2c41d07be3',
    };
    reads(
      board(['pull'], [pull, ...events], 91_600).lines(WIDE, { ...frame, height: 10 }),
      `
  ⠹ pull     9 of 24 hosts, backend 9f2c41d07be3                            8.4s
      ✗ web-07  v1.3.2   no space: 80 MB free of 40 GB
      ⠹ web-10  v1.3.2   64 of 118 MB, about 6s left                        8.4s
      ⠹ web-11  v1.3.2   64 of 118 MB, about 6s left                        8.4s
      8 done, 13 more to come
`,
    );
  });

  it('is never higher than it may be, whatever happens', () => {
    const stages = Array.from({ length: 30 }, (_, n) => `stage-${n}`);
    const events = stages.map((name): Event => ({
      type: 'stage',
      name,
      mark: 'busy',
      text: 'x'.repeat(300),
    }));
    for (const height of [1, 2, 5, 20]) {
      const region = board(stages, [...events, { type: 'footer', text: 'prod serves v1.4.0' }]);
      assert.ok(region.lines(WIDE, { ...frame, height }).length <= height);
    }
  });

  it('leaves the rows of what was done, those that failed with their hosts (story 7)', () => {
    const failed = board(
      ['ship', 'switch', 'verify'],
      [
        ...switching,
        {
          type: 'item',
          stage: 'switch',
          name: 'prod-2',
          mark: 'fail',
          serves: 'v1.4.0',
          text: '9 of 10 checks: smoke "status" 500',
          ms: 36_400,
        },
        {
          type: 'stage',
          name: 'switch',
          mark: 'fail',
          text: 'failed at prod-2; prod-3 was not touched',
          ms: 61_000,
        },
      ],
    );
    reads(
      failed.final(WIDE, frame.now),
      `
  ✓ ship     3 of 3 hosts                                                   1.1s
  ✗ switch   failed at prod-2; prod-3 was not touched                     1m 01s
      ✓ prod-1  v1.4.0   ready in 6.2s, steady for 10s, 0.0s down          24.1s
      ✗ prod-2  v1.4.0   9 of 10 checks: smoke "status" 500                36.4s
      · prod-3  v1.3.2
`,
    );
  });

  it('keeps the hosts of a stage that ended well only if the verb is about them', () => {
    const ended = (open?: true): Board =>
      board(
        ['switch'],
        [
          {
            type: 'item',
            stage: 'switch',
            name: 'prod-1',
            mark: 'ok',
            serves: 'v1.4.0',
            text: 'ready',
            ms: 24_100,
          },
          {
            type: 'stage',
            name: 'switch',
            mark: 'ok',
            text: '1 of 1 hosts',
            ms: 24_100,
            ...(open === undefined ? {} : { open }),
          },
        ],
      );
    assert.equal(ended().final(WIDE, frame.now).length, 1);
    assert.equal(ended(true).final(WIDE, frame.now).length, 2);
    assert.equal(ended(true).lines(WIDE, frame).length, 1);
  });

  it('calls nothing running once it has ended', () => {
    reads(
      board(['switch'], switching.slice(2, 5))
        .final(WIDE, frame.now)
        .map((line) => line.slice(0, 2)),
      `
  !
      ✓
      !
`,
    );
  });
});
