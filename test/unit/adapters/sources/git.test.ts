import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createGit } from '../../../../src/lib/adapters/git.ts';
import { HdError } from '../../../../src/lib/domain/errors.ts';
import { makeClone, type Clone } from '../../../support/git.ts';

const run = promisify(execFile);

describe('the local clone', () => {
  let clone: Clone;
  let folder: string;
  let origin: string;
  let first: string;
  let second: string;

  beforeEach(async () => {
    clone = await makeClone();
    folder = await mkdtemp(join(tmpdir(), 'hd-origin-'));
    origin = join(folder, 'origin.git');
    await run('git', ['init', '--quiet', '--bare', origin]);
    await clone.git('remote', 'add', 'origin', origin);
    await writeFile(join(clone.root, 'a'), '1');
    first = await clone.commit('first');
    await writeFile(join(clone.root, 'a'), '2');
    second = await clone.commit('second');
    const key = join(folder, 'key');
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
    for (const [name, value] of [
      ['gpg.format', 'ssh'],
      ['user.signingkey', key],
      ['user.name', 'test'],
      ['user.email', 'test@example.org'],
    ] as const) {
      await clone.git('config', name, value);
    }
  });
  afterEach(async () => {
    await clone.remove();
    await rm(folder, { recursive: true });
  });

  const onOrigin = async (tag: string): Promise<string> =>
    (
      await run('git', ['-C', origin, 'rev-parse', '--verify', '--quiet', `refs/tags/${tag}^{commit}`])
    ).stdout.trim();
  const failure = async (answer: Promise<unknown>): Promise<HdError> => {
    const error: unknown = await answer.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof HdError, String(error));
    return error;
  };

  it('knows its head, its commits and its tags', async () => {
    const git = createGit(clone.root);
    await clone.git('tag', '--annotate', '--message', 'm', 'v1.0.0', first);
    assert.equal(await git.head(), second);
    assert.equal(await git.hasCommit(first), true);
    assert.equal(await git.hasCommit('0'.repeat(40)), false);
    assert.equal(await git.hasCommit('--help'), false);
    assert.equal(await git.tagCommit('v1.0.0'), first);
    assert.equal(await git.tagCommit('v9.9.9'), undefined);
  });

  it('is nothing outside of a clone', async () => {
    const git = createGit(folder);
    assert.equal(await git.head(), undefined);
    assert.equal(await git.hasCommit(first), false);
  });

  it('signs a tag at the commit and pushes that tag alone', async () => {
    const git = createGit(clone.root);
    await git.signTag({ tag: 'v1.0.0', commit: first, message: 'v1.0.0\n\n$(id) "quoted"' });
    assert.match(await clone.git('cat-file', 'tag', 'v1.0.0'), /BEGIN SSH SIGNATURE/);
    assert.match(await clone.git('cat-file', 'tag', 'v1.0.0'), /\$\(id\) "quoted"/);
    await git.pushTag('v1.0.0');
    assert.equal(await onOrigin('v1.0.0'), first);
    assert.equal((await run('git', ['-C', origin, 'for-each-ref'])).stdout.split('\n').length, 2);
  });

  it('keeps a signed tag that is there already, and pushes again without harm', async () => {
    const git = createGit(clone.root);
    const release = async (): Promise<void> => {
      await git.signTag({ tag: 'v1.0.0', commit: first, message: 'v1.0.0' });
      await git.pushTag('v1.0.0');
    };
    await release();
    await release();
    assert.equal(await onOrigin('v1.0.0'), first);
  });

  it('never moves a tag: exit 3, here and on origin', async () => {
    const git = createGit(clone.root);
    await git.signTag({ tag: 'v1.0.0', commit: first, message: 'v1.0.0' });
    const moved = await failure(git.signTag({ tag: 'v1.0.0', commit: second, message: 'v1.0.0' }));
    assert.deepEqual([moved.exit, moved.code], [3, 'tag-exists']);

    await clone.git('tag', 'v2.0.0', first);
    assert.equal((await failure(git.signTag({ tag: 'v2.0.0', commit: first, message: 'm' }))).exit, 3);

    await clone.git('push', '--quiet', 'origin', `${second}:refs/tags/v1.0.0`);
    const rejected = await failure(git.pushTag('v1.0.0'));
    assert.deepEqual([rejected.exit, rejected.code], [3, 'tag-exists']);
    assert.equal(await onOrigin('v1.0.0'), second);
  });

  it('is exit 4 with what git said when it can not sign', async () => {
    await clone.git('config', 'user.signingkey', join(folder, 'no-such-key'));
    const error = await failure(
      createGit(clone.root).signTag({ tag: 'v1.0.0', commit: first, message: 'm' }),
    );
    assert.deepEqual([error.exit, error.message], [4, 'git could not sign v1.0.0']);
    assert.equal(await createGit(clone.root).tagCommit('v1.0.0'), undefined);
  });

  it('is exit 4 when origin refuses the push, exit 11 when it is not there', async () => {
    const git = createGit(clone.root);
    await git.signTag({ tag: 'v1.0.0', commit: first, message: 'm' });
    await writeFile(join(origin, 'hooks/update'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    assert.equal((await failure(git.pushTag('v1.0.0'))).exit, 4);
    await rm(origin, { recursive: true });
    assert.equal((await failure(git.pushTag('v1.0.0'))).exit, 11);
  });

  it('asks the folder, whatever the environment points git at', async () => {
    const other = await makeClone();
    process.env['GIT_DIR'] = join(other.root, '.git');
    try {
      assert.equal(await createGit(clone.root).head(), second);
    } finally {
      delete process.env['GIT_DIR'];
      await other.remove();
    }
  });
});
