import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { systemClock } from '../../src/lib/adapters/clock.ts';
import { createGitHub } from '../../src/lib/adapters/github/index.ts';
import { createSources, createWorktreeSources } from '../../src/lib/adapters/sources/index.ts';
import { HdError } from '../../src/lib/domain/errors.ts';
import { Secret } from '../../src/lib/domain/secret.ts';
import { startGitHub, type GitHubEmulator } from '../../src/lib/lab/github/index.ts';
import type { Sources } from '../../src/lib/ports.ts';
import { makeClone, type Clone } from '../support/git.ts';

const FILES = {
  'compose.yaml': 'services: {}\n',
  'deploy/my file ü.conf': 'a\r\nb\n',
  'deploy/sub/run.sh': '#!/bin/sh\n',
  'deployed.txt': 'not below deploy',
  empty: '',
};

/** Every place that files can come from answers alike. */
describe('sources', () => {
  let clone: Clone;
  let elsewhere: string;
  let emulator: GitHubEmulator;
  let commit: string;

  before(async () => {
    clone = await makeClone();
    elsewhere = await mkdtemp(join(tmpdir(), 'hd-elsewhere-'));
    for (const [path, content] of Object.entries(FILES)) await put(clone.root, path, content);
    await writeFile(join(clone.root, 'binary'), Buffer.from([0, 255, 10, 0, 13]));
    await chmod(join(clone.root, 'deploy/sub/run.sh'), 0o755);
    await writeFile(
      join(clone.root, 'lfs.bin'),
      'version https://git-lfs.github.com/spec/v1\noid sha256:1\n',
    );
    commit = await clone.commit('first');
    emulator = await startGitHub({
      stateDir: join(elsewhere, 'github'),
      owner: 'acme',
      repo: 'api',
      tokens: { 'a-token': { login: 'login-a' } },
    });
    await clone.git('push', '--quiet', '--force', emulator.repoPath, 'main');
  });
  after(async () => {
    await emulator.close();
    await clone.remove();
    await rm(elsewhere, { recursive: true });
  });

  const github = () =>
    Promise.resolve(
      createGitHub({
        repository: { owner: 'acme', name: 'api' },
        clock: systemClock,
        baseUrl: emulator.url,
        token: new Secret('a-token'),
      }),
    );
  const places: Readonly<Record<string, () => Sources>> = {
    'the clone': () => createSources({ root: clone.root }),
    'GitHub, for a clone without the commit': () => createSources({ root: elsewhere, github }),
    'the working tree': () => createWorktreeSources({ root: clone.root }),
    'the working tree, without a clone and GitHub': () => createSources({ root: join(elsewhere, 'copy') }),
  };

  before(async () => {
    await clone.git('clone', '--quiet', clone.root, join(elsewhere, 'copy'));
    await rm(join(elsewhere, 'copy', '.git'), { recursive: true });
  });

  for (const [name, open] of Object.entries(places)) {
    describe(name, () => {
      it('reads bytes as they are', async () => {
        const sources = open();
        const read = async (path: string) => (await sources.read(commit, path))?.content;
        assert.deepEqual(
          await Promise.all(Object.keys(FILES).map(async (path) => text(await read(path)))),
          Object.values(FILES),
        );
        assert.deepEqual(Buffer.from((await read('binary')) ?? []), Buffer.from([0, 255, 10, 0, 13]));
      });

      it('knows which file is executable', async () => {
        assert.equal((await open().read(commit, 'deploy/sub/run.sh'))?.executable, true);
        assert.equal((await open().read(commit, './compose.yaml'))?.executable, false);
      });

      it('says undefined for what is not there, and for a folder', async () => {
        assert.equal(await open().read(commit, 'none.yaml'), undefined);
        assert.equal(await open().read(commit, 'compose.yaml/none'), undefined);
        assert.equal(await open().read(commit, 'deploy'), undefined);
      });

      it('lists what is at or below a path', async () => {
        const sources = open();
        const below = ['deploy/my file ü.conf', 'deploy/sub/run.sh'];
        assert.deepEqual([...(await sources.list(commit, 'deploy'))].sort(), below);
        assert.deepEqual([...(await sources.list(commit, './deploy/'))].sort(), below);
        assert.deepEqual(await sources.list(commit, 'compose.yaml'), ['compose.yaml']);
        assert.deepEqual(await sources.list(commit, 'none'), []);
        assert.equal((await sources.list(commit, '.')).length, 7);
      });

      it('refuses paths that leave the repository', async () => {
        for (const path of ['../x', '/etc/passwd', 'deploy/../../x', 'a\0b', '..']) {
          assert.equal((await failure(open().read(commit, path))).exit, 2, path);
          assert.equal((await failure(open().list(commit, path))).exit, 2, path);
        }
      });

      it('refuses to take a pointer of Git LFS for the file', async () => {
        assert.equal((await failure(open().read(commit, 'lfs.bin'))).code, 'source-lfs');
      });
    });
  }
});

