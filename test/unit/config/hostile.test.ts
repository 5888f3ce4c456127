import assert from 'node:assert/strict';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { HdError } from '../../../src/lib/domain/errors.ts';
import { complaints, read, withEnvironments } from './support.ts';

const bombs: Readonly<Record<string, string>> = {
  'a billion laughs': `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghij'
    .split('')
    .map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghij'[index]}`).join(',')}]`)
    .join('\n')}`,
  'an alias of itself': 'a: &a [*a]',
  'an alias of nothing': 'a: *nothing',
  'brackets without end': '['.repeat(50_000),
  'lists in lists': `${'- '.repeat(5000)}x`,
  'maps in maps': 'a: '.repeat(2000),
  'deep, but in order': `${'['.repeat(60)}${']'.repeat(60)}`,
  'many keys': Array.from({ length: 60_000 }, (_, index) => `key${index}:`).join('\n'),
  'many unknown keys, inherited many times': withEnvironments(
    `  a: {hosts: [h], ${Array.from({ length: 1500 }, (_, index) => `key${index}: 1`).join(', ')}}\n${Array.from(
      { length: 40 },
      (_, index) => `  e${index}: {extends: ${index === 0 ? 'a' : `e${index - 1}`}}`,
    ).join('\n')}`,
  ),
  'too many environments': withEnvironments(
    Array.from({ length: 60 }, (_, index) => `  e${index}: {hosts: [h]}`).join('\n'),
  ),
  'noise of braces': '}'.repeat(20_000),
  'one long word': 'x'.repeat(1_000_000),
  'one long key': `${'x'.repeat(900)}: 1`,
  'two documents': 'app: a\n---\napp: b',
  'a tag': 'app: !!js/function "function(){}"',
  'another YAML': '%YAML 1.1\n---\napp: on',
  'a key that is a list': '? [a]\n: 1',
  'nothing at all': '',
  'comments alone': '# hello\n',
  'a list': '- a\n',
  'a word': 'hello',
  'a prototype': '__proto__: {app: a}\nconstructor: {prototype: 1}',
};

describe('hostile files', () => {
  for (const [what, text] of Object.entries(bombs)) {
    it(`${what}: a message, in time`, () => {
      assert.match(complaints(text), /^hd\.yml:\d+:\d+ {2}/);
    });
  }

  it('whatever YAML says, hd says what is wrong or reads it', () => {
    const keys = fc.constantFrom(
      ...[
        'app',
        'images',
        'environments',
        'hosts',
        'checks',
        'live',
        'path',
        'rollout',
        'settle',
        'extends',
        'a',
        'b',
      ],
    );
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { depthSize: 'medium' },
        fc.constantFrom('a', 'b', '3s', 'ghcr.io/a/b', '/x', 'local', '-x', ''),
        fc.integer(),
        fc.double(),
        fc.boolean(),
        fc.constant(null),
        fc.string(),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(fc.oneof(keys, fc.string()), tie('any'), { maxKeys: 5 }),
      ),
    })).any;
    fc.assert(
      fc.property(fc.dictionary(keys, value), (document) => survives(stringify(document))),
      { numRuns: 300 },
    );
  });

  it('whatever text it is', () => {
    const fragment = fc.constantFrom(
      ...'{}[]:,-&*!|>\'"%@`#? \n\tab1<~'.split(''),
      'app: ',
      'environments:\n  ',
      '<<: ',
    );
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 60 }), (parts) => survives(parts.join(''))),
      { numRuns: 500 },
    );
  });
});

function survives(text: string): void {
  try {
    read(text);
  } catch (error) {
    assert.ok(error instanceof HdError, String(error));
    assert.equal(error.exit, 2);
  }
}
