import * as z from 'zod';
import * as t from './texts.ts';

/**
 * The one source of what hd.yml may say: validation, defaults, the published JSON Schema and the reference
 * page all come from here. A key is in it when the code that enforces it is.
 */

const image = z
  .strictObject({
    repository: t.imageRepository.meta({
      description: 'Where the image is kept, with its registry, without a tag.',
      examples: ['ghcr.io/acme/worker'],
    }),
    tag: t.versionTag
      .prefault('v{version}')
      .meta({ description: 'The tag that the release workflow pushes for a version.' }),
    commit_tag: t.commitTag
      .prefault('{sha}')
      .meta({ description: 'The tag that a build of a commit pushes, for `hd deploy ENV --commit SHA`.' }),
  })
  .meta({ id: 'image', description: 'An image, the long form.' });

const login = z
  .strictObject({
    username: t.registryUser.meta({ description: 'Whom to log in as.', examples: ['acme-deploy'] }),
    password_env: t.variable.meta({
      description: "The variable of the operator's environment that holds the password or token.",
      examples: ['HD_REGISTRY_PASSWORD'],
    }),
  })
  .meta({
    id: 'login',
    description:
      'Instead of what `docker login` keeps here and on the hosts: hd reads with it, and hosts get it for a pull.',
  });

const registry = z
  .strictObject({
    insecure: z.boolean().default(false).meta({
      description: "Plain http, as in Docker's own insecure-registries. A registry on loopback always is.",
    }),
    login: login.optional(),
  })
  .meta({ id: 'registry', description: 'What differs from the default for this registry.' });

const release = z
  .strictObject({
    branch: t.branch
      .prefault('main')
      .meta({ description: 'A release is cut from this branch; `hd release --branch` names another.' }),
    workflow: t.workflowFile
      .prefault('release.yml')
      .meta({ description: 'The workflow whose run the tag starts; hd follows it.' }),
  })
  .meta({ id: 'release', description: 'How a release comes to be.' });

const host = z
  .strictObject({
    name: t.hostName.meta({
      description: 'As people call it, and what the ledger says.',
      examples: ['orin'],
    }),
    address: t.address.optional().meta({
      description: 'Where it is, if the ssh configuration does not say so under its name.',
      examples: ['192.0.2.10'],
    }),
    port: z
      .int()
      .min(1)
      .max(65_535)
      .optional()
      .meta({ description: 'The port of its sshd.', examples: [22] }),
    user: t.userName.optional().meta({ description: 'Whom to log in as.', examples: ['deploy'] }),
    identity_file: t.keyFile.optional().meta({
      description: 'A private key; relative to hd.yml, or below the home folder with `~/`.',
      examples: ['~/.ssh/id_ed25519'],
    }),
  })
  .refine((value) => value.name !== 'local', {
    path: ['name'],
    error: 'local is this machine, without SSH\nhosts: [local]',
  })
  .meta({
    id: 'host',
    description: 'A host, the long form; what is left out comes from the ssh configuration.',
  });

const hosts = z
  .array(z.union([t.hostName, host]))
  .min(1)
  .max(100)
  .refine((list) => new Set(list.map(nameOf)).size === list.length, { error: 'a host stands twice' });

function nameOf(value: string | { name: string }): string {
  return typeof value === 'string' ? value : value.name;
}

const retry = {
  attempts: z.int().min(1).max(1000).default(20).meta({ description: 'How often to ask at most.' }),
  delay: t.duration.prefault('500ms').meta({ description: 'Between two attempts.' }),
  initial_wait: t.duration.prefault('0s').meta({ description: 'Before the first attempt.' }),
  timeout: t.duration.prefault('5s').meta({ description: 'For one attempt.' }),
};

const expectation = z
  .strictObject({
    status: z.int().min(100).max(599).default(200).meta({ description: 'The status of HTTP.' }),
    json: z
      .record(t.fieldPath, z.union([z.string(), z.number(), z.boolean(), z.null()]))
      .optional()
      .meta({
        description: 'Fields of the JSON body, by dotted path, and the value that each must equal.',
        examples: [{ 'database.status': 'ok' }],
      }),
    within: t.duration
      .optional()
      .meta({ description: 'The answer must have come within this time.', examples: ['2s'] }),
  })
  .meta({ id: 'expect', description: 'What the answer must be.' });

