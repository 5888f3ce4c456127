import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { quote } from '../../../../src/lib/adapters/ssh/quote.ts';
import { HdError } from '../../../../src/lib/domain/errors.ts';

const word = fc
  .oneof(
    fc.string({ unit: 'binary' }),
    fc.string({
      unit: fc.constantFrom(
        "'",
        '"',
        '\\',
        '\n',
        '$',
        '(',
        ')',
        '`',
        ' ',
        '*',
        '~',
        '!',
        '-',
        '=',
        '#',
        ';',
        '&',
      ),
    }),
  )
  .map((text) => text.replaceAll('\0', ''));

describe('quote', () => {
  for (const shell of ['sh', 'bash']) {
    it(`is read back as exactly the arguments by ${shell}`, function () {
      // A process for each of 150 lines.
      this.timeout(60_000);
      fc.assert(
        fc.property(fc.array(word, { maxLength: 6 }), (words) => {
          const line = quote(['printf', '%s\\0', ...words]);
          const read = execFileSync(shell, ['-c', line], { encoding: 'utf8' }).split('\0').slice(0, -1);
          // Without an argument printf prints its format once, with nothing in it.
          assert.deepEqual(read, words.length === 0 ? [''] : words);
        }),
        { numRuns: 150, examples: [[['', '-n', '$(id)', "it's", 'a\nb', '${HOME}', '~', 'é漢🙂']]] },
      );
    });
  }

  it('makes no assignment, alias or keyword of the first word', () => {
    for (const program of ['A=b', 'if', '!', '{', '~', '-x']) {
      const run = (): unknown => execFileSync('sh', ['-c', quote([program, 'x'])], { stdio: 'pipe' });
      assert.throws(run, (error: Error & { status?: number }) => error.status === 127, program);
    }
  });

  it('refuses what no argument can carry', () => {
    for (const argv of [['a\0b'], ['echo', '\ud800'], [], ['']]) {
      assert.throws(
        () => quote(argv),
        (error) => error instanceof HdError && error.code === 'bad-argument',
      );
    }
  });
});
