import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Exit } from '../../src/lib/domain/exit.ts';
import { help } from '../../src/lib/help.ts';

const root = join(import.meta.dirname, '..', '..');

describe('the exit codes', () => {
  const codes = Object.values(Exit).map(String);

  it('are all in docs/exit-codes.md, and no other', async () => {
    const page = await readFile(join(root, 'docs', 'exit-codes.md'), 'utf8');
    assert.deepEqual(
      [...page.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => code),
      codes,
    );
  });

  it('are all in hd help exit-codes, and no other', () => {
    const page = help(['help', 'exit-codes'], {}) ?? '';
    assert.deepEqual(
      [...page.matchAll(/^ +(\d+) {2}/gm)].map(([, code]) => code),
      codes,
    );
  });
});
