import { homedir } from 'node:os';
import { join, posix, resolve } from 'node:path';
import type {
  Checks,
  Config,
  Environment,
  HostSpec,
  HttpCheck,
  ImageSource,
  RepositoryName,
  SmokeCheck,
} from '../domain/environment.ts';
import { buildPolicy } from './build-policy.ts';
import type { EnvironmentText, ProjectText } from './schema.ts';

interface Place {
  file: string;
  root: string;
}

/** hd.yml's own names and forms → the domain's. Everything is checked by now. */
export function buildConfig(
  place: Place,
  project: ProjectText,
  environments: ReadonlyMap<string, EnvironmentText>,
  repository: RepositoryName | undefined,
): Config {
  return {
    ...place,
    app: project.app,
    ...(repository === undefined ? {} : { repository }),
    images: table(Object.entries(project.images).map(([name, image]) => [name, buildImage(image)])),
    registries: table(
      Object.entries(project.registries).map(([host, { insecure, login }]) => [
        host,
        {
          insecure,
          ...(login && { login: { username: login.username, passwordEnv: login.password_env } }),
        },
      ]),
    ),
    release: project.release,
    ledger: {
      publish: project.ledger.publish,
      ...(project.ledger.git_ref === undefined ? {} : { gitRef: project.ledger.git_ref }),
    },
    roles: table(Object.entries(project.roles)),
    environments: table(
      [...environments].map(([name, text]) => [name, buildEnvironment(place, project.app, name, text)]),
    ),
  };
}

/** Without a prototype: a name that a person types (`constructor`) finds only what hd.yml has. */
function table<T>(entries: readonly (readonly [string, T])[]): Readonly<Record<string, T>> {
  return Object.assign(Object.create(null) as Record<string, T>, Object.fromEntries(entries));
}

export function parseRepository(text: string): RepositoryName {
  const [owner = '', name = ''] = text.split('/');
  return { owner, name };
}

function buildImage(image: ProjectText['images'][string]): ImageSource {
  if (typeof image === 'string') return { repository: image, tag: 'v{version}', commitTag: '{sha}' };
  return { repository: image.repository, tag: image.tag, commitTag: image.commit_tag };
}

function buildEnvironment(place: Place, app: string, name: string, text: EnvironmentText): Environment {
  const hosts = text.hosts.map((host) => buildHost(place.root, host));
  const here = hosts.every(({ local }) => local);
  return {
    name,
    production: text.production,
    hosts,
    directory: text.directory ?? (here ? join(place.root, '.hd', name) : `/opt/${app}`),
    project: text.project ?? app,
    compose: text.compose.map((path) => posix.normalize(path)),
    envFiles: text.env_files.map((path) => posix.normalize(path)),
    ...(text.url === undefined ? {} : { url: text.url.replace(/\/+$/, '') }),
    probe: text.probe,
    rollout: {
      strategy: text.rollout.strategy,
      settleMs: text.rollout.settle,
      timeoutMs: text.rollout.timeout,
      ...(text.rollout.max_downtime === undefined ? {} : { maxDowntimeMs: text.rollout.max_downtime }),
    },
    checks: buildChecks(text.checks),
    ...(here && text.github === undefined ? {} : { github: buildGitHub(name, text.github) }),
    via: text.via,
    ...(text.policy === undefined ? {} : { policy: buildPolicy(text.policy) }),
    keep: text.keep,
  };
}

function buildGitHub(name: string, text: EnvironmentText['github']): NonNullable<Environment['github']> {
  return {
    environment: text?.environment ?? name,
    ...(text?.workflow === undefined ? {} : { workflow: text.workflow }),
    ...(text?.rollback_workflow === undefined ? {} : { rollbackWorkflow: text.rollback_workflow }),
  };
}

function buildHost(root: string, host: EnvironmentText['hosts'][number]): HostSpec {
  if (typeof host === 'string') return { name: host, local: host === 'local' };
  const { identity_file: keyFile, name, address, port, user } = host;
  return {
    name,
    local: false,
    ...(address === undefined ? {} : { address }),
    ...(port === undefined ? {} : { port }),
    ...(user === undefined ? {} : { user }),
    ...(keyFile === undefined ? {} : { identityFile: resolve(root, keyFile.replace(/^~(?=\/)/, homedir())) }),
  };
}

function buildChecks(text: EnvironmentText['checks']): Checks {
  const { live, ready, version } = text;
  return {
    ...(live === undefined ? {} : { live: buildHttp(live) }),
    ...(ready === undefined ? {} : { ready: buildHttp(ready) }),
    ...(version === undefined
      ? {}
      : {
          version: {
            ...buildHttp(version),
            versionField: version.version_field,
            commitField: version.commit_field,
          },
        }),
    smoke: text.smoke.map(buildSmoke),
    logs: { sinceMs: text.logs.since, forbid: text.logs.forbid },
  };
}

function buildHttp(text: NonNullable<EnvironmentText['checks']['live']>): HttpCheck {
  const { status, json, within } = text.expect;
  return {
    path: text.path,
    attempts: text.attempts,
    delayMs: text.delay,
    initialWaitMs: text.initial_wait,
    timeoutMs: text.timeout,
    expect: {
      status,
      ...(json === undefined ? {} : { json }),
      ...(within === undefined ? {} : { withinMs: within }),
    },
  };
}

function buildSmoke(text: EnvironmentText['checks']['smoke'][number]): SmokeCheck {
  if ('run' in text) return { kind: 'command', name: text.name, run: text.run, timeoutMs: text.timeout };
  return {
    kind: 'http',
    name: text.name,
    ...buildHttp(text),
    ...(text.token_env === undefined ? {} : { tokenEnv: text.token_env }),
  };
}
