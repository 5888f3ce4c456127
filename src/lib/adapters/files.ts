import { createReadStream } from 'node:fs';
import { lstat, readFile, rename, rm, writeFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { UsageError } from '../domain/errors.ts';

/** @throws UsageError if it can't be read */
export async function readText(flag: string, path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    throw new UsageError(`${flag} ${path} can't be read: ${codeOf(error)}`);
  });
}

/** What is larger is none of hd's files. */
const MOST_BYTES = 16_000_000;

/**
 * Reads a file, or for `-` what is on stdin, to its end.
 * @throws UsageError if it can't be read, or is larger than 16 MB
 */
export async function readInput(path: string): Promise<string> {
  if (path !== '-') return (await limited(createReadStream(path), path)).toString('utf8');
  if (process.stdin.isTTY) throw new UsageError('nothing is on stdin: it is a terminal', '- behind a pipe');
  return (await limited(process.stdin, 'stdin')).toString('utf8');
}

async function limited(stream: Readable, name: string): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of stream as AsyncIterable<Buffer>) {
      bytes += part.length;
      if (bytes > MOST_BYTES) break;
      parts.push(part);
    }
  } catch (error) {
    throw new UsageError(`${name} can't be read: ${codeOf(error)}`);
  }
  if (bytes > MOST_BYTES) throw new UsageError(`${name} is larger than 16 MB, and none of hd's files`);
  return Buffer.concat(parts);
}

/**
 * Writes a file, whole or not at all; what is there and is no file (a link, `/dev/stdout`, a pipe)
 * is written through, and stays.
 * @param mode by default only its owner can read it
 * @throws UsageError if it can't be written
 */
export async function writeText(flag: string, path: string, text: string, mode = 0o600): Promise<void> {
  const half = `${path}.new.${process.pid}`;
  try {
    const there = await lstat(path).catch(() => undefined);
    if (there !== undefined && !there.isFile()) {
      await writeFile(path, text);
      return;
    }
    await writeFile(half, text, { mode, flush: true });
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
