import assert from 'node:assert/strict';
import type { LedgerEntry, LedgerLine, Outcome } from '../../../src/lib/domain/ledger.ts';
import { releaseName, type Release } from '../../../src/lib/domain/release.ts';
import {
  confirmedReleases,
  lastConfirmed,
  lastFinished,
  newestLedger,
  provedReleases,
  rollbackChoice,
  sameRelease,
  unsettled,
} from '../../../src/lib/flows/history.ts';
import { digest, entry, ledger, release } from '../../support/core.ts';

/**
 * A history as words, oldest first: `1.0.0` was deployed and confirmed, `x1.2.0` was deployed and rolled back by hd,
 * `2.0.0>1.0.0` is an `hd rollback` from one to the other, `!1.0.0` a refusal, `?1.0.0` one whose operator died.
 */
function history(words: string): LedgerLine[] {
  let number = 0;
  const entries = words.split(' ').map((word): LedgerEntry => {
    const at = new Date(Date.UTC(2026, 0, 1, number)).toISOString();
    if (word.startsWith('!')) return entry({ at, kind: 'refused', release: release(word.slice(1)) });
    number += 1;
    const deployment = `d${number}`;
    const [from, to] = word.split('>');
    if (to !== undefined && from !== undefined) {
      const files = `d${words.split(' ').findIndex((each) => each === to) + 1}`;
      const both = { release: release(to), leaves: release(from) };
      return entry({ at, deployment, verb: 'rollback', outcome: 'confirmed', files, ...both });
    }
    if (word.startsWith('?'))
      return entry({ at, deployment, kind: 'started', release: release(word.slice(1)) });
    if (word.startsWith('x'))
      return entry({ at, deployment, outcome: 'rolled-back', release: release(word.slice(1)) });
    return entry({ at, deployment, outcome: 'confirmed', release: release(word) });
  });
  return ledger(entries);
}

const name = (found: { release: Release } | undefined): string | undefined =>
  found === undefined ? undefined : releaseName(found.release);

describe('what a rollback chooses (D9)', () => {
  for (const [words, current, chosen, why] of [
    ['1.0.0 1.1.0', '1.1.0', 'v1.0.0', 'the newest before the current one'],
    ['1.0.0 1.1.0 1.2.0', '1.2.0', 'v1.1.0', 'not any older one'],
    ['1.0.0', '1.0.0', undefined, 'nothing was before the first'],
    ['1.0.0 1.1.0 x1.2.0', '1.1.0', 'v1.0.0', 'a deployment that failed was never confirmed'],
    ['1.0.0 1.1.0 !1.2.0', '1.1.0', 'v1.0.0', 'nor was one that was refused'],
    ['1.0.0 1.1.0 1.2.0 1.2.0>1.1.0', '1.1.0', 'v1.0.0', 'not what was just rolled back from'],
    ['1.0.0 1.1.0 1.2.0 1.2.0>1.1.0 1.3.0', '1.3.0', 'v1.1.0', 'nor later on'],
    ['1.0.0 1.1.0 1.2.0 1.2.0>1.1.0 1.2.0 1.3.0', '1.3.0', 'v1.2.0', 'but again once it was deployed again'],
    [
      '1.0.0 1.1.0 1.2.0 1.1.0 x1.2.0',
      '1.1.0',
      'v1.0.0',
      'not what hd itself went back from, confirmed or not',
    ],
    ['1.0.0 1.1.0 1.2.0 1.2.0>1.0.0 1.0.0>1.2.0', '1.2.0', 'v1.1.0', 'nor what was left to come here'],
    [
      '1.0.0 1.1.0 1.0.0 ?1.1.0',
      '1.1.0',
      'v1.0.0',
      'the last confirmed, where what serves was left without an end',
    ],
    ['1.0.0 1.1.0 1.1.0>1.0.0', '1.0.0', undefined, 'nothing is left to go back to'],
    ['1.0.0 1.1.0 1.0.0', '1.0.0', 'v1.1.0', 'a release that was deployed again is the current one'],
    ['1.0.0 1.1.0', '9.9.9', 'v1.1.0', 'the last confirmed, where something never confirmed serves'],
    ['1.0.0 1.1.0', undefined, 'v1.1.0', 'the last confirmed, where nothing known serves'],
    ['1.0.0 1.1.0 1.2.0', '1.1.0', 'v1.0.0', 'older than what serves, where that is not the last confirmed'],
  ] as const) {
    it(`is ${chosen ?? 'nothing'} after ${words}, serving ${current ?? 'nothing known'}: ${why}`, () => {
      const serves = current === undefined ? undefined : release(current);
      assert.equal(name(rollbackChoice(history(words), serves)), chosen);
    });
  }

  it('is nothing in an empty ledger', () => {
    assert.equal(rollbackChoice([], undefined), undefined);
  });
});

