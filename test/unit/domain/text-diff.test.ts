import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DIFF_BYTES, textDiff } from '../../../src/lib/domain/text-diff.ts';

const bytes = (text: string | undefined): Uint8Array | undefined =>
  text === undefined ? undefined : Buffer.from(text);
const diff = (before: string | undefined, after: string | undefined, most = 100): readonly string[] =>
  textDiff({ before: bytes(before), after: bytes(after) }, most);

describe('the difference of two files', () => {
  it('is a unified diff', () => {
    assert.deepEqual(diff('a\nb\nc\nd\ne\n', 'a\nb\nC\nd\ne\n'), [
      '@@ -1,5 +1,5 @@',
      ' a',
      ' b',
      '-c',
      '+C',
      ' d',
      ' e',
    ]);
  });

  it('of a new one, and of one that goes, is all of it', () => {
    assert.deepEqual(diff(undefined, 'a\n'), ['@@ -0,0 +1,1 @@', '+a']);
    assert.deepEqual(diff('a\n', undefined), ['@@ -1,1 +0,0 @@', '-a']);
  });

  it('says that one is binary, with its size', () => {
    assert.deepEqual(diff('a', 'a\0b'), ['binary: 3 B, was 1 B']);
    const broken = textDiff({ before: undefined, after: Uint8Array.of(0xff, 0xfe) }, 100);
    assert.deepEqual(broken, ['binary: 2 B']);
  });

  it('is not made of what is large, or wholly another', () => {
    assert.deepEqual(diff('a', 'x'.repeat(DIFF_BYTES + 1)), ['too large to show: 256 kB, was 1 B']);
    const many = (word: string) => Array.from({ length: 4000 }, (_, n) => `${word}${n}\n`).join('');
    assert.match(diff(many('a'), many('b'))[0] ?? '', /^too different to show/);
  });

  it('is cut, and says so', () => {
    assert.deepEqual(diff(undefined, 'a\nb\nc\nd\n', 3), ['@@ -0,0 +1,4 @@', '+a', '+b', '… 2 lines more']);
    assert.deepEqual(diff(undefined, 'a\n', 0), ['… 2 lines more']);
    const [, long = ''] = diff(undefined, `${'x'.repeat(900)}\n`);
    assert.equal(long.length, 501);
  });

  it('has no line that was in neither, and is empty for the same', () => {
    const text = fc
      .array(fc.constantFrom('a', 'b', 'c', ''))
      .map((lines) => lines.map((line) => `${line}\n`).join(''));
    fc.assert(
      fc.property(text, text, (before, after) => {
        const lines = diff(before, after, 1000).filter((line) => !line.startsWith('@@'));
        assert.equal(lines.length === 0, before === after);
        for (const [sign, of] of [
          ['-', before],
          ['+', after],
        ] as const)
          for (const line of lines.filter((each) => each.startsWith(sign)))
            assert.ok(of.split('\n').includes(line.slice(1)), line);
      }),
    );
  });
});
