import assert from 'node:assert/strict';
import fc from 'fast-check';
import { canonical } from '../../../src/lib/domain/canonical.ts';
import { splitLedger, verifyChain, type Chain } from '../../../src/lib/domain/chain.ts';
import { relationOf } from '../../../src/lib/domain/copies.ts';
import type { LedgerEntry } from '../../../src/lib/domain/ledger.ts';
import { storyOf } from '../../../src/lib/domain/story.ts';
import { entry, ledger } from '../../support/core.ts';

/** A ledger of this many deployments, as texts: started, finished, started, … */
function textsOf(entries: readonly LedgerEntry[]): string[] {
  return ledger(entries).map((line) => canonical(line.entry));
}

const story = fc
  .array(fc.record({ reason: fc.string({ unit: 'grapheme' }), name: fc.string() }), {
    minLength: 2,
    maxLength: 9,
  })
  .map((made) =>
    textsOf(
      made.flatMap(({ reason, name }, index) => {
        const deployment = `d${index + 1}`;
        const actor = { name, proven: false, machine: 'm' };
        return [
          entry({ kind: 'started', deployment, actor }),
          entry({ deployment, actor, reason, outcome: 'confirmed' }),
        ];
      }),
    ),
  );

/** Another entry in the same place, in the form that hd writes. */
function altered(text: string, change: Partial<LedgerEntry>): string {
  return canonical({ ...(JSON.parse(text) as LedgerEntry), ...change });
}

const at = (number: number): number => number - 1;
const flawOf = (texts: readonly string[]): Chain['flaw'] => verifyChain(texts).flaw;

/** With a whole copy at hand, how the first difference is told. */
function differenceOf(texts: readonly string[], whole: readonly string[]): { kind: string; number: number } {
  const relation = relationOf(verifyChain(texts), verifyChain(whole));
  assert.ok(relation.kind === 'changed', relation.kind);
  return relation.difference;
}

