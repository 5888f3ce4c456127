import * as z from 'zod';
import * as t from '../texts.ts';

export const image = z
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

export const registry = z
  .strictObject({
    insecure: z.boolean().default(false).meta({
      description: "Plain http, as in Docker's own insecure-registries. A registry on loopback always is.",
    }),
    login: login.optional(),
  })
  .meta({ id: 'registry', description: 'What differs from the default for this registry.' });
