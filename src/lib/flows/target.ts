import { sha256 } from '../domain/canonical.ts';
import type { Environment } from '../domain/environment.ts';
import { UsageError } from '../domain/errors.ts';
import type { ShippedFile } from '../domain/manifest.ts';
import type { ObservedHost } from '../domain/observed.ts';
import { releaseName, type Release } from '../domain/release.ts';
import { DEPLOYMENT_MARK } from '../domain/plan.ts';
import { parseVersion, shortCommit, tagOf } from '../domain/version.ts';
import { cameFrom, isPinned, repositoryOf, tagOfReference } from '../drivers/compose/kept.ts';
import { composeModel, type ComposeModel } from '../drivers/compose/model.ts';
import { PINS_FILE } from '../drivers/compose/pins.ts';
import { referencedPaths } from '../drivers/compose/references.ts';
import type { Target } from '../drivers/driver.ts';
import type { Sources } from '../ports.ts';
import { releaseOfCommit, releaseOfDigests, releaseOfTag, type ResolvedRelease } from './resolve.ts';
import type { World } from './world.ts';

/** What a person asked for: `--tag v1.4.0`, `--commit SHA`, or a release whose digests are known by now. */
export type Wanted =
  | { tag: string; worktree: boolean }
  | { commit: string; worktree: boolean }
  | { release: Release; worktree: boolean };

/** @throws UsageError unless exactly one of the two is given */
export function wantedOf(flags: {
  tag?: string | undefined;
  commit?: string | undefined;
  worktree: boolean;
}): Wanted {
  const { tag, commit, worktree } = flags;
  if (tag !== undefined && commit === undefined) return { tag: tagOf(parseVersion(tag)), worktree };
  if (commit !== undefined && tag === undefined) {
    if (/^[0-9a-f]{7,40}$/.test(commit)) return { commit, worktree };
    throw new UsageError(`${JSON.stringify(commit)} is not a commit: 7 to 40 hexadecimal digits are needed`);
  }
  const both = tag !== undefined;
  throw new UsageError(
    both ? '--tag and --commit are given, and they exclude each other' : 'which release is not said',
    '--tag v1.4.0',
  );
}

export interface ResolvedTarget {
  target: Target;
  /** SHA-256 in hexadecimal → content of every shipped file. */
  blobs: ReadonlyMap<string, Uint8Array>;
  /** Compressed sizes of the images' layers, by the names that Docker prints; empty if the registry was not asked. */
  layers: ReadonlyMap<string, number>;
}

/**
 * The tag → release: commit, digests, and files from that commit (D1). From here on nothing mutable is used.
 * @throws UsageError (exit 2) for a tag that is nowhere; HdError exit 5 for a digest that is missing or a label that lies
 */
export async function resolveTarget(
  world: World,
  environment: Environment,
  wanted: Wanted,
): Promise<ResolvedTarget> {
  const { release, layers } = await resolvedRelease(world, wanted);
  const sources = wanted.worktree ? await world.worktree() : await world.sources();
  return { ...(await shippedTarget(sources, environment, release)), layers };
}

function resolvedRelease(world: World, wanted: Wanted): Promise<ResolvedRelease> {
  if ('release' in wanted) return releaseOfDigests(world, wanted.release);
  return 'tag' in wanted ? releaseOfTag(world, wanted.tag) : releaseOfCommit(world, wanted.commit);
}