const http = { ...retry, expect: expectation.prefault({}).meta({ description: 'What the answer must be.' }) };

const live = z
  .strictObject({ path: t.urlPath.prefault('/healthz').meta({ description: 'Where to ask.' }), ...http })
  .meta({ id: 'live', description: 'The process is up. Recommended.' });

const ready = z
  .strictObject({ path: t.urlPath.prefault('/ready').meta({ description: 'Where to ask.' }), ...http })
  .meta({ id: 'ready', description: 'It can serve: database reachable, migrations applied. Recommended.' });

const version = z
  .strictObject({
    path: t.urlPath.prefault('/version').meta({ description: 'Where to ask.' }),
    version_field: t.fieldPath
      .prefault('version')
      .meta({ description: 'The field of the JSON body, by dotted path, that holds X.Y.Z.' }),
    commit_field: t.fieldPath
      .prefault('git_sha')
      .meta({ description: 'The field, by dotted path, that holds the commit.' }),
    ...http,
  })
  .meta({
    id: 'version',
    description: 'The service says itself which version and commit it is. Recommended.',
  });

const smokeName = t.checkName.meta({ description: 'How it is called in findings.', examples: ['status'] });

const smokeHttp = z
  .strictObject({
    name: smokeName,
    path: t.urlPath.meta({ description: 'Where to ask.', examples: ['/api/v1/system/status'] }),
    token_env: t.variable.optional().meta({
      description: "The variable of the operator's environment that holds a bearer token.",
      examples: ['HD_SMOKE_TOKEN'],
    }),
    ...http,
  })
  .meta({ id: 'smoke_http', description: 'A request.' });

const smokeCommand = z
  .strictObject({
    name: smokeName,
    run: z
      .array(t.argument)
      .min(1)
      .meta({
        description:
          "A program and its arguments, run on the operator's machine without a shell; exit 0 passes.",
        examples: [['npm', 'run', 'smoke']],
      }),
    timeout: t.duration.prefault('1m').meta({ description: 'For the whole command.' }),
  })
  .meta({ id: 'smoke_command', description: 'A command.' });

const smoke = z
  .array(z.union([smokeHttp, smokeCommand]))
  .refine((list) => new Set(list.map(({ name }) => name)).size === list.length, {
    error: 'a name stands twice: each smoke check has its own',
  });

const logs = z
  .strictObject({
    since: t.duration.prefault('2m').meta({ description: 'How far back to read, at most to the start.' }),
    forbid: z
      .array(t.literal)
      .default(['FATAL', 'Traceback', 'panic:'])
      .meta({ description: 'Literal texts; a line with one of them fails the check. `[]` turns it off.' }),
  })
  .meta({ id: 'logs', description: "The services' last log lines." });

const checks = z
  .strictObject({
    live: live.optional(),
    ready: ready.optional(),
    version: version.optional(),
    smoke: smoke.default([]).meta({ description: 'Further proofs: requests and commands. Default: none.' }),
    logs: logs.prefault({}),
  })
  .meta({ id: 'checks', description: 'What `hd verify` proves, beside digests, restarts and health.' });

const rollout = z
  .strictObject({
    strategy: z.enum(['recreate']).default('recreate').meta({
      description: '`recreate`: compose stops the old container and starts the new one.',
    }),
    settle: t.duration.prefault('3s').meta({
      description: 'From the start of a container: it must not exit or restart, and be ready.',
    }),
    timeout: t.duration.prefault('60s').meta({
      description: 'Until every service runs, and is healthy where it has a healthcheck.',
    }),
    max_downtime: t.duration.optional().meta({
      description: 'Longer than this without an answer during the switch fails the deployment; needs `url`.',
      examples: ['10s'],
    }),
  })
  .meta({ id: 'rollout', description: 'How a release replaces the one before.' });

const github = z
  .strictObject({
    environment: t.githubEnvironment.optional().meta({
      description: "Its name on GitHub. Default: the environment's own.",
      examples: ['orin'],
    }),
  })
  .meta({
    id: 'github',
    description:
      'Where its deployments are shown on GitHub. With `hosts: [local]` they are shown only if this is here.',
  });

