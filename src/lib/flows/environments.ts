import type { Config, Environment } from '../domain/environment.ts';
import { UsageError } from '../domain/errors.ts';
import { list } from '../domain/names.ts';

/** @throws UsageError that names the environments there are */
export function environmentNamed(config: Config, name: string): Environment {
  const environment = Object.hasOwn(config.environments, name) ? config.environments[name] : undefined;
  if (environment === undefined) {
    throw new UsageError(
      `${name} is not an environment of hd.yml`,
      list(Object.keys(config.environments), 'or'),
    );
  }
  return environment;
}

/**
 * As environmentNamed; inside GitHub Actions also by the name that GitHub has for it, since that is what a workflow is
 * given.
 */
export function environmentMeant(
  config: Config,
  name: string,
  env: Readonly<Record<string, string | undefined>>,
): Environment {
  if (env['GITHUB_ACTIONS'] === 'true' && !Object.hasOwn(config.environments, name)) {
    const named = Object.values(config.environments).filter((each) => each.github?.environment === name);
    const [only] = named;
    if (only !== undefined && named.length === 1) return only;
  }
  return environmentNamed(config, name);
}

/** An environment by its name, or by the name of one of its hosts: then that host alone is meant. */
export function environmentOrHost(
  config: Config,
  name: string,
): { environment: Environment; hosts: readonly string[] } {
  if (Object.hasOwn(config.environments, name)) {
    const environment = environmentNamed(config, name);
    return { environment, hosts: environment.hosts.map((host) => host.name) };
  }
  const having = Object.values(config.environments).filter((each) =>
    each.hosts.some((host) => host.name === name),
  );
  const [only] = having;
  if (only === undefined) {
    const names = list(Object.keys(config.environments), 'or');
    throw new UsageError(`${name} is neither an environment of hd.yml nor a host of one`, names);
  }
  if (having.length > 1) {
    const names = list(
      having.map((each) => each.name),
      'or',
    );
    throw new UsageError(`${name} is a host of more than one environment`, names);
  }
  return { environment: only, hosts: [name] };
}

/**
 * HD_LOCAL_HOST: the host that this machine is, on a self-hosted runner say.
 * @throws UsageError if hd.yml has no such host: then another machine would be changed than was meant
 */
export function requireLocalHost(config: Config, name: string | undefined): void {
  if (name === undefined || name === '') return;
  const hosts = Object.values(config.environments).flatMap((each) => each.hosts.map((host) => host.name));
  if (hosts.includes(name)) return;
  throw new UsageError(
    `HD_LOCAL_HOST is ${JSON.stringify(name)}, which is no host of hd.yml`,
    list([...new Set(hosts)], 'or'),
  );
}

/** The one environment that is meant when none is named. */
export function onlyEnvironment(config: Config): Environment {
  const all = Object.values(config.environments);
  const [only] = all;
  if (only === undefined || all.length > 1) {
    throw new UsageError('which environment is not said', list(Object.keys(config.environments), 'or'));
  }
  return only;
}
