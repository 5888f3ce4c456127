import assert from 'node:assert/strict';
import { sameText } from '../../../../src/lib/adapters/github/text.ts';

describe('the text of an issue, sent and read back', () => {
  it('is the same with other line ends, and without what surrounds it', () => {
    assert.ok(sameText('a\r\nb', 'a\nb\n'));
    assert.ok(sameText(' a', 'a'));
  });

  it('is another with another word, or another indentation', () => {
    assert.ok(!sameText('a\nb', 'a\nc'));
    assert.ok(!sameText('a\n b', 'a\nb'));
  });
});
