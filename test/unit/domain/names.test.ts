import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { count, foldHosts, list, quoteCommand, withoutHost } from '../../../src/lib/domain/names.ts';

describe('names', () => {
  it('folds neighbouring hosts, and writes at the most three names (rule 8)', () => {
    assert.equal(foldHosts([]), '');
    assert.equal(foldHosts(['orin']), 'orin');
    assert.equal(foldHosts(['prod-1', 'prod-2', 'prod-3']), 'prod-1..3');
    assert.equal(foldHosts(['prod-1', 'prod-3']), 'prod-1, prod-3');
    assert.equal(foldHosts(['prod-1', 'prod-2', 'db']), 'prod-1..2, db');
    assert.equal(foldHosts(['web-08', 'web-09', 'web-10']), 'web-08..10');
    assert.equal(foldHosts(['a-9', 'a-10']), 'a-9..10');
    assert.equal(foldHosts(['a-1', 'b-2']), 'a-1, b-2');
    assert.equal(foldHosts(['a', 'b', 'c', 'd-1', 'd-2', 'e']), 'a, b, c and 3 more');
  });

  it('lists and counts as one says it', () => {
    assert.equal(list(['a'], 'or'), 'a');
    assert.equal(list(['local', 'orin', 'prod'], 'or'), 'local, orin or prod');
    assert.equal(count(1, 'host'), '1 host');
    assert.equal(count(3, 'host'), '3 hosts');
    assert.equal(count(2, 'entry', 'entries'), '2 entries');
  });

  it('says a host once', () => {
    for (const [message, without] of [
      ['prod-2: no answer from 10.0.4.12:22 in 10s, 3 tries', 'no answer from 10.0.4.12:22 in 10s, 3 tries'],
      ['docker pull on prod-2: exit 1', 'docker pull: exit 1'],
      ['switch on prod-2 ran out of time', 'switch ran out of time'],
      ['docker pull on prod-20: exit 1', 'docker pull on prod-20: exit 1'],
      ['the lock on prod-2 was taken over', 'the lock on prod-2 was taken over'],
    ] as const)
      assert.equal(withoutHost('prod-2', message), without);
  });

  it('quotes an argument only when it must', () => {
    assert.equal(quoteCommand(['hd', 'deploy', 'prod', '--tag', 'v1.4.0']), 'hd deploy prod --tag v1.4.0');
    assert.equal(quoteCommand(['echo', "it's", '']), `echo 'it'\\''s' ''`);
  });

  it('writes what a shell reads back, whatever an argument holds', () => {
    const argument = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((text) => !text.includes('\0'));
    fc.assert(
      fc.property(fc.array(argument, { minLength: 1, maxLength: 4 }), (argv) => {
        const read = execFileSync('sh', ['-c', `printf '%s\\0' ${quoteCommand(argv)}`], { encoding: 'utf8' });
        assert.deepEqual(read.split('\0').slice(0, -1), argv);
      }),
      { numRuns: 40 },
    );
  });
});
