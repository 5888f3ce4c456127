import assert from 'node:assert/strict';
import { lstat, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeText } from '../../../src/lib/adapters/files.ts';

describe('a file that hd writes', () => {
  let dir: string;
  beforeEach(async () => (dir = await mkdtemp(join(tmpdir(), 'hd-files-'))));
  afterEach(() => rm(dir, { recursive: true }));

  it('is its owner’s alone, and there is never half of it', async () => {
    const file = join(dir, 'export.jsonl');
    await writeFile(file, 'before', { mode: 0o644 });
    await writeText('--output', file, 'after');
    assert.equal(await readFile(file, 'utf8'), 'after');
    assert.equal((await lstat(file)).mode & 0o777, 0o600);
    assert.deepEqual(await readdir(dir), ['export.jsonl']);
  });

  it('does not put a file where a device or a pipe is', async () => {
    const device = join(dir, 'stdout');
    await symlink('/dev/null', device);
    await writeText('--output', device, 'text');
    assert.ok((await lstat(device)).isSymbolicLink());
    assert.deepEqual(await readdir(dir), ['stdout']);
  });

  it('is written through a link, which stays', async () => {
    const [file, link] = [join(dir, 'may.jsonl'), join(dir, 'newest.jsonl')];
    await writeFile(file, 'before');
    await symlink(file, link);
    await writeText('--output', link, 'after');
    assert.ok((await lstat(link)).isSymbolicLink());
    assert.equal(await readFile(file, 'utf8'), 'after');
  });

  it('that can’t be written is named with its flag', async () => {
    await assert.rejects(writeText('--report', join(dir, 'none', 'report.json'), ''), {
      code: 'usage',
      message: /^--report .*report\.json can't be written: there is no such file or folder/,
    });
    await assert.rejects(writeText('--report', dir, ''), /can't be written: EISDIR/);
  });
});
