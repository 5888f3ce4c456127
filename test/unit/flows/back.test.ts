import assert from 'node:assert/strict';
import { HdError, UsageError } from '../../../src/lib/domain/errors.ts';
import { backTarget } from '../../../src/lib/flows/back.ts';
import type { SeenHost } from '../../../src/lib/flows/observe.ts';
import { shippedTarget } from '../../../src/lib/flows/target.ts';
import type { Sources } from '../../../src/lib/ports.ts';
import { environment, file, manifest, observed, release } from '../../support/core.ts';
import { fakeWorld } from '../../support/world.ts';
import { fakeHost } from '../engine/fakes.ts';

const OLD = release('1.3.2');
const COMPOSE =
  'services: {backend: {image: b, volumes: ["./conf:/conf:ro"], env_file: [app.env, host.env]}, db: {image: "postgres:16"}}\n';
const TREE: Readonly<Record<string, string>> = {
  'compose.yaml': COMPOSE,
  'conf/a': '1',
  'conf/b/c': '2',
  'app.env': 'A=1',
  other: 'x',
};

/** The files of one commit, in memory. */
const sources: Sources = {
  read: (commit, path) => {
    assert.equal(commit, OLD.commit);
    const text = TREE[path];
    return Promise.resolve(
      text === undefined ? undefined : { content: Buffer.from(text), executable: path === 'conf/a' },
    );
  },
  list: (_commit, path) =>
    Promise.resolve(Object.keys(TREE).filter((each) => each === path || each.startsWith(`${path}/`))),
};

const confirmed = { release: OLD, deployment: 'd46', at: '', by: '' };
const d46 = manifest({
  files: [file('compose.yaml', COMPOSE), file('conf/a', '1', true)],
  kept: { db: { declared: 'postgres:16', reference: 'postgres:16' } },
});

function having(name: string, texts: readonly string[], releases = [d46]): SeenHost {
  const host = fakeHost(name, {
    read: (directory, paths) => {
      assert.equal(directory, 'releases/d46');
      assert.deepEqual(paths, ['compose.yaml', 'conf/a']);
      return Promise.resolve(texts.map((each) => Buffer.from(each)));
    },
  });
  return { host, observed: observed({ host: name, releases }) };
}

describe('the target of going back (D9)', () => {
  it('is what a host still has, and needs nobody else', async () => {
    const seen = [having('prod-1', [], []), having('prod-2', [COMPOSE, '1'])];
    const { target, blobs } = await backTarget(fakeWorld(), environment(), seen, confirmed);
    assert.deepEqual([target.release, target.deployment, target.files], [OLD, 'd46', d46.files]);
    assert.deepEqual(target.composeTexts, [COMPOSE]);
    assert.deepEqual(target.resolved, { 'postgres:16': 'postgres:16' });
    assert.deepEqual(target.manifests, { 'prod-2': d46 });
    assert.deepEqual([...blobs.values()].map(String), [COMPOSE, '1']);
  });

  it('is refused where a file is not what was shipped', async () => {
    for (const texts of [[COMPOSE, 'changed'], [COMPOSE]]) {
      await assert.rejects(
        backTarget(fakeWorld(), environment(), [having('prod-1', texts)], confirmed),
        (error) => {
          assert.ok(error instanceof HdError);
          assert.deepEqual([error.code, error.exit], ['files-changed', 5]);
          assert.equal(error.message, 'conf/a of v1.3.2 on prod-1 is not what d46 shipped');
          return true;
        },
      );
    }
  });

  it("comes from the release's commit where no host has it any more", async () => {
    const { target } = await backTarget(
      fakeWorld({ sources: () => Promise.resolve(sources) }),
      environment(),
      [having('prod-1', [], [])],
      confirmed,
    );
    assert.equal(target.manifests, undefined);
    assert.equal(target.release, OLD);
  });
});

describe('what is shipped of a commit (D1)', () => {
  it('is the compose files and what they refer to, as far as the commit has it', async () => {
    const { target, blobs } = await shippedTarget(sources, environment(), OLD);
    assert.deepEqual(
      target.files.map((each) => `${each.executable ? '*' : ''}${each.path}`),
      ['app.env', 'compose.yaml', '*conf/a', 'conf/b/c'],
    );
    assert.deepEqual(
      target.files.map((each) => String(blobs.get(each.sha256))),
      ['A=1', COMPOSE, '1', '2'],
    );
    assert.equal(target.deployment, '{deployment}');
  });

  it('must have every compose file, and every service that the release replaces', async () => {
    const refused = (doing: Promise<unknown>, message: string): Promise<void> =>
      assert.rejects(doing, (error) => error instanceof UsageError && error.message === message);
    await refused(
      shippedTarget(sources, environment({ compose: ['compose.yaml', 'gone.yaml'] }), OLD),
      'gone.yaml is not in v1.3.2 (5b0d5b0)',
    );
    const other = { ...OLD, images: { api: { repository: 'r', digest: 'sha256:0' } } } as const;
    await refused(
      shippedTarget(sources, environment(), other),
      'images.api of hd.yml is no service of compose.yaml',
    );
  });
});
