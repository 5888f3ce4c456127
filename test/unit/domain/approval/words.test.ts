import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isSaid, readWord, writeWord } from '../../../../src/lib/domain/approval/words.ts';
import { PLAN } from './facts.ts';

const said = { decision: 'approve', plan: '7c1e09ab42d8', text: 'Fine by me.' };

describe('a word to a plan', () => {
  const read: readonly [what: string, comment: string, word: object | undefined][] = [
    ['its form', 'hd approve 7c1e09ab42d8\nFine by me.', said],
    ['as a browser sends it', 'hd approve 7c1e09ab42d8\r\n\r\nFine by me.\r\n', said],
    ['the reason behind a colon', 'hd approve 7c1e09ab42d8: Fine by me.', said],
    ['as a phone writes it', 'Hd  Approve  7C1E09AB42D8 \nFine by me.', said],
    ['a role', 'hd approve 7c1e09ab42d8 as qa-lead\nFine by me.', { ...said, role: 'qa-lead' }],
    [
      'a role and a colon',
      'hd reject 7c1e09ab42d8 as qa-lead: Red.',
      { decision: 'reject', plan: '7c1e09ab42d8', role: 'qa-lead', text: 'Red.' },
    ],
    ['the whole hash', `hd approve ${PLAN}\nFine by me.`, { ...said, plan: PLAN }],
    [
      'several lines of reason',
      'hd approve 7c1e09ab42d8\nFine\n\nby me.',
      { ...said, text: 'Fine\n\nby me.' },
    ],
    ['only talk', 'Looks good to me, hd approve 7c1e09ab42d8', undefined],
    ['a quotation', '> hd approve 7c1e09ab42d8\nReally?', undefined],
    ['a word on the second line', 'Well.\nhd approve 7c1e09ab42d8\nFine.', undefined],
    ['another verb', 'hd approves 7c1e09ab42d8\nFine.', undefined],
    ['nothing', '', undefined],
  ];
  for (const [what, comment, word] of read)
    it(`reads ${what}`, () => assert.deepEqual(readWord(comment), word));

  const misspelled: readonly [what: string, comment: string, why: RegExp][] = [
    ['no reason', 'hd approve 7c1e09ab42d8', /no reason/],
    ['a reason that says nothing', 'hd approve 7c1e09ab42d8\n \n...', /no reason/],
    ['no hash', 'hd approve\nFine.', /12 to 64 digits/],
    ['eleven digits', 'hd approve 7c1e09ab42d\nFine.', /12 to 64 digits/],
    ['65 digits', `hd approve ${PLAN}0\nFine.`, /12 to 64 digits/],
    ['more words on the line', 'hd approve 7c1e09ab42d8 fine by me\nFine.', /12 to 64 digits/],
    ['as code', '`hd approve 7c1e09ab42d8`\nFine.', /12 to 64 digits/],
  ];
  for (const [what, comment, why] of misspelled)
    it(`says why it does not count: ${what}`, () => {
      const word = readWord(comment);
      assert.ok(word !== undefined && !isSaid(word));
      assert.match(word.why, why);
    });

  it('reads back what it writes, whatever the reason is', () => {
    const text = fc.string().map((each) => `x${each}y`);
    fc.assert(
      fc.property(fc.constantFrom('approve' as const, 'reject' as const), text, (decision, reason) => {
        const said = { decision, plan: PLAN, role: 'qa-lead', shown: 'a1' };
        const text = reason.replace(/\r\n/g, '\n');
        assert.deepEqual(readWord(writeWord({ ...said, text: reason })), { ...said, text });
        assert.deepEqual(readWord(`${writeWord({ ...said, text: reason })}\r\n`), { ...said, text });
      }),
    );
  });
});
