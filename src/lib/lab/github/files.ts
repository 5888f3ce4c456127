import { rename, writeFile } from 'node:fs/promises';

/** Writes a whole file or nothing: a temporary name beside it, then rename. */
export async function writeAtomically(path: string, content: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, content, { mode: 0o600 });
  await rename(temporary, path);
}