export const environment = z
  .strictObject({
    extends: t.environmentName.optional().meta({
      description: 'An environment to inherit from: maps merge, lists and single values replace.',
      examples: ['staging'],
    }),
    production: z
      .boolean()
      .default(false)
      .meta({ description: 'Its name must be typed, or given with `--confirm`; `--worktree` is refused.' }),
    hosts: hosts.meta({
      description:
        'A Host of the ssh configuration each, or the long form; `local` is this machine, without SSH.',
      examples: [['orin']],
    }),
    directory: t.directory.optional().meta({
      description:
        "Absolute, on the host: compose's project directory, where releases are kept. Default: `/opt/` and the app's name; for `hosts: [local]`, `.hd/` and the environment's name beside hd.yml.",
      examples: ['/opt/healthdelta'],
    }),
    project: t.projectName.optional().meta({
      description: "Compose's project name; it never changes. Default: the app's name.",
      examples: ['healthdelta'],
    }),
    compose: z.array(t.pathBelow).min(1).default(['compose.yaml']).meta({
      description: "The compose files, from the repository's root, in compose's order.",
    }),
    env_files: z.array(t.pathBelow).default([]).meta({
      description:
        'Files kept on the host, below `directory`: checked for presence and mode, never read back or shipped.',
    }),
    url: t.baseUrl.optional().meta({
      description: 'The base of every HTTP check, as `probe` sees it.',
      examples: ['http://127.0.0.1:8000'],
    }),
    probe: z.enum(['host', 'operator']).default('host').meta({
      description: 'Where HTTP checks ask from: each host itself, or the machine that hd runs on.',
    }),
    rollout: rollout.prefault({}),
    checks: checks.prefault({}),
    github: github.optional(),
    keep: z.int().min(1).max(1000).default(5).meta({
      description: 'How many confirmed releases stay on a host, with their files and images.',
    }),
  })
  .meta({ id: 'environment', description: 'Where a release can be put.' });

const ledger = z
  .strictObject({
    publish: z.boolean().default(true).meta({
      description:
        "Keep each deployment in step on GitHub, with the ledger's head, where there is a `repository`.",
    }),
    git_ref: t.gitRef.optional().meta({
      description:
        "Also commit each environment's head to this ref and the environment's name: `refs/hd/ledger/prod`.",
      examples: ['refs/hd/ledger'],
    }),
  })
  .meta({ id: 'ledger', description: "Where the ledger's head is kept besides the hosts." });

/** All but the environments, which are checked one by one, after `extends` was resolved. */
export const project = z.strictObject({
  requires: t.versionRange.optional().meta({
    description: 'The versions of hd that can read this file.',
    examples: ['>=0.1.0'],
  }),
  app: t.projectName.meta({ description: "The application's name.", examples: ['healthdelta'] }),
  repository: t.ownerAndName.optional().meta({
    description: 'On GitHub. Default: what the git remote `origin` points to.',
    examples: ['acme/healthdelta'],
  }),
  images: z
    .record(t.serviceName, z.union([t.imageRepository, image]))
    .refine((images) => Object.keys(images).length > 0, {
      error: 'at least one image\nbackend: ghcr.io/owner/name',
    })
    .meta({
      description: 'What a release replaces: by compose service, the image, without a tag, or its long form.',
      examples: [{ backend: 'ghcr.io/acme/healthdelta-backend' }],
    }),
  registries: z
    .record(t.registryHost, registry)
    .default({})
    .meta({
      description: 'Only where something differs from the default.',
      examples: [{ '10.0.0.5:5000': { insecure: true } }],
    }),
  release: release.prefault({}),
  ledger: ledger.prefault({}),
});

export const file = project
  .extend({
    environments: z.record(t.environmentName, environment).meta({
      description: 'Where releases can be put, by name.',
      examples: [{ orin: { hosts: ['orin'] } }],
    }),
  })
  .meta({ title: 'hd.yml', description: 'What hd knows of a project.' });

export type ProjectText = z.infer<typeof project>;
export type EnvironmentText = z.infer<typeof environment>;