describe('sources with symlinks', () => {
  let clone: Clone;
  let commit: string;

  before(async () => {
    clone = await makeClone();
    await put(clone.root, 'shared/app.conf', 'app');
    await symlink('shared', join(clone.root, 'config'));
    await symlink('../shared/app.conf', join(clone.root, 'shared/again.conf'));
    await symlink('/etc/passwd', join(clone.root, 'outside'));
    await symlink('../outside-of-all', join(clone.root, 'up'));
    await symlink('loop', join(clone.root, 'loop'));
    commit = await clone.commit('links');
  });
  after(() => clone.remove());

  for (const kind of ['the clone', 'the working tree']) {
    const open = (): Sources =>
      kind === 'the clone'
        ? createSources({ root: clone.root })
        : createWorktreeSources({ root: clone.root });

    it(`${kind} follows one inside the repository`, async () => {
      assert.equal(text((await open().read(commit, 'config/app.conf'))?.content), 'app');
      assert.equal(text((await open().read(commit, 'shared/again.conf'))?.content), 'app');
      assert.deepEqual([...(await open().list(commit, 'config'))].sort(), [
        'config/again.conf',
        'config/app.conf',
      ]);
    });

    it(`${kind} refuses one that leaves it, by name`, async () => {
      const error = await failure(open().read(commit, 'outside'));
      assert.equal(error.exit, 2);
      assert.equal(error.message, 'outside is a symlink to /etc/passwd, outside the repository');
    });

    it(`${kind} does not go in circles`, async () => {
      assert.equal((await failure(open().read(commit, 'loop'))).code, 'source-circle');
    });
  }

  it('the clone refuses one that goes up and out', async () => {
    assert.equal(
      (await failure(createSources({ root: clone.root }).read(commit, 'up'))).code,
      'source-outside',
    );
  });
});

it('sources of a clone take the commit, not what lies in the working tree', async () => {
  const clone = await makeClone();
  try {
    await put(clone.root, 'compose.yaml', 'first');
    const first = await clone.commit('first');
    await put(clone.root, 'compose.yaml', 'second');
    await clone.commit('second');
    await put(clone.root, 'compose.yaml', 'not committed');
    const sources = createSources({ root: clone.root });
    assert.equal(text((await sources.read(first, 'compose.yaml'))?.content), 'first');
    const tree = createWorktreeSources({ root: clone.root });
    assert.equal(text((await tree.read(first, 'compose.yaml'))?.content), 'not committed');
  } finally {
    await clone.remove();
  }
});

async function put(root: string, path: string, content: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), content);
}

function text(content: Uint8Array | undefined): string | undefined {
  return content === undefined ? undefined : Buffer.from(content).toString('utf8');
}

async function failure(answer: Promise<unknown>): Promise<HdError> {
  const error: unknown = await answer.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof HdError, String(error));
  return error;
}
