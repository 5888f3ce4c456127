import * as z from 'zod';
import { environment } from './schema/environment.ts';
import { image, registry } from './schema/image.ts';
import { roles } from './schema/policy.ts';
import * as t from './texts.ts';

/**
 * The one source of what hd.yml may say: validation, defaults, the published JSON Schema and the reference
 * page all come from here. A key is in it when the code that enforces it is.
 */

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

export { environment };

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
  roles: roles.default({}),
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
