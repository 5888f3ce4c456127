import type { Config } from '../domain/environment.ts';
import { Exit } from '../domain/exit.ts';
import { HdError, UsageError } from '../domain/errors.ts';
import { list } from '../domain/names.ts';
import { releaseName, shortDigest, type ImageRef, type Release } from '../domain/release.ts';
import { parseVersion, shortCommit, tagOf, type Commit } from '../domain/version.ts';
import { layerName } from '../engine/pull-progress.ts';
import type { ResolvedImage } from '../ports.ts';
import type { World } from './world.ts';

export interface ResolvedRelease {
  release: Release;
  layers: ReadonlyMap<string, number>;
}

/** The tag → release: its commit from GitHub, its digests from the registry, and the labels must agree (S0-9, S0-10). */
export async function releaseOfTag(world: World, text: string): Promise<ResolvedRelease> {
  const version = parseVersion(text);
  const tag = tagOf(version);
  const { config } = world;
  const [commit, found] = await Promise.all([
    world.github().then((github) => github?.tag(tag)),
    resolveImages(world, (source) => source.tag.replaceAll('{version}', version)),
  ]);
  if (config.repository !== undefined && commit === undefined) {
    throw new UsageError(
      `${tag} is not a tag of ${config.repository.owner}/${config.repository.name}`,
      undefined,
      {
        next: [{ remark: `make it`, command: ['hd', 'release', version] }],
      },
    );
  }
  const images = requireImages(found, tag);
  const revision = commit?.commit ?? commonLabel(images, 'org.opencontainers.image.revision', tag);
  checkLabels(images, { version, revision, name: tag });
  return { release: { version, tag, commit: revision, images: pinned(images) }, layers: layersOf(images) };
}

/** The same for a commit without a tag: its version is what its image's label says. */
export async function releaseOfCommit(world: World, text: string): Promise<ResolvedRelease> {
  const github = await world.github();
  const commit = github === undefined ? text : (await github.commit(text))?.sha;
  if (commit === undefined || !/^[0-9a-f]{40}$/.test(commit))
    throw new UsageError(`${text} is not a commit of the repository`);
  const name = shortCommit(commit);
  const images = requireImages(
    await resolveImages(world, (source) => source.commitTag.replaceAll('{sha}', commit)),
    name,
  );
  const version = commonLabel(images, 'org.opencontainers.image.version', name);
  checkLabels(images, { revision: commit, name });
  return { release: { version, commit, images: pinned(images) }, layers: layersOf(images) };
}

/**
 * A release whose digests are known: confirmed elsewhere, or planned before. Each image must be in its registry by that
 * digest, its labels must agree, and the tag must name no other by now: a tag may differ, the digest may not (T15).
 * @throws HdError exit 5 for what is missing, lies or moved; UsageError where hd.yml names other services
 */
export async function releaseOfDigests(world: World, release: Release): Promise<ResolvedRelease> {
  const name = releaseName(release);
  requireSameServices(world.config, release);
  const registry = await world.registry();
  const [found] = await Promise.all([
    resolvedAll(release, (image) => registry.resolve(image.repository, image.digest)),
    requireTagStays(world, release),
  ]);
  const images = requireImages(found, name);
  const version = release.tag === undefined ? {} : { version: release.version };
  checkLabels(images, { ...version, revision: release.commit, name });
  return { release, layers: layersOf(images) };
}

async function resolvedAll(
  { images }: Release,
  resolve: (image: ImageRef) => Promise<ResolvedImage | undefined>,
): Promise<Found> {
  const found = Object.entries(images).map(async ([service, image]) => {
    const { repository, digest: reference } = image;
    return [service, { repository, reference, resolved: await resolve(image) }] as const;
  });
  return Object.fromEntries(await Promise.all(found));
}

function requireSameServices({ images }: Config, release: Release): void {
  const [wanted, there] = [images, release.images].map((each) => Object.keys(each).sort());
  if (wanted?.join() === there?.join()) return;
  throw new UsageError(
    `${releaseName(release)} replaces ${list(there ?? [], 'and')}, and images of hd.yml says ${list(wanted ?? [], 'and')}`,
  );
}

