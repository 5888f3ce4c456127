import assert from 'node:assert/strict';
import type { LedgerEntry } from '../../../src/lib/domain/ledger.ts';
import type { Serving } from '../../../src/lib/domain/serving.ts';
import { unsettled } from '../../../src/lib/flows/history.ts';
import { onlyAnotherHelps, requireSettled } from '../../../src/lib/flows/settled.ts';
import { entry, environment, ledger, release } from '../../support/core.ts';

const OLD = release('1.3.2');
const NEW = release('1.4.0');
const good = entry({ deployment: 'd1', outcome: 'confirmed', release: OLD });
const started = entry({ kind: 'started', deployment: 'd2', release: NEW });
const failed = entry({ deployment: 'd2', outcome: 'failed', release: NEW, restored: OLD });
const one = [OLD, OLD];
const two = [OLD, NEW];

function helps(entries: readonly LedgerEntry[], serve = two): boolean {
  const lines = ledger(entries);
  const open = unsettled(lines);
  assert.ok(open !== undefined);
  const servings = serve.map((each, index): Serving => ({
    host: `p-${index}`,
    release: each,
    unknown: false,
  }));
  return onlyAnotherHelps(open, lines, servings);
}

describe('another release', () => {
  it('does not begin beside one that can be finished or gone back from', () => {
    assert.equal(helps([good, started], one), false);
    assert.equal(helps([good, started, entry({ deployment: 'd2', kind: 'interrupted' })]), false);
    assert.equal(helps([good, started, entry({ deployment: 'd2', outcome: 'inconclusive' })], one), false);
    assert.equal(helps([good, started, failed], two), false);
  });

  it('is the way where nothing can be gone back to', () => {
    assert.equal(helps([started]), true);
  });

  it('is the way where going back failed and one version serves, or none', () => {
    assert.equal(helps([good, started, failed], one), true);
  });

  it('is the way where going back was tried again, and failed again', () => {
    assert.equal(helps([good, started, failed, { ...started, resumed: 1 }, failed]), true);
    const back = { deployment: 'd3', verb: 'rollback', release: OLD } as const;
    const again = [entry({ ...back, kind: 'started' }), entry({ ...back, outcome: 'failed', restored: OLD })];
    assert.equal(helps([good, started, failed, ...again]), true);
  });

  it('is refused with both ways on', () => {
    assert.throws(() => requireSettled(environment(), [], ledger([good, started]), ['backend']), {
      code: 'unfinished',
      exit: 8,
      next: [
        { remark: 'finish d2', command: ['hd', 'resume', 'prod'] },
        { remark: 'or go back', command: ['hd', 'rollback', 'prod'] },
      ],
    });
  });
});