describe('confirmed releases', () => {
  it('are told newest first, each by the last deployment that confirmed it', () => {
    const found = confirmedReleases(history('1.0.0 1.1.0 x1.2.0 1.0.0'));
    assert.deepEqual(
      found.map((each) => [releaseName(each.release), each.deployment, each.at, each.by]),
      [
        ['v1.0.0', 'd4', '2026-01-01T03:00:00.000Z', 'login-a'],
        ['v1.1.0', 'd2', '2026-01-01T01:00:00.000Z', 'login-a'],
      ],
    );
    assert.equal(name(lastConfirmed(history('1.0.0 1.1.0 x1.2.0'))), 'v1.1.0');
    assert.equal(lastConfirmed(history('x1.0.0')), undefined);
  });

  it('name the directory that a rollback used, which is an earlier one', () => {
    const [first] = confirmedReleases(history('1.0.0 1.1.0 1.1.0>1.0.0'));
    assert.deepEqual([name(first), first?.deployment], ['v1.0.0', 'd1']);
  });

  it('are told apart by their images too', () => {
    const built = release('1.0.0');
    const again = { ...built, images: { backend: { repository: 'r', digest: digest('ee') } } };
    assert.ok(!sameRelease(built, again) && sameRelease(built, release('1.0.0')));
    const lines = ledger([
      entry({ deployment: 'd1', outcome: 'confirmed', release: built }),
      entry({ deployment: 'd2', outcome: 'confirmed', release: again }),
    ]);
    assert.equal(confirmedReleases(lines).length, 2);
    assert.equal(rollbackChoice(lines, again)?.deployment, 'd1');
  });
});

