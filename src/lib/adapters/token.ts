import { ANSWER_MS } from '../domain/limits.ts';
import { Secret } from '../domain/secret.ts';
import { runProgram } from './local/program.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Which GitHub is meant. */
export interface GitHubServer {
  /** `github.com`, or the name of an Enterprise server; with its port, if it has one. */
  host: string;
  /** Base of the REST API, without a slash at its end. */
  apiUrl: string;
  /** For links, without a slash at its end. */
  webUrl: string;
  /** GITHUB_API_URL named it: its neighbour GITHUB_TOKEN is meant for it. */
  explicit: boolean;
}

export interface FoundToken {
  token: Secret;
  /** Where it was found, for people: `GH_TOKEN`, `gh auth token`. */
  source: string;
}

const given = (value: string | undefined): value is string => value !== undefined && value.trim() !== '';

/**
 * GITHUB_API_URL (as GitHub Actions sets it), else GH_HOST (as gh reads it), else github.com. The API of an
 * Enterprise server is at /api/v3, of ghe.com at api.SUB.ghe.com (facts.md, 1).
 */
export function githubServer(env: Env): GitHubServer {
  if (given(env['GITHUB_API_URL'])) {
    const apiUrl = env['GITHUB_API_URL'].replace(/\/+$/, '');
    const url = new URL(apiUrl);
    const host =
      url.host === 'api.github.com' ? 'github.com' : url.host.replace(/^api\.(?=[^.]+\.ghe\.com$)/, '');
    const webUrl = (env['GITHUB_SERVER_URL'] ?? `${url.protocol}//${host}`).replace(/\/+$/, '');
    return { host, apiUrl, webUrl, explicit: true };
  }
  const host = given(env['GH_HOST']) ? env['GH_HOST'].trim().toLowerCase() : 'github.com';
  const api = host === 'github.com' || host.endsWith('.ghe.com') ? `api.${host}` : `${host}/api/v3`;
  return { host, apiUrl: `https://${api}`, webUrl: `https://${host}`, explicit: false };
}

/** Names of variables that may hold a token for this server, strongest first. */
export function tokenVariables(server: GitHubServer): readonly string[] {
  const cloud = server.host === 'github.com' || server.host.endsWith('.ghe.com');
  const plain = ['GH_TOKEN', 'GITHUB_TOKEN'];
  const enterprise = ['GH_ENTERPRISE_TOKEN', 'GITHUB_ENTERPRISE_TOKEN'];
  if (cloud) return plain;
  // A token of github.com is not sent to a server that only GH_HOST names: gh does not either.
  return server.explicit ? [...enterprise, ...plain] : enterprise;
}

/** A token for the server: from the environment, else from gh, if it is there and logged in. */
export async function findToken(
  env: Env,
  server: GitHubServer,
  timeoutMs: number = ANSWER_MS.program,
): Promise<FoundToken | undefined> {
  for (const source of tokenVariables(server)) {
    const value = env[source];
    if (given(value)) return { token: new Secret(value.trim()), source };
  }
  const asked = await runProgram('gh', ['auth', 'token', '--hostname', server.host], { timeoutMs, env });
  const token = asked.status === 0 ? asked.stdout.toString('utf8').trim() : '';
  return token === '' ? undefined : { token: new Secret(token), source: 'gh auth token' };
}
