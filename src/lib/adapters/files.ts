import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { UsageError } from '../domain/errors.ts';

/** @throws UsageError if it can't be read */
export async function readText(flag: string, path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    throw new UsageError(`${flag} ${path} can't be read: ${codeOf(error)}`);
  });
}

/**
 * Writes a file that only its owner can read, whole or not at all.
 * @throws UsageError if it can't be written
 */
export async function writeText(flag: string, path: string, text: string): Promise<void> {
  const half = `${path}.new.${process.pid}`;
  try {
    await writeFile(half, text, { mode: 0o600, flush: true });
    await rename(half, path);
  } catch (error) {
    await rm(half, { force: true });
    throw new UsageError(`${flag} ${path} can't be written: ${codeOf(error)}`);
  }
}

function codeOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOENT' ? 'there is no such file or folder' : (code ?? String(error));
}
