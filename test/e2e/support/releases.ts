/** Releases for the end-to-end tests: commits, tags and images, made past `hd release`, which has tests of its own. */
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Docker } from '../../../src/lib/lab/docker.ts';
import type { TestLab } from './lab.ts';

export interface Recipe {
  version: string;
  /** Of the sample service: `ready=never`. */
  behaviour?: string;
  /** Compose files and what they mount: path → text. */
  files: Readonly<Record<string, string>>;
  /** What the image's labels say instead of the truth. */
  labels?: { version?: string; revision?: string };
  /** Only a tag: nothing was built for it. */
  withoutImage?: boolean;
}

export interface Built {
  tag: string;
  commit: string;
  /** `repository@sha256:…`; absent without an image. */
  image?: string;
}

/** Commits and tags every recipe in this order, pushes it all, and builds the images beside each other. */
export async function makeReleases(
  lab: TestLab,
  recipes: readonly Recipe[],
): Promise<ReadonlyMap<string, Built>> {
  const commits = new Map<string, string>();
  for (const recipe of recipes) {
    const behaviour = behaviourFile(recipe);
    const commit = await lab.commit({ ...recipe.files, behaviour }, `Make ${recipe.version}`);
    await lab.git('tag', '--annotate', '--message', recipe.version, `v${recipe.version}`);
    commits.set(recipe.version, commit);
  }
  await lab.git('push', '--quiet', 'origin', '--tags');
  const queue = [...recipes];
  const made = new Map<string, Built>();
  const work = async (): Promise<void> => {
    for (let recipe = queue.shift(); recipe !== undefined; recipe = queue.shift()) {
      const commit = commits.get(recipe.version) ?? '';
      const image = recipe.withoutImage === true ? undefined : await build(lab, recipe, commit);
      const tag = `v${recipe.version}`;
      made.set(tag, { tag, commit, ...(image === undefined ? {} : { image }) });
    }
  };
  await Promise.all([work(), work(), work()]);
  return made;
}

function behaviourFile({ version, behaviour = '' }: Recipe): string {
  return `# ${version}\n${behaviour}\n`;
}

/** Builds and pushes the image under the version's tag and the commit's; gives back `repository@digest`. */
async function build(lab: TestLab, recipe: Recipe, commit: string): Promise<string> {
  const context = await mkdtemp(join(tmpdir(), 'hd-test-build-'));
  try {
    for (const file of ['Dockerfile', 'server.pl']) await cp(join(lab.project, file), join(context, file));
    // With its version in it, no image has a layer that another one has brought to a host.
    await writeFile(join(context, 'behaviour'), behaviourFile(recipe));
    const args = {
      VERSION: recipe.labels?.version ?? recipe.version,
      REVISION: recipe.labels?.revision ?? commit,
      CREATED: new Date().toISOString(),
      SOURCE: 'https://github.example/acme/healthdelta',
    };
    const repository = `${lab.registry}/acme/healthdelta-backend`;
    const tags = [`${repository}:v${recipe.version}`, `${repository}:${commit}`];
    const docker = new Docker(lab.lab.dockerHost);
    await docker.run([
      ...['build', '--quiet', ...tags.flatMap((tag) => ['--tag', tag])],
      ...Object.entries(args).flatMap(([key, value]) => ['--build-arg', `${key}=${value}`]),
      context,
    ]);
    for (const tag of tags) await docker.run(['push', '--quiet', tag]);
    const answer = await fetch(`http://${lab.registry}/v2/acme/healthdelta-backend/manifests/${commit}`, {
      method: 'HEAD',
      headers: { accept: MANIFESTS },
    });
    return `${repository}@${answer.headers.get('docker-content-digest') ?? ''}`;
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}

export const MANIFESTS = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');