/** The compose files and what they refer to, as far as the commit has it. */
export async function shippedTarget(
  sources: Sources,
  environment: Environment,
  release: Release,
): Promise<ResolvedTarget> {
  const blobs = new Map<string, Uint8Array>();
  const shipped = new Map<string, ShippedFile>();
  const ship = async (path: string): Promise<Uint8Array | undefined> => {
    const file = await sources.read(release.commit, path);
    if (file === undefined) return undefined;
    const hash = sha256(file.content);
    blobs.set(hash, file.content);
    shipped.set(path, { path, sha256: hash, executable: file.executable });
    return file.content;
  };
  const composeTexts = await Promise.all(
    environment.compose.map(async (path) => {
      const content = await ship(path);
      if (content === undefined) {
        const name = release.tag ?? release.commit;
        throw new UsageError(
          `${path} is not in ${name} (${shortCommit(release.commit)})`,
          `the files of ${environment.name} in compose: of hd.yml`,
        );
      }
      return new TextDecoder().decode(content);
    }),
  );
  const model = composeModel(
    environment.compose.map((path, index) => ({ path, text: composeTexts[index] ?? '' })),
  );
  requireServices(release, Object.keys(model.services), environment);
  const referenced = await Promise.all(
    referencedPaths(model).map(async (path) => {
      const found = await sources.list(release.commit, path);
      return isWrittenTo(model, path, found) ? [] : found;
    }),
  );
  await Promise.all(referenced.flat().map(ship));
  const taken = RESERVED.find((path) => shipped.has(path));
  if (taken !== undefined)
    throw new UsageError(
      `${taken} is mounted from the repository's root, and hd has a file of that name`,
      'another name',
    );
  const files = [...shipped.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  return {
    target: {
      release,
      deployment: DEPLOYMENT_MARK,
      compose: environment.compose,
      files,
      composeTexts,
      resolved: {},
    },
    blobs,
    layers: new Map(),
  };
}

/** What hd itself writes into a release's directory. */
const RESERVED = ['manifest.json', PINS_FILE];
/** Files that only keep a folder in git. */
const PLACEHOLDER = /(^|\/)\.(gitkeep|gitignore|keep)$/;

/**
 * A folder that a service may write to is its data, and stays where it is: the content of the commit never replaces it.
 * @throws UsageError if the commit has more in it than what keeps the folder in git
 */
function isWrittenTo(model: ComposeModel, path: string, found: readonly string[]): boolean {
  const users = Object.entries(model.services).filter(([, { binds }]) =>
    binds.some((bind) => bind.source === path && !bind.readOnly),
  );
  const [user] = users;
  if (user === undefined || found.includes(path)) return false;
  const content = found.find((file) => !PLACEHOLDER.test(file));
  if (content === undefined) return true;
  throw new UsageError(
    `${user[0]} mounts ${path} writable, and the release has ${content} in it: hd can't tell data from files`,
    `${path}:…:ro, or keep ${path} out of the repository`,
  );
}

function requireServices(release: Release, services: readonly string[], environment: Environment): void {
  for (const service of Object.keys(release.images)) {
    if (!services.includes(service)) {
      throw new UsageError(
        `images.${service} of hd.yml is no service of ${environment.compose.join(', ')}`,
        `one of ${services.join(', ') || 'its services'}`,
      );
    }
  }
}

/** Digests for images that the release does not replace and that run nowhere yet (D6). */
export async function resolveOthers(
  world: World,
  target: Target,
  observed: readonly ObservedHost[],
): Promise<Target> {
  const model = composeModel(
    target.compose.map((path, index) => ({ path, text: target.composeTexts[index] ?? '' })),
  );
  const wanted = new Set(
    Object.entries(model.services).flatMap(([name, { image, profiled }]) => {
      if (image === undefined || profiled || target.release.images[name] !== undefined) return [];
      if (isPinned(image) || image.includes('$')) return [];
      const runs = observed.every((each) =>
        each.containers.some((one) => one.service === name && cameFrom(image, one, each.current?.kept[name])),
      );
      return runs ? [] : [image];
    }),
  );
  const registry = await world.registry();
  const resolved = await Promise.all(
    [...wanted].map(async (image) => {
      const found = await registry.resolve(repositoryOf(image), tagOfReference(image));
      return found === undefined ? [] : [[image, `${repositoryOf(image)}@${found.digest}`] as const];
    }),
  );
  return { ...target, resolved: Object.fromEntries(resolved.flat()) };
}

/** For messages: the tag if it is one. */
export function wantedName(wanted: Wanted): string {
  if ('release' in wanted) return releaseName(wanted.release);
  return 'tag' in wanted ? wanted.tag : shortCommit(wanted.commit);
}
