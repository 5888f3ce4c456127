import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findConfig, loadConfig, renderProblems, ConfigError } from '../../../src/lib/config/index.ts';
import { HdError } from '../../../src/lib/domain/errors.ts';
import { withEnvironments } from './support.ts';

const GOOD = withEnvironments('  a: {hosts: [h]}\n');

describe('loading hd.yml', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hd-config-'));
    await mkdir(join(folder, 'deep/er'), { recursive: true });
  });
  afterEach(() => rm(folder, { recursive: true }));

  const failure = async (options: Parameters<typeof loadConfig>[0]): Promise<HdError> => {
    const error: unknown = await loadConfig(options).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof HdError, String(error));
    assert.equal(error.exit, 2);
    return error;
  };
  const screen = async (options: Parameters<typeof loadConfig>[0]): Promise<string> => {
    const error = await failure(options);
    assert.ok(error instanceof ConfigError);
    return renderProblems(error.problems).join('\n');
  };

  it('finds it upward from the working folder', async () => {
    await writeFile(join(folder, 'hd.yml'), GOOD);
    const config = await loadConfig({ cwd: join(folder, 'deep/er') });
    assert.deepEqual([config.file, config.root, config.app], [join(folder, 'hd.yml'), folder, 'shop']);
    assert.equal(await findConfig(join(folder, 'deep')), join(folder, 'hd.yml'));
  });

  it('takes the nearest one, or the one that is named', async () => {
    await writeFile(join(folder, 'hd.yml'), GOOD);
    await writeFile(join(folder, 'deep/hd.yml'), GOOD.replace('shop', 'deep'));
    assert.equal((await loadConfig({ cwd: join(folder, 'deep/er') })).app, 'deep');
    assert.equal((await loadConfig({ cwd: join(folder, 'deep/er'), file: '../../hd.yml' })).app, 'shop');
  });

  it('says where it looked, and where one can be had', async () => {
    const error = await failure({ cwd: join(folder, 'deep') });
    assert.deepEqual(
      [error.code, error.message],
      ['no-config', `no hd.yml from ${join(folder, 'deep')} up to /`],
    );
    assert.match(error.facts[0]?.text ?? '', /docs\/hd\.yml\.md/);
    assert.deepEqual(error.next[0]?.command, ['hd', 'lab', 'up']);
  });

  it('asks the git remote for a repository, only if the file has none', async () => {
    await writeFile(join(folder, 'hd.yml'), GOOD);
    const asked: string[] = [];
    const remote = (root: string) => {
      asked.push(root);
      return Promise.resolve({ owner: 'acme', name: 'api' });
    };
    assert.deepEqual((await loadConfig({ cwd: folder, remote })).repository, { owner: 'acme', name: 'api' });
    await writeFile(join(folder, 'hd.yml'), `repository: acme/shop\n${GOOD}`);
    assert.deepEqual((await loadConfig({ cwd: folder, remote })).repository, { owner: 'acme', name: 'shop' });
    assert.deepEqual(asked, [folder]);
  });

  it('names the file as a person would type it', async () => {
    await writeFile(join(folder, 'hd.yml'), 'ap: 1\n');
    assert.match(await screen({ cwd: folder }), /^hd\.yml:1:1 {2}/);
    assert.match(await screen({ cwd: join(folder, 'deep') }), /^\.\.\/hd\.yml:1:1 {2}/);
    assert.equal((await failure({ cwd: folder })).message, '4 errors in hd.yml');
  });

  it('holds requires against its own version', async () => {
    await writeFile(join(folder, 'hd.yml'), `requires: ">=1.0.0"\n${GOOD}`);
    assert.match(await screen({ cwd: folder, version: '0.9.0' }), /this is hd 0\.9\.0/);
    assert.ok(await loadConfig({ cwd: folder, version: '1.0.0' }));
    assert.ok(await loadConfig({ cwd: folder, version: '2.0.0-rc.1' }));
  });

  const odd: Readonly<Record<string, readonly [string | Uint8Array, string]>> = {
    'ten megabytes of noise': [
      Buffer.alloc(10_000_000, 'x: [}\n'),
      'hd.yml  is larger than 1 MiB (10000000 bytes)',
    ],
    'a NUL': [`${GOOD}\0`, 'hd.yml  has a NUL in it: it is not text'],
    'what is not UTF-8': [Buffer.from([0x61, 0x3a, 0x20, 0xff, 0xfe]), 'hd.yml  is not UTF-8'],
  };
  for (const [what, [content, text]] of Object.entries(odd)) {
    it(`refuses ${what}`, async () => {
      await writeFile(join(folder, 'hd.yml'), content);
      assert.equal(await screen({ cwd: folder }), text);
    });
  }

  it('refuses a folder, a pipe and a file that is not there', async () => {
    await mkdir(join(folder, 'hd.yml'));
    assert.equal(await screen({ cwd: folder }), 'hd.yml  is a folder, not a file');
    assert.equal(await screen({ cwd: folder, file: 'none.yml' }), 'none.yml  there is no such file');
    await promisify(execFile)('mkfifo', [join(folder, 'pipe')]);
    assert.equal(await screen({ cwd: folder, file: 'pipe' }), 'pipe  is not a regular file');
  });

  it('says that it may not read it, and that a link leads nowhere', async () => {
    await writeFile(join(folder, 'hd.yml'), GOOD);
    await chmod(join(folder, 'hd.yml'), 0);
    await symlink('loop', join(folder, 'loop'));
    assert.equal(await screen({ cwd: folder, file: 'loop' }), 'loop  can not be read: ELOOP');
    // Root may read everything, so for a moment this is somebody else.
    const root = process.getuid?.() === 0;
    if (root) process.seteuid?.(65_534);
    try {
      assert.equal(await screen({ cwd: folder, file: 'hd.yml' }), 'hd.yml  can not be read: no permission');
    } finally {
      if (root) process.seteuid?.(0);
    }
  });

  it('reads one with a byte order mark and lines of Windows', async () => {
    await writeFile(join(folder, 'hd.yml'), `\ufeff${GOOD.replaceAll('\n', '\r\n')}`);
    assert.equal((await loadConfig({ cwd: folder })).app, 'shop');
  });
});