/** One that is gone says nothing: a release is its digests. */
async function requireTagStays(world: World, { tag, version, commit, images }: Release): Promise<void> {
  if (tag === undefined) return;
  const [github, found] = await Promise.all([
    world.github().then((github) => github?.tag(tag)),
    resolveImages(world, (source) => source.tag.replaceAll('{version}', version)),
  ]);
  if (github !== undefined && github.commit !== commit)
    throw moved(`${tag} is at ${shortCommit(github.commit)} by now; it was at ${shortCommit(commit)}`);
  for (const [service, { repository, reference, resolved }] of Object.entries(found)) {
    const was = images[service]?.digest;
    if (resolved === undefined || was === undefined || resolved.digest === was) continue;
    const [is, old] = [shortDigest(resolved.digest), shortDigest(was)];
    throw moved(`${repository}:${reference} is ${is} by now; ${tag} was ${old}`);
  }
}

function moved(message: string): HdError {
  return new HdError('tag-moved', Exit.notVerified, message, {
    outcome: 'not verified',
    next: [
      { remark: 'find out who moved it, then a new version', command: ['hd', 'release', '--bump', 'patch'] },
    ],
  });
}

type Found = Record<string, { repository: string; reference: string; resolved: ResolvedImage | undefined }>;
type Present = Record<string, { repository: string; reference: string; resolved: ResolvedImage }>;

async function resolveImages(
  world: World,
  tagFor: (source: Config['images'][string]) => string,
): Promise<Found> {
  const registry = await world.registry();
  const entries = await Promise.all(
    Object.entries(world.config.images).map(async ([service, source]) => {
      const reference = tagFor(source);
      const resolved = await registry.resolve(source.repository, reference);
      return [service, { repository: source.repository, reference, resolved }] as const;
    }),
  );
  return Object.fromEntries(entries);
}

function requireImages(found: Found, name: string): Present {
  const present: Present = {};
  for (const [service, { repository, reference, resolved }] of Object.entries(found)) {
    if (resolved === undefined) {
      throw new HdError(
        'image-missing',
        Exit.notVerified,
        `${name} has no image: ${imageName(repository, reference)} is not in its registry`,
        {
          outcome: 'not verified',
          next: [{ remark: 'build it again', command: ['hd', 'release', name] }],
        },
      );
    }
    present[service] = { repository, reference, resolved };
  }
  return present;
}

/** @param reference a tag or a digest */
function imageName(repository: string, reference: string): string {
  return `${repository}${reference.includes(':') ? '@' : ':'}${reference}`;
}

function pinned(images: Present): Record<string, ImageRef> {
  return Object.fromEntries(
    Object.entries(images).map(([service, { repository, resolved }]) => [
      service,
      { repository, digest: resolved.digest },
    ]),
  );
}

function layersOf(images: Present): Map<string, number> {
  const layers = Object.values(images).flatMap(({ resolved }) =>
    resolved.platforms.flatMap((each) => each.layers),
  );
  return new Map(layers.map(({ digest, bytes }) => [layerName(digest), bytes]));
}

function labelsOf(images: Present, label: string): { image: string; value: string | undefined }[] {
  return Object.values(images).flatMap(({ repository, reference, resolved }) =>
    resolved.platforms.map((platform) => ({
      image: imageName(repository, reference),
      value: platform.labels[label],
    })),
  );
}

function commonLabel(images: Present, label: string, name: string): string {
  const values = labelsOf(images, label);
  const [first] = values;
  if (first?.value === undefined) throw lies(`${first?.image ?? name} has no label ${label}`);
  return first.value;
}

/** The labels of every platform of every image must say what the tag says (S0-15, S0-16). */
function checkLabels(images: Present, wanted: { version?: string; revision: Commit; name: string }): void {
  const expected = {
    ...(wanted.version === undefined ? {} : { 'org.opencontainers.image.version': wanted.version }),
    'org.opencontainers.image.revision': wanted.revision,
  };
  for (const [label, value] of Object.entries(expected)) {
    for (const found of labelsOf(images, label)) {
      if (found.value === value || (label.endsWith('version') && found.value === `v${value}`)) continue;
      throw lies(`${found.image} says ${label} is ${found.value ?? 'not set'}; ${wanted.name} is ${value}`);
    }
  }
}

function lies(message: string): HdError {
  return new HdError('label-lies', Exit.notVerified, message, {
    outcome: 'not verified',
    next: [
      {
        remark: 'release a version whose build sets its labels',
        command: ['hd', 'release', '--bump', 'patch'],
      },
    ],
  });
}