describe('the chain of a ledger', () => {
  it('is whole as it was written, from its beginning or from a line on', () => {
    fc.assert(
      fc.property(story, fc.nat(), (texts, from) => {
        const whole = verifyChain(texts);
        assert.equal(whole.flaw, undefined);
        assert.deepEqual(storyOf(whole), { wrong: [], remarks: [] });
        const count = from % texts.length;
        const prev = whole.lines[count - 1]?.hash;
        const since = { count, ...(prev === undefined ? {} : { prev }) };
        assert.equal(verifyChain(texts.slice(count), since).flaw, undefined);
      }),
    );
  });

  it('shows any byte that was changed, at its line or at the one that follows', () => {
    fc.assert(
      fc.property(story, fc.nat(), fc.nat(), fc.integer({ min: 0x20, max: 0x7e }), (texts, n, m, code) => {
        const index = n % (texts.length - 1);
        const text = texts[index] ?? '';
        const place = m % text.length;
        const edited = text.slice(0, place) + String.fromCharCode(code) + text.slice(place + 1);
        fc.pre(edited !== text);
        const found = flawOf(texts.with(index, edited));
        const number = index + 1;
        assert.ok(found?.number === number || found?.number === number + 1, JSON.stringify(found));
        assert.equal(differenceOf(texts.with(index, edited), texts).number, number);
      }),
    );
  });

  it('shows an entry that was altered with care, and another copy says what it said', () => {
    fc.assert(
      fc.property(story, fc.nat(), (texts, n) => {
        const index = n % (texts.length - 1);
        const forged = texts.with(index, altered(texts[index] ?? '', { reason: 'forged' }));
        const found = flawOf(forged);
        assert.deepEqual([found?.kind, found?.number], ['link', index + 2]);
        assert.match(found?.more.join() ?? '', new RegExp(`^entry ${index + 1} was altered`));
        const difference = differenceOf(forged, texts);
        assert.deepEqual([difference.kind, difference.number], ['altered', index + 1]);
      }),
    );
  });

  it('shows what was taken out, at its place', () => {
    fc.assert(
      fc.property(story, fc.nat(), fc.nat(), (texts, n, many) => {
        const index = n % (texts.length - 1);
        const gone = 1 + (many % (texts.length - 1 - index));
        const cut = texts.toSpliced(index, gone);
        const found = flawOf(cut);
        assert.deepEqual([found?.kind, found?.number], [index === 0 ? 'beginning' : 'link', index + 1]);
        const difference = differenceOf(cut, texts);
        assert.deepEqual([difference.kind, difference.number], ['missing', index + 1]);
      }),
    );
  });

  it('shows two that were swapped, at the first of the two places', () => {
    fc.assert(
      fc.property(story, fc.nat(), fc.nat(), (texts, n, m) => {
        const [a, b] = [n % texts.length, m % texts.length].sort((x, y) => x - y) as [number, number];
        fc.pre(a !== b);
        const swapped = texts.with(a, texts[b] ?? '').with(b, texts[a] ?? '');
        const found = flawOf(swapped);
        assert.deepEqual([found?.kind, found?.number], ['order', a + 1]);
        const difference = differenceOf(swapped, texts);
        assert.deepEqual([difference.kind, difference.number], ['order', a + 1]);
      }),
    );
  });

  it('shows what was put in, whatever it says of the line before', () => {
    fc.assert(
      fc.property(story, fc.nat(), fc.option(fc.nat(), { nil: undefined }), (texts, n, follows) => {
        const index = n % texts.length;
        const { lines } = verifyChain(texts);
        const prev = follows === undefined ? undefined : lines[follows % lines.length]?.hash;
        const { prev: _, ...rest } = JSON.parse(texts[0] ?? '') as LedgerEntry;
        const forged = canonical({ ...rest, reason: 'put in', ...(prev === undefined ? {} : { prev }) });
        const longer = texts.toSpliced(index, 0, forged);
        // At the very end of the two that follow one line either may be the wrong one.
        fc.pre(index < texts.length - 1 || prev !== lines[index - 1]?.hash);
        assert.equal(flawOf(longer)?.number, index + 1);
        const difference = differenceOf(longer, texts);
        assert.deepEqual([difference.kind, difference.number], ['inserted', index + 1]);
      }),
    );
  });

  it('shows a line that is there twice', () => {
    fc.assert(
      fc.property(story, fc.nat(), fc.nat(), (texts, n, m) => {
        const from = n % texts.length;
        const to = from + 1 + (m % (texts.length - from));
        const twice = texts.toSpliced(to, 0, texts[from] ?? '');
        const found = flawOf(twice);
        assert.deepEqual([found?.kind, found?.number], ['duplicate', to + 1]);
      }),
    );
  });

  it('tells a copy that is behind, and two stories, from one that was changed', () => {
    fc.assert(
      fc.property(story, fc.nat(), (texts, n) => {
        const whole = verifyChain(texts);
        const length = 1 + (n % (texts.length - 1));
        const behind = relationOf(verifyChain(texts.slice(0, length)), whole);
        assert.deepEqual(behind, { kind: 'behind', missing: texts.length - length });
        const other = verifyChain(
          textsOf(
            texts.map((text, index) => ({
              ...(JSON.parse(text) as LedgerEntry),
              ...(index < length ? {} : { reason: 'of its own' }),
            })),
          ),
        );
        assert.deepEqual(relationOf(other, whole), { kind: 'fork', common: length });
        assert.deepEqual(relationOf(whole, whole), { kind: 'same' });
      }),
    );
  });

  it('names the entry, its deployment, and what stood where it should', () => {
    const texts = textsOf(['d1', 'd2', 'd3'].map((deployment) => entry({ deployment })));
    const [, , third] = verifyChain(texts).lines;
    const [first, second] = texts as [string, string, string];
    assert.deepEqual(flawOf([first, altered(second, { outcome: 'confirmed' }), texts[2] ?? '']), {
      kind: 'link',
      number: 3,
      text: 'entry 3 (d3, finished) does not follow entry 2',
      more: [
        'entry 2 was altered, or what stood between them is missing',
        `it says that it follows ${third?.entry?.prev?.slice(0, 12) ?? ''}; before it stands ${
          verifyChain([altered(second, { outcome: 'confirmed' })]).lines[0]?.hash.slice(0, 12) ?? ''
        }`,
      ],
    });
    const forged = [first, altered(second, { outcome: 'confirmed' }), texts[2] ?? ''];
    const relation = relationOf(verifyChain(forged), verifyChain(texts));
    assert.deepEqual(relation.kind === 'changed' && [relation.difference.text, relation.difference.more], [
      'entry 2 (d2, finished) was altered',
      ['outcome is "confirmed"; wanted not there'],
    ]);
    assert.equal(
      flawOf([`${first} `])?.text,
      'entry 1 (d1, finished) is not in the form that hd writes: it was altered',
    );
    assert.equal(flawOf(['{"v":1'])?.text, 'entry 1 is not JSON');
    assert.equal(flawOf(['{"v":2}'])?.text, 'entry 1 has form 2; this hd knows form 1');
    assert.equal(flawOf(['{"v":1}'])?.text, 'entry 1 is no entry: its at is not one');
  });

  it('ends with a line that has an end; one that has none was never acknowledged', () => {
    assert.deepEqual(splitLedger('a\nb\nc'), { texts: ['a', 'b'], torn: 'c' });
    assert.deepEqual(splitLedger('a\nb\n'), { texts: ['a', 'b'] });
    assert.deepEqual(splitLedger(''), { texts: [] });
  });
});

