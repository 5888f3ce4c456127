import assert from 'node:assert/strict';
import { HdError } from '../../../src/lib/domain/errors.ts';
import type { Digest, Release } from '../../../src/lib/domain/release.ts';
import { releaseOfDigests } from '../../../src/lib/flows/resolve.ts';
import type { World } from '../../../src/lib/flows/world.ts';
import type { GitHub, ResolvedImage } from '../../../src/lib/ports.ts';
import { BACKEND, digest, release } from '../../support/core.ts';
import { fakeWorld } from '../../support/world.ts';

const NEW = release('1.4.0');
const DIGEST = digest('9f2c');

function image(of: Digest, labels: { version?: string; revision?: string } = {}): ResolvedImage {
  const { version = '1.4.0', revision = NEW.commit } = labels;
  return {
    digest: of,
    platforms: [
      {
        platform: 'linux/amd64',
        digest: of,
        labels: {
          'org.opencontainers.image.version': version,
          'org.opencontainers.image.revision': revision,
        },
        layers: [{ digest: digest('aa'), bytes: 118 }],
      },
    ],
  };
}

interface There {
  /** By tag or digest. */
  images?: Readonly<Record<string, ResolvedImage>>;
  /** Where GitHub has the tag; undefined if it has none. */
  tagAt?: string | undefined;
  github?: boolean;
}

function world({ images = {}, tagAt, github = true }: There): World {
  const { config } = fakeWorld();
  const source = { repository: BACKEND, tag: 'v{version}', commitTag: '{sha}' };
  const tag = tagAt === undefined ? undefined : { tag: 'v1.4.0', commit: tagAt, annotated: true };
  const port: Partial<GitHub> = { tag: () => Promise.resolve(tag) };
  return fakeWorld({
    config: { ...config, images: { backend: source } },
    registry: () => Promise.resolve({ resolve: (_, reference) => Promise.resolve(images[reference]) }),
    github: () => Promise.resolve(github ? (port as GitHub) : undefined),
  });
}

const there = { [DIGEST]: image(DIGEST) };

async function failing(
  of: There,
  wanted: Release = NEW,
): Promise<[exit: number, code: string, message: string]> {
  try {
    await releaseOfDigests(world(of), wanted);
  } catch (error) {
    if (error instanceof HdError) return [error.exit, error.code, error.message];
    throw error;
  }
  throw new assert.AssertionError({ message: 'it was resolved' });
}

describe('a release by its digests', () => {
  it('is itself, with the sizes of its layers', async () => {
    const found = await releaseOfDigests(
      world({ images: { ...there, 'v1.4.0': image(DIGEST) }, tagAt: NEW.commit }),
      NEW,
    );
    assert.equal(found.release, NEW);
    assert.deepEqual([...found.layers.values()], [118]);
  });

  it('needs no tag, neither in the registry nor on GitHub', async () => {
    for (const github of [true, false])
      assert.equal((await releaseOfDigests(world({ images: there, github }), NEW)).release, NEW);
    const untagged: Release = { version: NEW.version, commit: NEW.commit, images: NEW.images };
    const moved = { images: { ...there, 'v1.4.0': image(digest('dd')) }, tagAt: 'f'.repeat(40) };
    assert.equal((await releaseOfDigests(world(moved), untagged)).release, untagged);
  });

  it('is refused when the tag names another digest by now (T15)', async () => {
    assert.deepEqual(
      await failing({ images: { ...there, 'v1.4.0': image(digest('dd')) }, tagAt: NEW.commit }),
      [5, 'tag-moved', `${BACKEND}:v1.4.0 is dddddddddddd by now; v1.4.0 was 9f2c9f2c9f2c`],
    );
  });

  it('is refused when the tag is at another commit by now', async () => {
    assert.deepEqual(await failing({ images: there, tagAt: 'f'.repeat(40) }), [
      5,
      'tag-moved',
      'v1.4.0 is at fffffff by now; it was at 8c3f8c3',
    ]);
  });

  it('is refused when its digest is gone, or its labels say something else', async () => {
    const [exit, code] = await failing({ images: {} });
    assert.deepEqual([exit, code], [5, 'image-missing']);
    for (const labels of [{ version: '1.3.0' }, { revision: 'f'.repeat(40) }])
      assert.equal((await failing({ images: { [DIGEST]: image(DIGEST, labels) } }))[1], 'label-lies');
  });

  it('is refused when hd.yml names other services', async () => {
    const both = { ...NEW, images: { ...NEW.images, worker: { repository: 'w', digest: DIGEST } } };
    assert.deepEqual(await failing({ images: there }, both), [
      2,
      'usage',
      'v1.4.0 replaces backend and worker, and images of hd.yml says backend',
    ]);
  });
});
