import assert from 'node:assert/strict';
import type { LedgerEntry } from '../../../src/lib/domain/ledger.ts';
import { expectedMs, expectedOf } from '../../../src/lib/flows/expected.ts';
import { entry, ledger } from '../../support/core.ts';

const S = 1000;

function took(durationsMs: Record<string, number>, rest: Partial<LedgerEntry> = {}): LedgerEntry {
  return entry({ outcome: 'confirmed', durationsMs, ...rest });
}

const of = (...entries: LedgerEntry[]) => expectedOf(ledger(entries));
const stage = (name: 'ship' | 'pull' | 'switch') => ({ name, hosts: [], what: '', because: '', steps: [] });

describe('how long a deployment is expected to take', () => {
  it('is not known before the first one', () => {
    assert.deepEqual(of(), { stages: {} });
    assert.deepEqual(of(entry({ kind: 'started' })), { stages: {} });
  });

  it('is the median of the last five of each stage', () => {
    const seconds = [90, 1, 2, 9, 4, 5];
    const { stages } = of(...seconds.map((each) => took({ pull: each * S })));
    assert.deepEqual(stages, { pull: 4 * S });
  });

  it('is the middle of two', () => {
    assert.deepEqual(of(took({ ship: 1 * S }), took({ ship: 2 * S })).stages, { ship: 1.5 * S });
  });

  it('counts a stage that ended well also where the deployment did not', () => {
    const { stages, confirmed } = of(took({ pull: 14 * S, back: 20 * S }, { outcome: 'rolled-back' }));
    assert.deepEqual([stages, confirmed], [{ pull: 14 * S }, undefined]);
  });

  it('does not count what was taken up again: only a part was left', () => {
    assert.deepEqual(of(took({ switch: 1 * S }, { resumed: 1 })), { stages: {} });
  });

  it('of going back is as long as the last ones, by hd or by a person', () => {
    const all = of(
      took({ switch: 60 * S, verify: 9 * S, confirmed: 80 * S }),
      took({ back: 30 * S }, { outcome: 'rolled-back' }),
      took({ confirmed: 40 * S }, { verb: 'rollback' }),
    );
    assert.equal(all.back, 35 * S);
    assert.equal(all.confirmed, 80 * S, 'a rollback is no deployment');
  });

  it('of going back is a switch and its proof where nobody ever went back', () => {
    assert.equal(of(took({ switch: 30 * S, verify: 5 * S })).back, 35 * S);
    assert.equal(of(took({ switch: 30 * S })).back, undefined);
  });

  it('in all is the sum of what this plan does', () => {
    const expected = of(
      took({ ship: 1 * S, pull: 14 * S, switch: 30 * S, verify: 5 * S, confirmed: 99 * S }),
    );
    const stages = [stage('ship'), stage('switch')];
    assert.deepEqual(expectedMs(expected, { stages }), {
      ship: 1 * S,
      switch: 30 * S,
      verify: 5 * S,
      all: 36 * S,
    });
  });

  it('in all is as long as a deployment takes where a stage was never done', () => {
    const expected = of(took({ switch: 30 * S, verify: 5 * S, confirmed: 99 * S }));
    const { all } = expectedMs(expected, { stages: [stage('pull'), stage('switch')] });
    assert.equal(all, 99 * S);
    assert.deepEqual(expectedMs({ stages: {} }, { stages: [] }), {});
  });
});
