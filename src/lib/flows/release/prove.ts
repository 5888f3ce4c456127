import type { Reporter } from '../../ports.ts';
import { shortCommit } from '../../domain/version.ts';
import type { ReleaseFacts } from '../../gates/release/index.ts';
import { proveImages, proveLabels, provePlatforms, type FoundImage, type Proof } from './images.ts';
import { buildManifest, MANIFEST_ASSET } from './manifest.ts';
import { publishRelease } from './publish.ts';
import type { ReleaseState } from './state.ts';
import { orStop, stopIfAsked } from '../follow/stop.ts';
import type { ReleaseWorld } from './world.ts';

/** In screen order; what comes after a failure is not asked. */
const CHECKS: readonly Proof['check'][] = ['tag', 'image', 'labels', 'platform', 'release'];

/** Proves the outcome of a green run, and publishes what was proved: never a GitHub Release of what lies. */
export async function prove(world: ReleaseWorld, state: ReleaseState, facts: ReleaseFacts): Promise<void> {
  const { clock, github, reporter, signal } = world;
  const since = clock.now();
  const { tag, version, commit } = facts;
  const { owner, name } = github.repository;
  reporter.event({ type: 'stage', name: 'prove', mark: 'busy', text: `${tag} and what its run made` });

  const [there, images, existing] = await orStop(
    signal,
    Promise.all([github.tag(tag), findImages(world, facts), github.release(tag)]),
  );
  state.images = images;
  if (existing !== undefined) state.release = existing;
  const expected = {
    version,
    commit: commit.sha,
    source: `${github.webUrl}/${owner}/${name}`,
    zone: world.zone,
  };
  const image = proveImages(images, tag);
  const proofs: Proof[] = [
    proveTag(facts, there?.commit),
    image,
    ...(image.ok ? [proveLabels(images, { ...expected, now: clock.now() }), provePlatforms(images)] : []),
  ];
  if (proofs.every((proof) => proof.ok)) {
    stopIfAsked(signal);
    proofs.push(await proveRelease(world, state, facts, images));
  }
  state.proofs.push(...proofs);
  state.durationsMs.prove = clock.now() - since;
  showProofs(reporter, proofs, state.durationsMs.prove);
}

/** Every image of hd.yml, by the tag that the release's workflow pushes. */
export function findImages({ config, registry }: ReleaseWorld, facts: ReleaseFacts): Promise<FoundImage[]> {
  return Promise.all(
    Object.entries(config.images).map(async ([service, source]) => {
      const reference = source.tag
        .replaceAll('{version}', facts.version)
        .replaceAll('{sha}', facts.commit.sha);
      const resolved = await registry.resolve(source.repository, reference);
      return { service, repository: source.repository, reference, resolved };
    }),
  );
}

function proveTag({ tag, commit }: ReleaseFacts, at: string | undefined): Proof {
  const ok = at === commit.sha;
  const text = ok
    ? `${tag} is still at ${shortCommit(at)}`
    : `${tag} ${at === undefined ? 'is gone' : `is at ${shortCommit(at)} now`}, it was at ${shortCommit(commit.sha)}`;
  return { check: 'tag', ok, text };
}

async function proveRelease(
  { clock, github }: ReleaseWorld,
  state: ReleaseState,
  facts: ReleaseFacts,
  found: readonly FoundImage[],
): Promise<Proof> {
  const { version, tag, commit } = facts;
  if (state.run === undefined) throw new Error('a release is proved after its run');
  const images = Object.fromEntries(
    found.flatMap(({ service, repository, resolved }) =>
      resolved ? [[service, { repository, resolved }]] : [],
    ),
  );
  const manifest = buildManifest({ version, tag, commit: commit.sha }, images, state.run, clock.now());
  const published = await publishRelease(github, manifest, version.includes('-'), state.release);
  state.release = published.release;
  state.published = published.changed;
  return { check: 'release', ok: true, text: `GitHub Release ${tag} with ${MANIFEST_ASSET}` };
}

/** The proof as rows; what was not asked says so. */
export function showProofs(reporter: Reporter, proofs: readonly Proof[], ms: number): void {
  for (const { check, ok, text } of proofs)
    reporter.event({ type: 'item', stage: 'prove', name: check, mark: ok ? 'ok' : 'fail', text });
  for (const check of CHECKS.slice(proofs.length))
    reporter.event({ type: 'item', stage: 'prove', name: check, mark: 'idle', text: 'not asked' });
  const passed = proofs.filter((proof) => proof.ok).length;
  const mark = passed === CHECKS.length ? 'ok' : 'fail';
  reporter.event({
    type: 'stage',
    name: 'prove',
    mark,
    text: `${passed} of ${CHECKS.length}`,
    ms,
    open: true,
  });
}
