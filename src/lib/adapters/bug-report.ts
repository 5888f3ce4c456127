import { mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';

type Env = Readonly<Record<string, string | undefined>>;

const SECRET_NAME = /TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|PRIVATE|API_?KEY|ACCESS_?KEY|DATABASE_URL|DSN/i;
/** Shorter values would take ordinary words out of the report. */
const SHORTEST = 6;

/** The text without the value of any variable that looks secret by its name, also percent- and base64-encoded. */
export function redact(text: string, env: Env): string {
  const values = Object.entries(env)
    .filter(([name]) => SECRET_NAME.test(name))
    .map(([, value]) => value ?? '')
    .filter((value) => value.length >= SHORTEST)
    .flatMap((value) => [
      value,
      encodeURIComponent(value),
      Buffer.from(value).toString('base64').replace(/=+$/, ''),
    ])
    .sort((a, b) => b.length - a.length);
  return values.reduce((kept, value) => kept.replaceAll(value, '[redacted]'), text);
}

/**
 * Keeps what is known of a bug in a file that only its user can read, below $XDG_STATE_HOME.
 * @returns its path; undefined if it could not be written
 */
export async function keepBugReport(
  error: unknown,
  about: { version: string; command: string; at: number },
  env: Env,
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
    await writeFile(file, redact(text, env), { mode: 0o600, flag: 'wx' });
    return file;
  } catch {
    return undefined;
  }
}
