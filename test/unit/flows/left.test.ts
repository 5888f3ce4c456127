import assert from 'node:assert/strict';
import { leftBlock, NOT_KNOWN, servedNow } from '../../../src/lib/flows/left.ts';
import { environment, release } from '../../support/core.ts';

const NOW = release('1.4.0');

function left(serves: Record<string, string>, begun: readonly string[]) {
  return leftBlock({
    environment: environment({ name: 'prod' }),
    plan: { release: NOW, hosts: Object.keys(serves), hash: '7c1e' },
    actor: { name: 'login-a', proven: true, machine: 'vm' },
    deployment: 'd48',
    begun: new Set(begun),
    serves: new Map(Object.entries(serves)),
  }).verdict;
}

describe('what is known while hosts are switched', () => {
  it('is told host by host, what is not known last', () => {
    const serves = new Map([
      ['prod-1', NOT_KNOWN],
      ['prod-2', 'v1.3.2'],
      ['prod-3', 'v1.3.2'],
    ]);
    assert.equal(servedNow('prod', serves), 'prod serves v1.3.2 on prod-2..3, prod-1 not known');
    assert.equal(servedNow('orin', new Map([['orin', NOT_KNOWN]])), 'what orin serves is not known');
  });

  it('at the second Ctrl-C, is what was there before anything was begun', () => {
    const verdict = left({ 'prod-1': 'v1.3.2', 'prod-2': 'v1.3.2' }, []);
    assert.equal(verdict.headline, 'prod serves v1.3.2 on prod-1..2');
    assert.deepEqual(
      verdict.rows.map((row) => row.label),
      ['next'],
    );
  });

  it('at the second Ctrl-C, is nothing of a host that was being switched, and nothing is safe', () => {
    const verdict = left({ 'prod-1': 'v1.4.0', 'prod-2': 'v1.3.2' }, ['prod-1', 'prod-2']);
    assert.equal(verdict.headline, 'prod serves v1.4.0 on prod-1, prod-2 not known');
    assert.equal(verdict.rows[0]?.text, 'not known: prod-2 was left while it was switching');
  });
});
