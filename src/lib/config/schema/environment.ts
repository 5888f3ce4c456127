import * as z from 'zod';
import * as t from '../texts.ts';
import { checks } from './checks.ts';
import { policy } from './policy.ts';

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
    workflow: t.workflowFile.optional().meta({
      description: 'The workflow that deploys to it, for `via: workflow`.',
      examples: ['deploy_backend.yml'],
    }),
    rollback_workflow: t.workflowFile.optional().meta({
      description: 'The workflow that goes back, for `hd rollback` through a workflow.',
      examples: ['rollback.yml'],
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
        "Absolute, on the host: compose's project directory, where releases are kept. Default: `/opt/` and the app's name; for `hosts: [local]`, `.hd/` and the environment's name beside hd.yml. No two environments that are deployed to share one on a host.",
      examples: ['/opt/healthdelta'],
    }),
    project: t.projectName.optional().meta({
      description: "Compose's project name; it never changes, and no two environments that are deployed to share one on a host. Default: the app's name.",
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
    via: z.enum(['here', 'workflow']).default('here').meta({
      description:
        'Where a change is carried out: by the hd that is called, or by a run of the workflow. Inside a run it is always here.',
    }),
    policy: policy.optional(),
    keep: z.int().min(1).max(1000).default(5).meta({
      description: 'How many confirmed releases stay on a host, with their files and images.',
    }),
  })
  .meta({ id: 'environment', description: 'Where a release can be put.' });
