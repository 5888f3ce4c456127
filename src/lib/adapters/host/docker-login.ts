import type { RegistryLogin } from '../../domain/registry-login.ts';
import { Secret } from '../../domain/secret.ts';
import { parseName } from '../registry/name.ts';

/**
 * What a host's Docker needs to know for this command alone: `docker pull IMAGE` from a registry that hd.yml has a login
 * for gets a configuration with it. Undefined for every other command, which goes with the host's own login.
 */
export function dockerLoginFor(
  argv: readonly string[],
  logins: ReadonlyMap<string, RegistryLogin>,
): Secret | undefined {
  const [docker, pull, image] = argv;
  if (docker !== 'docker' || pull !== 'pull' || image === undefined) return undefined;
  const { host } = parseName(image.replace(/@.*$/, ''), () => false);
  const login = logins.get(host);
  if (login === undefined) return undefined;
  const auth = Buffer.from(`${login.username}:${login.password.reveal()}`).toString('base64');
  const server = host === 'docker.io' ? 'https://index.docker.io/v1/' : host;
  return new Secret(`${JSON.stringify({ auths: { [server]: { auth } } })}\n`);
}
