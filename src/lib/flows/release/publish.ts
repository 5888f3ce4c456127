import type { GitHub, GitHubRelease } from '../../ports.ts';
import { MANIFEST_ASSET, saysTheSame, writeManifest, type ReleaseManifest } from './manifest.ts';

export interface Published {
  release: GitHubRelease;
  /** What was not there before. */
  changed: readonly ('release' | 'manifest')[];
}

/**
 * The GitHub Release of the tag, with the manifest. What the workflow made is kept and completed. A new one is a
 * draft until the manifest is in it, so that nobody sees half of it; where releases are immutable this is also the
 * only order that works.
 */
export async function publishRelease(
  github: GitHub,
  manifest: ReleaseManifest,
  prerelease: boolean,
  existing: GitHubRelease | undefined,
): Promise<Published> {
  const { tag, commit } = manifest;
  const release = existing ?? (await github.createRelease({ tag, commit, prerelease, draft: true }));
  const asset = await github.readAsset(release, MANIFEST_ASSET);
  const equal = asset !== undefined && saysTheSame(asset, manifest);
  if (!equal) await github.uploadAsset(release, MANIFEST_ASSET, writeManifest(manifest));
  const final =
    release.draft || release.prerelease !== prerelease
      ? await github.publishRelease({ ...release, prerelease })
      : release;
  return {
    release: final,
    changed: [
      ...(existing === undefined || existing.draft ? (['release'] as const) : []),
      ...(equal ? [] : (['manifest'] as const)),
    ],
  };
}
