import { mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import type { Redact } from '../domain/redaction.ts';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Keeps what is known of a bug in a file that only its user can read, below $XDG_STATE_HOME.
 * @returns its path; undefined if it could not be written
 */
export async function keepBugReport(
  error: unknown,
  about: { version: string; command: string; at: number },
  env: Env,
  redact: Redact,
): Promise<string | undefined> {
  const state = env['XDG_STATE_HOME'] ?? join(env['HOME'] ?? homedir(), '.local', 'state');
  const stamp = new Date(about.at)
    .toISOString()
    .slice(0, 19)
    .replace('T', '-')
    .replaceAll(/(?<=\d)[-:](?=\d)/g, '');
  const file = join(state, 'hd', `bug-${stamp}-${process.pid}.txt`);
  const text = [
    `hd ${about.version}, node ${process.version}, ${process.platform} ${process.arch}`,
    `command ${about.command}`,
    `at ${new Date(about.at).toISOString()}`,
    '',
    inspect(error, { depth: 6 }),
    '',
  ].join('\n');
  try {
    await mkdir(join(state, 'hd'), { recursive: true, mode: 0o700 });
    await writeFile(file, redact(text), { mode: 0o600, flag: 'wx' });
    return file;
  } catch {
    return undefined;
  }
}
