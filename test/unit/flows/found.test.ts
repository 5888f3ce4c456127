import assert from 'node:assert/strict';
import type { LedgerEntry } from '../../../src/lib/domain/ledger.ts';
import type { Lease } from '../../../src/lib/engine/lease.ts';
import { driftOf } from '../../../src/lib/flows/drift.ts';
import { foundEntries } from '../../../src/lib/flows/found.ts';
import { container, digest, entry, ledger, NOW, observed, release } from '../../support/core.ts';

const OLD = release('1.3.2');
const confirmed = entry({ deployment: 'd1', outcome: 'confirmed', release: OLD });
const started = entry({ deployment: 'd2', kind: 'started', release: release('1.4.0'), plan: 'p2' });
const base = {
  at: '2026-11-19T16:00:00.000Z',
  hd: '0.1.0',
  environment: 'prod',
  actor: { name: 'login-b', proven: true, machine: 'build-8' },
  verb: 'deploy',
} as const;
const right = digest('1.3.2');

const held = (host: string, pid: number): Lease['replaced'][number] => ({
  host,
  state: {
    fence: 3,
    since: 1,
    expires: 31,
    holder: { actor: 'login-a', machine: 'build-7', pid, purpose: 'deploy v1.4.0' },
  },
});

function serves(host: string, digests = [OLD.images['backend']?.digest ?? right], deployment = 'd1') {
  return observed({ host, containers: [container({ digests, deployment, startedAt: NOW })] });
}

function words(
  entries: readonly LedgerEntry[],
  hosts = [serves('prod-1')],
  replaced: Lease['replaced'] = [],
) {
  return foundEntries({ base, replaced, lines: ledger(entries), observed: hosts, resumes: false }).map(
    (each) =>
      [each.kind, each.deployment, each.hosts.join(' '), each.reason ?? each.evidence?.join('; ')].join(
        ' · ',
      ),
  );
}

describe('what a deployment finds before it begins', () => {
  it('is nothing where all is as the ledger says', () => {
    assert.deepEqual(words([confirmed]), []);
  });

  it('is one lease that was taken over, on however many hosts', () => {
    const replaced = [held('prod-1', 7), held('prod-2', 7), held('prod-3', 8)];
    assert.deepEqual(words([confirmed], [], replaced), [
      'taken-over ·  · prod-1 prod-2 · the lease of login-a on build-7, process 7 (deploy v1.4.0) ended on prod-1..2',
      'taken-over ·  · prod-3 · the lease of login-a on build-7, process 8 (deploy v1.4.0) ended on prod-3',
    ]);
  });

  it('is an operator who left no last word, and no drift: what runs is what that one left', () => {
    const broken = [serves('prod-1', [digest('ff')])];
    const line = 'interrupted · d2 · prod-1 · its operator left no last word';
    assert.deepEqual(words([confirmed, started], broken), [line]);
    const goingBack = entry({ deployment: 'd2', kind: 'going-back', restored: OLD });
    assert.deepEqual(words([confirmed, started, goingBack], broken), [line]);
  });

  it('is nothing more where that was written down already', () => {
    const interrupted = entry({ deployment: 'd2', kind: 'interrupted' });
    assert.deepEqual(words([confirmed, started, interrupted]), []);
  });

  it('is what hosts run instead of what was confirmed', () => {
    const hosts = [
      serves('prod-1', [digest('ff')], 'd9'),
      serves('prod-2'),
      serves('prod-3', [digest('ff')], 'd9'),
    ];
    const runs = digest('ff').slice(7, 19);
    const says = (OLD.images['backend']?.digest ?? '').slice(7, 19);
    assert.deepEqual(words([confirmed], hosts), [
      `drift ·  · prod-1 prod-2 prod-3 · prod-1, prod-3 run backend ${runs}; the ledger says ${says} (v1.3.2)`,
    ]);
  });
});

describe('drift', () => {
  it('tells hosts together only where they differ alike', () => {
    const hosts = [
      serves('prod-1', [digest('ff')], 'd9'),
      serves('prod-2', [digest('ff')], 'd9'),
      observed({ host: 'prod-3', containers: [container({ state: 'exited' })] }),
      observed({ host: 'prod-4' }),
    ];
    assert.deepEqual(
      driftOf('prod', hosts, OLD, []).map(({ text, more }) => [text.split(';')[0], more.length]),
      [
        [`prod-1..2 run backend ${digest('ff').slice(7, 19)}`, 2],
        ['backend is exited on prod-3', 1],
        ['backend is not there on prod-4', 1],
      ],
    );
  });

  it('says by whom, if the ledger knows the deployment', () => {
    const [first] = driftOf(
      'prod',
      [serves('prod-1', [digest('ff')], 'd2')],
      OLD,
      ledger([confirmed, started]),
    );
    assert.match(first?.more[0] ?? '', /, by d2$/);
    const [other] = driftOf(
      'prod',
      [serves('prod-1', [digest('ff')], 'd7')],
      OLD,
      ledger([confirmed, started]),
    );
    assert.match(other?.more[0] ?? '', /, not by hd$/);
  });
});
