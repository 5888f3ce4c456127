import assert from 'node:assert/strict';
import { keepOn } from '../../../src/lib/flows/prune.ts';
import { BACKEND, digest, entry, ledger, manifest, observed, release } from '../../support/core.ts';

const VERSIONS = ['1.0.0', '1.1.0', '1.2.0', '1.3.0', '1.4.0', '1.5.0', '1.6.0'];
const lines = ledger(
  VERSIONS.map((version, index) =>
    entry({ deployment: `d${index + 1}`, outcome: 'confirmed', release: release(version) }),
  ),
);
const manifests = VERSIONS.map((version, index) =>
  manifest({ deployment: `d${index + 1}`, release: release(version), trees: [`tree${index + 1}`, 'shared'] }),
);
const host = observed({ releases: [...manifests, manifest({ deployment: 'd99', trees: ['stray'] })] });
const imageOf = (version: string) => `${BACKEND}@${release(version).images['backend']?.digest ?? ''}`;

describe('what stays on a host (D8)', () => {
  const of = (serves: number, keep: number, deployment = `d${serves}`) => {
    const serving = manifests[serves - 1];
    assert.ok(serving);
    return keepOn(host, lines, serving, deployment, keep);
  };

  it('are the newest confirmed releases, with their images and what they mount', () => {
    assert.deepEqual(of(7, 2), {
      releases: ['d7', 'd6'],
      files: ['tree7', 'shared', 'tree6'],
      images: [imageOf('1.6.0'), imageOf('1.5.0')],
      repositories: [BACKEND],
    });
  });

  it('is never less than what serves and what a rollback would choose', () => {
    const kept = of(7, 0);
    assert.deepEqual(kept.releases, ['d7', 'd6']);
    assert.deepEqual([...of(3, 1).releases].sort(), ['d2', 'd3', 'd7']);
  });

  it('includes the deployment that is going on, and the images of releases whose files are gone', () => {
    const serving = manifests[6];
    assert.ok(serving);
    const bare = { ...host, releases: [serving] };
    const kept = keepOn(bare, lines, serving, 'd8', 3);
    assert.deepEqual(kept.releases, ['d8', 'd7', 'd6', 'd5']);
    assert.deepEqual(kept.images, [imageOf('1.6.0'), imageOf('1.5.0'), imageOf('1.4.0')]);
    assert.ok(!kept.images.includes(`${BACKEND}@${digest('00')}`));
  });
});