describe('the story of a ledger', () => {
  const told = (...entries: LedgerEntry[]) => storyOf(verifyChain(textsOf(entries)));
  const started = (deployment: string, rest: Partial<LedgerEntry> = {}): LedgerEntry =>
    entry({ kind: 'started', deployment, ...rest });
  const finished = (deployment: string, rest: Partial<LedgerEntry> = {}): LedgerEntry =>
    entry({ deployment, ...rest });

  it('is nothing to remark on when deployments are resumed, interrupted or refused', () => {
    const entries = [
      entry({ kind: 'refused' }),
      entry({ kind: 'planned', deployment: 'd1' }),
      started('d1'),
      entry({ kind: 'interrupted', deployment: 'd1' }),
      started('d1', { resumed: 1 }),
      finished('d1', { outcome: 'inconclusive' }),
      started('d1', { resumed: 2 }),
      finished('d1', { outcome: 'confirmed' }),
      entry({ kind: 'frozen' }),
      started('d2'),
    ];
    assert.deepEqual(told(...entries), { wrong: [], remarks: [] });
  });

  it('has no end without a beginning, and no number twice', () => {
    assert.deepEqual(told(finished('d1')).wrong, ['entry 1 (d1, finished) was never started']);
    assert.deepEqual(told(started('d1'), finished('d1'), finished('d1')).wrong, [
      'entry 3 (d1, finished) was never started',
    ]);
    assert.deepEqual(told(started('d2'), finished('d2'), started('d1')).wrong, [
      'entry 3 (d1, started): d2 was there before it, and numbers only grow',
    ]);
    const part = verifyChain(textsOf([finished('d7')]), { count: 13 });
    assert.deepEqual(storyOf(part).wrong, []);
  });

  it('remarks times that go back by more than clocks differ', () => {
    const later = started('d1', { at: '2026-11-19T15:00:30.000Z' });
    assert.deepEqual(told(later, finished('d1', { at: '2026-11-19T15:00:25.000Z' })).remarks, []);
    assert.deepEqual(told(later, finished('d1', { at: '2026-11-19T15:00:20.000Z' })).remarks, [
      'entry 2 (d1, finished) is 10.0s older than one before it',
    ]);
    assert.deepEqual(told(started('d1', { at: 'yesterday' })).wrong, ['entry 1 (d1, started) has no time']);
  });

  it('stands on the ledger that was kept', () => {
    const before = ledger([started('d1')]);
    const kept = before.at(at(1))?.hash ?? '';
    const reconciled = (heads: Record<string, string>): LedgerEntry =>
      entry({ kind: 'reconciled', verb: 'reconcile', keep: 'a', heads });
    assert.deepEqual(told(started('d1'), reconciled({ a: kept, b: 'x' })).wrong, []);
    assert.deepEqual(told(started('d1'), reconciled({ a: 'x', b: kept })).wrong, [
      'entry 2 (reconciled) does not stand on the ledger that it kept',
    ]);
  });

  it('is of one environment', () => {
    assert.deepEqual(told(started('d1'), finished('d1', { environment: 'orin' })).remarks, [
      'the entries name 2 environments: prod, orin',
    ]);
  });
});
