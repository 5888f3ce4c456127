import assert from 'node:assert/strict';
import { reconciliationOf, storyAfter } from '../../../src/lib/domain/audit/reconcile.ts';
import { canonical, sha256 } from '../../../src/lib/domain/canonical.ts';
import type { LedgerEntry } from '../../../src/lib/domain/ledger.ts';
import { entry, ledger } from '../../support/core.ts';

const textsOf = (...entries: LedgerEntry[]): string[] => ledger(entries).map((line) => canonical(line.entry));
const common = ['d1', 'd2'].map((deployment) => entry({ deployment, outcome: 'confirmed' }));
const own = entry({ deployment: 'd3', outcome: 'confirmed' });
const other = entry({ deployment: 'd3', outcome: 'failed' });
const ONE = textsOf(...common, own);
const TWO = textsOf(...common, other);
const headOf = (texts: readonly string[]): string => sha256(texts.at(-1) ?? '');
const of = (keep: string, copies: Record<string, readonly string[]>): ReturnType<typeof reconciliationOf> =>
  reconciliationOf(
    Object.entries(copies).map(([host, texts]) => ({ host, texts })),
    keep,
  );
const givesWay = (found: ReturnType<typeof reconciliationOf>): unknown =>
  'why' in found ? found : found.givesWay.map((each) => [each.host, each.head, each.common]);

describe('one story of two', () => {
  it('sets aside what tells another, and completes what tells less', () => {
    const found = of('a', { a: ONE, b: TWO, c: ONE.slice(0, 1), d: [] });
    assert.deepEqual(givesWay(found), [['b', headOf(TWO), 2]]);
    assert.ok(!('why' in found));
    assert.deepEqual(found.same, [{ host: 'c', head: headOf(ONE.slice(0, 1)) }, { host: 'd' }]);
    assert.equal(found.recorded, false);
    assert.deepEqual(storyAfter(found.givesWay[0]?.chain ?? found.keep.chain, 2), [
      'entry 3 (d3, finished)  2026-11-19 15:00  login-a  failed',
    ]);
  });

  it('has nothing to do where hosts are only behind, the one that is kept too', () => {
    assert.deepEqual(givesWay(of('a', { a: ONE, b: ONE, c: ONE.slice(0, 2) })), []);
    assert.deepEqual(givesWay(of('a', { a: ONE.slice(0, 2), b: ONE })), []);
  });

  it('keeps no story that is broken, and none of which another host has more', () => {
    const broken = [ONE[0] ?? '', ONE[2] ?? ''];
    const found = of('b', { a: ONE, b: broken });
    assert.ok('why' in found && found.why === 'broken' && found.text.startsWith('entry 2 (d3, finished)'));
    assert.deepEqual(givesWay(of('a', { a: ONE, b: broken })), [['b', headOf(broken), 1]]);
    const longer = textsOf(...common, own, entry({ deployment: 'd4' }));
    assert.deepEqual(of('a', { a: ONE, b: TWO, c: longer }), { why: 'behind', of: 'c' });
  });

  it('writes its entry once, as long as the stories are those that it names', () => {
    const heads = { a: headOf(ONE), b: headOf(TWO) };
    const entries = [...common, own, entry({ kind: 'reconciled', keep: 'a', heads })];
    const recorded = (keep: string, b: readonly string[]): boolean | undefined => {
      const found = of(keep, { a: textsOf(...entries), b, c: textsOf(...entries) });
      return 'why' in found ? undefined : found.recorded;
    };
    assert.equal(recorded('a', TWO), true);
    assert.equal(recorded('c', TWO), false, 'another was kept');
    assert.equal(recorded('a', textsOf(...common, other, own)), false, 'it went on meanwhile');
  });
});
