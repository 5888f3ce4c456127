import assert from 'node:assert/strict';
import fc from 'fast-check';
import { condition, evaluate, interpolate } from '../../../../src/lib/lab/github/expressions.ts';

const fine = { success: true, failure: false, cancelled: false };
const failed = { success: false, failure: true, cancelled: false };
const context = {
  github: { ref: 'refs/tags/v1.4.0', event: { inputs: { who: 'me' } } },
  env: { A: 'x', EMPTY: '' },
  needs: { 'build-it': { outputs: { version: '1.4.0' }, result: 'success' } },
  list: ['a', 'b'],
};

describe('expressions of a workflow', () => {
  it('read paths, also through brackets; what is not there is empty', () => {
    for (const [text, value] of [
      ['ref ${{ github.ref }}', 'ref refs/tags/v1.4.0'],
      ["${{ needs.build-it.outputs.version }}-${{github.event.inputs['who']}}", '1.4.0-me'],
      ['[${{ env.NONE }}${{ github.none.deeper }}]', '[]'],
      ['no expression: $A ${B} {{ c }}', 'no expression: $A ${B} {{ c }}'],
      ["${{ format('{1}-{0}', 'a', env.A) }}", 'x-a'],
      ['${{ toJSON(list) }}', '[\n  "a",\n  "b"\n]'],
      ['${{ fromJSON(\'{"n":3}\').n }}', '3'],
    ] as const)
      assert.equal(interpolate(text, context, fine), value, text);
  });

  it('compare and combine as GitHub does', () => {
    for (const [source, value] of [
      ["github.ref == 'REFS/tags/v1.4.0'", true],
      ["startsWith(github.ref, 'refs/tags/') && !contains(github.ref, '-')", true],
      ["endsWith(github.ref, '.1') || env.A", 'x'],
      ["env.EMPTY && 'no' || 'default'", 'default'],
      ['1 < 2 && 2 >= 2', true],
      ["'' == 0", true],
      ['null == false', true],
      ["contains(list, 'B')", true],
      ["(1 == 2 || true) && 'it''s'", "it's"],
      ['always()', true],
      ['failure()', false],
    ] as const)
      assert.equal(evaluate(source, context, fine), value, source);
  });

  it('decide whether a step runs: after a failure only what asks for it', () => {
    for (const [text, afterSuccess, afterFailure] of [
      [undefined, true, false],
      ["env.A == 'x'", true, false],
      ["${{ env.A != 'x' }}", false, false],
      ['failure()', false, true],
      ["always() && env.A == 'x'", true, true],
      ['!cancelled()', true, true],
    ] as const) {
      assert.equal(condition(text, context, fine), afterSuccess, text);
      assert.equal(condition(text, context, failed), afterFailure, text);
    }
  });

  it('say what they can’t evaluate', () => {
    for (const source of [
      'matrix.os',
      'hashFiles(1)',
      'github.',
      'a ~ b',
      "'open",
      '1 +',
      '(true',
      'github.ref)',
      '',
    ])
      assert.throws(() => evaluate(source, context, fine), /can't (read|evaluate) /, source);
  });

  it('never put a value through evaluation again', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const value = `${text}\${{ env.A }}`;
        assert.equal(interpolate('${{ env.V }}', { env: { V: value, A: 'x' } }, fine), value);
      }),
    );
  });
});
