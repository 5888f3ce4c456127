import assert from 'node:assert/strict';
import fc from 'fast-check';
import { clean, spell } from '../../../src/lib/ui/style.ts';
import { columns, cut, pad, wrap } from '../../../src/lib/ui/width.ts';
import { NARROW, WIDE } from './golden.ts';

describe('width', () => {
  it('counts columns as a terminal does', () => {
    assert.equal(columns('abc → …'), 7);
    assert.equal(columns('日本'), 4);
    assert.equal(columns('🚀'), 2);
    assert.equal(columns('e\u0301'), 1);
    assert.equal(pad('日', 4), '日  ');
    assert.equal(cut('abcdef', 4, '…'), 'abc…');
    assert.equal(cut('日本語', 4, '…'), '日…');
  });

  it('wraps at blanks only, and loses nothing', () => {
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[a-z0-9:.-]{1,30}$/), { minLength: 1 }),
        fc.integer({ min: 10, max: 60 }),
        (words, width) => {
          const lines = wrap(words.join(' '), width);
          assert.equal(lines.map((line) => line.trim()).join(' '), words.join(' '));
          for (const line of lines) assert.ok(line.trimEnd().length <= width || !line.trim().includes(' '));
        },
      ),
    );
  });

  it('gives the first line its own room', () => {
    assert.deepEqual(wrap('one two three', 9, 4), ['one', 'two three']);
  });

  it('never lets a control or an escape character through', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        assert.doesNotMatch(clean(text), /[\p{Cc}\p{Cf}]/u);
        assert.match(spell(text, NARROW), /^[\x20-\x7e]*$/);
      }),
    );
  });

  it('spells its own alphabet in ASCII', () => {
    assert.equal(spell('v1.3.2 → v1.4.0 …', NARROW), 'v1.3.2 -> v1.4.0 ...');
    assert.equal(spell('v1.3.2 → v1.4.0 …', WIDE), 'v1.3.2 → v1.4.0 …');
    assert.equal(spell('Grüße', NARROW), 'Gr??e');
  });
});
