import assert from 'node:assert/strict';
import type { ObservedContainer } from '../../../src/lib/domain/observed.ts';
import { settled } from '../../../src/lib/engine/settle.ts';
import { container, NOW } from '../../support/core.ts';

const young = NOW - 2999;

describe('settled (D7)', () => {
  for (const [what, containers, wanted] of [
    ['is not there', [], 'waiting: backend is not there yet'],
    ['was made', [{ state: 'created', startedAt: 0 }], 'waiting: backend is created'],
    ['has run for 3s', [{ startedAt: NOW - 3000 }], 'steady'],
    ['has run for a little less', [{ startedAt: young }], 'waiting: backend runs, steady for 3s is wanted'],
    ['starts, says its healthcheck', [{ health: 'starting' }], 'waiting: backend is not healthy yet'],
    ['is healthy and old enough', [{ health: 'healthy' }], 'steady'],
    [
      'is healthy, but young',
      [{ health: 'healthy', startedAt: young }],
      'waiting: backend runs, steady for 3s is wanted',
    ],
    ['is unhealthy', [{ health: 'unhealthy' }], 'failed: backend is unhealthy'],
    ['is paused', [{ state: 'paused' }], 'waiting: backend is paused'],
    ['is dead', [{ state: 'dead' }], 'failed: backend is dead'],
    ['crashed once', [{ state: 'restarting', exitCode: 3 }], 'failed: backend crashed, exit 3'],
    ['restarted once', [{ restarts: 1, exitCode: 3 }], 'failed: backend restarted 1 time, exit 3'],
    ['restarted twice', [{ restarts: 2, startedAt: young }], 'failed: backend restarted 2 times, exit 0'],
    ['exited with 1', [{ state: 'exited', exitCode: 1 }], 'failed: backend exited with 1'],
    ['was to be kept running, and exited with 0', [{ state: 'exited' }], 'failed: backend exited with 0'],
    ['is a one-shot that exited with 0', [{ state: 'exited', restartPolicy: 'no' }], 'steady'],
    ['is a one-shot by its absent policy', [{ state: 'exited', restartPolicy: '' }], 'steady'],
    [
      'is a one-shot that is tried again on failure',
      [{ state: 'exited', restartPolicy: 'on-failure' }],
      'steady',
    ],
    ['has a second replica that is unhealthy', [{}, { health: 'unhealthy' }], 'failed: backend is unhealthy'],
    [
      'has a second replica that is young',
      [{}, { startedAt: young }],
      'waiting: backend runs, steady for 3s is wanted',
    ],
  ] as const satisfies readonly [string, readonly Partial<ObservedContainer>[], string][]) {
    it(`a service that ${what}: ${wanted}`, () => {
      const state = settled(
        containers.map((each) => container(each)),
        ['backend'],
        new Map(),
        3000,
        NOW,
      );
      assert.equal('text' in state ? `${state.state}: ${state.text}` : state.state, wanted);
    });
  }

  it('does not count restarts of before the switch', () => {
    const old = container({ id: 'old', restarts: 4 });
    assert.equal(settled([old], ['backend'], new Map([['old', 4]]), 3000, NOW).state, 'steady');
    assert.equal(settled([old], ['backend'], new Map([['old', 3]]), 3000, NOW).state, 'failed');
    assert.equal(settled([old], ['backend'], new Map([['other', 4]]), 3000, NOW).state, 'failed');
  });

  it('says a failure of one service before it waits for another', () => {
    const state = settled([container({ service: 'b', state: 'dead' })], ['a', 'b'], new Map(), 0, NOW);
    assert.equal(state.state, 'failed');
  });

  it('needs no time where none is wanted', () => {
    assert.equal(settled([container({ startedAt: NOW })], ['backend'], new Map(), 0, NOW).state, 'steady');
  });
});
