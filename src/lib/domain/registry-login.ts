import type { Config, LoginSource } from './environment.ts';
import { UsageError } from './errors.ts';
import { Secret } from './secret.ts';

export interface RegistryLogin {
  username: string;
  password: Secret;
}

type Env = Readonly<Record<string, string | undefined>>;

/** The logins of hd.yml by their registry's host; one whose variable is not set is left out. */
export function registryLogins(
  registries: Config['registries'],
  env: Env,
): ReadonlyMap<string, RegistryLogin> {
  const found = Object.entries(registries).flatMap(([host, { login }]): [string, RegistryLogin][] => {
    const password = login === undefined ? '' : (env[login.passwordEnv] ?? '');
    if (login === undefined || password === '') return [];
    return [[host.toLowerCase(), { username: login.username, password: new Secret(password) }]];
  });
  return new Map(found);
}

/**
 * Before anything is begun; going back does not wait for it, since the image may be on the host.
 * @throws UsageError naming the variable
 */
export function requireLogins(registries: Config['registries'], env: Env): void {
  for (const [host, { login }] of Object.entries(registries)) {
    if (login !== undefined && (env[login.passwordEnv] ?? '') === '') throw missingPassword(host, login);
  }
}

export function missingPassword(host: string, { passwordEnv }: LoginSource): UsageError {
  return new UsageError(
    `the login of ${host} needs ${passwordEnv}, which is not set`,
    `export ${passwordEnv}=…`,
  );
}