describe('a deployment without a good end', () => {
  const back = release('1.3.2');
  const started = entry({ kind: 'started', deployment: 'd2', release: release() });
  const ended = (rest: Partial<LedgerEntry>): LedgerEntry => entry({ deployment: 'd2', ...rest });
  const good = entry({ deployment: 'd1', outcome: 'confirmed', release: back });
  for (const [what, entries, settled] of [
    ['nothing', [], true],
    ['one that was confirmed', [good], true],
    ['one that was started', [good, started], false],
    ['a refusal after it', [good, started, entry({ kind: 'refused' })], false],
    ['a freeze after it', [good, started, entry({ kind: 'frozen', verb: 'lock' })], false],
    ['one that was found dead', [good, started, ended({ kind: 'interrupted' })], false],
    ['one that was going back', [good, started, ended({ kind: 'going-back', restored: back })], false],
    ['one that went back', [good, started, ended({ outcome: 'rolled-back', restored: back })], true],
    ['one that could not go back', [good, started, ended({ outcome: 'failed', restored: back })], false],
    ['a first one that failed', [started, ended({ outcome: 'failed' })], true],
    ['one whose hosts are not known', [good, started, ended({ outcome: 'inconclusive' })], false],
    ['one stopped before the switch', [good, started, ended({ outcome: 'interrupted', begun: [] })], true],
    ['one stopped in it', [good, started, ended({ outcome: 'interrupted', begun: ['prod-1'] })], false],
    [
      'a rollback of it that came to nothing',
      [
        good,
        started,
        entry({ deployment: 'd3', kind: 'started', verb: 'rollback' }),
        entry({ deployment: 'd3', outcome: 'interrupted', begun: [], verb: 'rollback' }),
      ],
      false,
    ],
    [
      'one that was resumed to its end',
      [good, started, ended({ kind: 'interrupted' }), started, ended({ outcome: 'confirmed' })],
      true,
    ],
    [
      'one that was rolled back by hand',
      [good, started, entry({ deployment: 'd3', outcome: 'confirmed' })],
      true,
    ],
  ] as const) {
    it(`is ${settled ? 'not' : ''} there after ${what}`, () => {
      assert.equal(unsettled(ledger(entries))?.started.deployment, settled ? undefined : 'd2');
    });
  }

  it('says what it went back to only if that was in its last try', () => {
    const again = [
      good,
      started,
      ended({ kind: 'going-back', restored: back }),
      ended({ kind: 'interrupted' }),
      { ...started, resumed: 1 },
      { ...started, resumed: 1, restored: back },
    ];
    assert.equal(unsettled(ledger(again.slice(0, 4)))?.back?.version, '1.3.2');
    assert.equal(unsettled(ledger(again.slice(0, 5)))?.back, undefined);
    assert.equal(unsettled(ledger(again))?.back?.version, '1.3.2');
  });

  it('is not the last that finished', () => {
    assert.equal(lastFinished(ledger([entry({ deployment: 'd1' }), started]))?.deployment, 'd1');
  });
});

describe('the ledgers of several hosts', () => {
  it('are told by the longest', () => {
    const short = { lines: history('1.0.0'), count: 1 };
    const long = { lines: history('1.0.0 1.1.0'), count: 2 };
    assert.equal(newestLedger([short, long]), long.lines);
    assert.equal(newestLedger([long, short]), long.lines);
    assert.deepEqual(newestLedger([]), []);
  });
});

describe('what was proved', () => {
  const at = (minute: number): string => `2026-11-19T15:0${minute}:00.000Z`;
  const verified = (version: string, minute: number): LedgerEntry =>
    entry({ kind: 'verified', verb: 'verify', at: at(minute), release: release(version) });
  const finished = (version: string, minute: number, outcome: Outcome = 'confirmed'): LedgerEntry =>
    entry({ at: at(minute), release: release(version), outcome });
  const proved = (...entries: LedgerEntry[]): string[] =>
    provedReleases(ledger(entries)).map(
      (each) => `${releaseName(each.release)} ${new Date(each.at).toISOString()}`,
    );

  it('is what was confirmed, newest first, each by its last proof', () => {
    assert.deepEqual(proved(finished('1.3.0', 1), finished('1.4.0', 2), finished('1.3.0', 3)), [
      `v1.3.0 ${at(3)}`,
      `v1.4.0 ${at(2)}`,
    ]);
  });

  it('is proved anew by a verification that was recorded', () => {
    assert.deepEqual(proved(finished('1.4.0', 1), verified('1.4.0', 5)), [`v1.4.0 ${at(5)}`]);
  });

  it('is nothing that failed, was refused, or only began', () => {
    const others = (['rolled-back', 'failed', 'inconclusive', 'interrupted'] as const).map((outcome) =>
      finished('1.4.0', 1, outcome),
    );
    const began = entry({ kind: 'started', release: release('1.4.0') });
    assert.deepEqual(proved(...others, began, entry({ kind: 'refused', release: release('1.4.0') })), []);
  });

  it('is told apart by digest, whatever the tag', () => {
    const rebuilt = release('1.4.0', { images: { backend: { repository: 'b', digest: digest('dd') } } });
    assert.equal(
      proved(finished('1.4.0', 1), entry({ at: at(2), outcome: 'confirmed', release: rebuilt })).length,
      2,
    );
  });
});
