import { HdError, UnreachableError } from '../../domain/errors.ts';
import { Exit } from '../../domain/exit.ts';
import { Secret } from '../../domain/secret.ts';
import { parseChallenges, type Challenge } from './challenge.ts';
import type { Credentials } from './credentials.ts';
import { exchange, type Fetch } from './exchange.ts';
import { isLoopback, type RegistryName } from './name.ts';

export interface AuthContext {
  fetch: Fetch;
  timeoutMs: number;
  credentials: Credentials;
}

/**
 * Answers a registry's 401: the value of `authorization` to try next.
 * @see distribution/distribution, docs/content/spec/auth/token.md
 * @throws HdError exit 4 if there is nothing to answer with, UnreachableError if its token service is down
 */
export async function authorize(
  name: RegistryName,
  wwwAuthenticate: string,
  context: AuthContext,
): Promise<Secret> {
  const challenges = parseChallenges(wwwAuthenticate);
  const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
  if (bearer !== undefined) return new Secret(`Bearer ${(await fetchToken(name, bearer, context)).reveal()}`);
  const { credentials } = context;
  if (challenges.some(({ scheme }) => scheme === 'basic') && credentials.kind === 'password') {
    return basic(credentials);
  }
  throw refused(name, credentials);
}

/** @param credentials what was tried */
export function refused(name: RegistryName, credentials: Credentials): HdError {
  const who = credentials.kind === 'password' ? ` as ${credentials.user}` : '';
  const own = credentials.kind === 'password' && credentials.of === 'hd.yml';
  const tried =
    credentials.kind === 'none' ? 'without a login' : `with the login of ${own ? 'hd.yml' : 'docker'}${who}`;
  const why = credentials.kind === 'none' ? credentials.why : undefined;
  return new HdError(
    'registry-not-allowed',
    Exit.notAllowed,
    `${name.host} does not allow reading ${name.path}`,
    {
      facts: [
        { label: 'seen', text: `asked ${tried}; a repository that is not there can look the same` },
        ...(why === undefined ? [] : [{ label: 'why', text: why }]),
      ],
      next: own ? [] : [{ command: ['docker', 'login', ...(name.host === 'docker.io' ? [] : [name.host])] }],
    },
  );
}

async function fetchToken(
  name: RegistryName,
  { parameters }: Challenge,
  context: AuthContext,
): Promise<Secret> {
  const { credentials } = context;
  const realm = URL.canParse(parameters['realm'] ?? '') ? new URL(parameters['realm'] ?? '') : undefined;
  if (realm === undefined || !/^https?:$/.test(realm.protocol)) {
    throw new UnreachableError('registry', `${name.host} names no token service`);
  }
  const anonymous = credentials.kind === 'none';
  if (!anonymous && !mayHear(name, realm)) {
    throw new HdError(
      'registry-insecure-realm',
      Exit.notAllowed,
      `${name.host} wants its login sent to ${realm.origin}, unencrypted: not sent`,
    );
  }
  const scope = parameters['scope'] ?? `repository:${name.path}:pull`;
  const query = { ...(parameters['service'] === undefined ? {} : { service: parameters['service'] }), scope };
  const common = {
    timeoutMs: context.timeoutMs,
    maxBytes: 1024 * 1024,
    registry: realm.host,
  };
  let answer;
  if (credentials.kind === 'identity') {
    const form = new URLSearchParams({
      ...query,
      grant_type: 'refresh_token',
      client_id: 'hd',
      refresh_token: credentials.token.reveal(),
    });
    answer = await exchange(context.fetch, { ...common, url: realm, headers: {}, form });
  } else {
    for (const [key, value] of Object.entries(query)) realm.searchParams.set(key, value);
    const headers: Record<string, string> =
      credentials.kind === 'password' ? { authorization: basic(credentials).reveal() } : {};
    answer = await exchange(context.fetch, { ...common, url: realm, headers });
  }
  if (answer.status === 401 || answer.status === 403 || answer.status === 400 || answer.status === 404) {
    throw refused(name, credentials);
  }
  const token = answer.status === 200 ? readToken(answer.body) : undefined;
  if (token === undefined) {
    throw new UnreachableError(
      'registry',
      `${realm.host}, the token service of ${name.host}, answered ${answer.status}`,
    );
  }
  return token;
}

/** Credentials go over https, to loopback, or to a registry of which hd.yml says that it is insecure. */
function mayHear(name: RegistryName, realm: URL): boolean {
  return realm.protocol === 'https:' || isLoopback(realm.host) || realm.origin === name.origin;
}

function readToken(body: Buffer): Secret | undefined {
  try {
    const answer = JSON.parse(body.toString('utf8')) as { token?: unknown; access_token?: unknown } | null;
    const token = answer?.token ?? answer?.access_token;
    return typeof token === 'string' && /^[\x21-\x7e]+$/.test(token) ? new Secret(token) : undefined;
  } catch {
    return undefined;
  }
}

function basic({ user, password }: { user: string; password: Secret }): Secret {
  return new Secret(`Basic ${Buffer.from(`${user}:${password.reveal()}`).toString('base64')}`);
}
