import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ANSWER_MS, limitText } from '../../domain/limits.ts';
import { Secret } from '../../domain/secret.ts';

/** What a person gave `docker login`. */
export type Credentials =
  | { kind: 'password'; user: string; password: Secret; of?: 'hd.yml' }
  /** A refresh token of OAuth 2, to be exchanged where tokens are given out. */
  | { kind: 'identity'; token: Secret }
  /** `why` is there if credentials were expected and could not be had. */
  | { kind: 'none'; why?: string };

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Credentials for a registry from Docker's own configuration: its helper (`credHelpers`, `credsStore`), else what
 * `auths` keeps. Never throws: a public image needs none, so a broken helper only matters once one is refused.
 */
export async function credentialsFor(
  host: string,
  env: Environment,
  timeoutMs: number = ANSWER_MS.program,
): Promise<Credentials> {
  const folder = env['DOCKER_CONFIG'] ?? join(env['HOME'] ?? homedir(), '.docker');
  const file = join(folder, 'config.json');
  let config: unknown;
  try {
    config = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    const absent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return absent ? { kind: 'none' } : { kind: 'none', why: `${file} can not be read` };
  }
  const names = host === 'docker.io' ? ['index.docker.io', 'docker.io'] : [host];
  const key = host === 'docker.io' ? 'https://index.docker.io/v1/' : host;
  const helpers = entries(field(config, 'credHelpers'));
  const own = helpers.find(([name]) => names.includes(bareHost(name)));
  if (own !== undefined) return askHelper(own[1], own[0], env, timeoutMs);
  const store = field(config, 'credsStore');
  if (typeof store === 'string' && store !== '') {
    const kept = await askHelper(store, key, env, timeoutMs);
    if (kept.kind !== 'none' || kept.why !== undefined) return kept;
  }
  const entry = entries(field(config, 'auths')).find(([name]) => names.includes(bareHost(name)));
  return entry === undefined ? { kind: 'none' } : fromEntry(entry[1], file);
}

function fromEntry(entry: unknown, file: string): Credentials {
  const identity = field(entry, 'identitytoken');
  if (typeof identity === 'string' && identity !== '')
    return { kind: 'identity', token: new Secret(identity) };
  const auth = field(entry, 'auth');
  if (typeof auth !== 'string' || auth === '') return { kind: 'none' };
  const decoded = Buffer.from(auth, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  if (colon < 1) return { kind: 'none', why: `${file} has an entry that can not be read` };
  return {
    kind: 'password',
    user: decoded.slice(0, colon),
    password: new Secret(decoded.slice(colon + 1).replace(/\0+$/, '')),
  };
}

/** The protocol of docker/docker-credential-helpers: the server on stdin, JSON on stdout. */
async function askHelper(
  helper: unknown,
  server: string,
  env: Environment,
  timeoutMs: number,
): Promise<Credentials> {
  if (typeof helper !== 'string' || !/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(helper)) {
    return { kind: 'none', why: 'the name of its credential helper is not a name' };
  }
  const program = `docker-credential-${helper}`;
  const { runProgram } = await import('../local/program.ts');
  const options = { input: server, env, timeoutMs, maxBytes: 1024 * 1024 };
  const { status, stdout, stderr, late } = await runProgram(program, ['get'], options);
  if (late) return { kind: 'none', why: `${program} gave no answer in ${limitText(timeoutMs)}` };
  if (status !== 0) {
    return /credentials not found/i.test(`${stdout.toString('utf8')}${stderr.toString('utf8')}`)
      ? { kind: 'none' }
      : { kind: 'none', why: `${program} failed` };
  }
  let answer: unknown;
  try {
    answer = JSON.parse(stdout.toString('utf8'));
  } catch {
    return { kind: 'none', why: `${program} did not answer JSON` };
  }
  const user = field(answer, 'Username');
  const secret = field(answer, 'Secret');
  if (typeof user !== 'string' || typeof secret !== 'string') {
    return { kind: 'none', why: `${program} answered without Username and Secret` };
  }
  return user === '<token>'
    ? { kind: 'identity', token: new Secret(secret) }
    : { kind: 'password', user, password: new Secret(secret) };
}

/** `https://index.docker.io/v1/` → `index.docker.io`. */
function bareHost(name: string): string {
  return name
    .replace(/^https?:\/\//, '')
    .replace(/\/.*$/, '')
    .toLowerCase();
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

function entries(value: unknown): readonly (readonly [string, unknown])[] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}
