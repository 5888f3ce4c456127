import assert from 'node:assert/strict';
import { deploymentNumber, nextDeployment } from '../../../src/lib/domain/deployment.ts';
import type { ObservedHost } from '../../../src/lib/domain/observed.ts';
import type { Release } from '../../../src/lib/domain/release.ts';
import { servesText, servingName, servingOf, type Serving } from '../../../src/lib/domain/serving.ts';
import {
  container,
  digest,
  entry,
  ledger,
  manifest,
  observed,
  release,
  serving,
} from '../../support/core.ts';

const name = (host: ObservedHost) => servingName(servingOf(host, ['backend']));

describe('what a host serves', () => {
  it('is judged by the digests that run, not by what current says', () => {
    const d46 = manifest();
    const d47 = manifest({ deployment: 'd47', release: release() });
    const host = serving(release(), { current: d46, releases: [d46, d47] });
    assert.equal(name(host), 'v1.4.0');
  });

  it('is what current says where two releases have the same image, else the newest', () => {
    const again = release('1.4.1', { images: release().images });
    const d46 = manifest({ release: release() });
    const d47 = manifest({ deployment: 'd47', release: again });
    const host = serving(release(), { releases: [d46, d47] });
    assert.equal(name({ ...host, current: d46 }), 'v1.4.0');
    const { current: _, ...lost } = host;
    assert.equal(name(lost), 'v1.4.1');
    assert.equal(name({ ...lost, releases: [d47, d46] }), 'v1.4.1');
  });

  it('is nothing without a running container, and unknown without a manifest that explains it', () => {
    assert.equal(name(observed()), 'nothing');
    assert.equal(name(observed({ containers: [container({ state: 'exited' })] })), 'nothing');
    assert.equal(name(observed({ containers: [container({ service: 'db' })] })), 'nothing');
    assert.equal(name(observed({ containers: [container()] })), 'an unknown image');
    assert.equal(
      name(serving(release(), { containers: [container(), container({ digests: [digest('c02b')] })] })),
      'an unknown image',
    );
  });
});

describe('the sentence of what an environment serves', () => {
  const on = (host: string, of: Release | undefined, unknown = false): Serving => ({
    host,
    unknown,
    ...(of === undefined ? {} : { release: of }),
  });
  const [old, now] = [release('1.3.2'), release()];
  for (const [servings, unseen, text] of [
    [[on('a', now)], [], 'prod serves v1.4.0 on 1 of 1 host'],
    [[on('p-1', now), on('p-2', now), on('p-3', now)], [], 'prod serves v1.4.0 on 3 of 3 hosts'],
    [[on('p-1', now), on('p-2', old), on('p-3', old)], [], 'prod serves v1.4.0 on p-1, v1.3.2 on p-2..3'],
    [[on('p-1', now), on('p-2', undefined)], [], 'prod serves v1.4.0 on p-1, nothing on p-2'],
    [[on('p-1', undefined, true)], [], 'prod serves an unknown image on 1 of 1 host'],
    [[on('p-1', undefined), on('p-2', undefined)], [], 'prod serves nothing'],
    [[on('p-1', now), on('p-2', now)], ['p-3'], 'prod serves v1.4.0 on p-1..2, p-3 not known'],
    [[], ['p-1'], 'what prod serves is not known'],
  ] as const) {
    it(text, () => assert.equal(servesText('prod', servings, unseen), text));
  }

  it('names a release without a tag by its commit', () => {
    const { tag: _, ...untagged } = release();
    assert.equal(servesText('prod', [on('a', untagged)]), 'prod serves 8c3f8c3 on 1 of 1 host');
  });
});

describe('the number of a deployment', () => {
  it('is never used twice, on whichever host it was', () => {
    assert.equal(nextDeployment([]), 'd1');
    const of = (...ids: string[]) => ledger(ids.map((deployment) => entry({ deployment })));
    assert.equal(nextDeployment([of('d1', 'd9'), of('d1', 'd10')]), 'd11');
    assert.equal(nextDeployment([ledger([entry({ kind: 'refused' })])]), 'd1');
    assert.deepEqual([undefined, 'd48', 'x', 'd', 'd4x'].map(deploymentNumber), [0, 48, 0, 0, 0]);
  });
});
