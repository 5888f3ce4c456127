import semver from 'semver';
import { UsageError } from '../../domain/errors.ts';
import { parseVersion, type Version } from '../../domain/version.ts';
import { greatest } from '../../gates/release/index.ts';
import type { ReleaseRequest } from './world.ts';

/**
 * Before anything is asked: what was typed makes sense by itself.
 * @throws UsageError
 */
export function assertRequest(request: ReleaseRequest): void {
  const { version, bump, pre, commit } = request;
  if (version !== undefined && bump !== undefined)
    throw new UsageError('a version and --bump are two answers to one question', 'one of them');
  if (version === undefined && bump === undefined)
    throw new UsageError('a release needs a version', 'hd release 1.4.0, or --bump patch, minor or major');
  if (version !== undefined) {
    const parsed = parseVersion(version);
    if (pre !== undefined && semver.prerelease(parsed) !== null)
      throw new UsageError(`${parsed} is a pre-release already`, 'it without --pre');
  }
  if (pre !== undefined && !/^[a-z][0-9a-z-]*$/i.test(pre))
    throw new UsageError(`${JSON.stringify(pre)} is not the name of a pre-release`, '--pre rc');
  if (commit !== undefined && !/^[0-9a-f]{7,40}$/.test(commit))
    throw new UsageError(`${JSON.stringify(commit)} is not a commit`, '7 to 40 hexadecimal digits');
}

/**
 * @param releases every version that was released
 * @param base the newest release of the line, for `--bump`; undefined before the first
 */
export function wantedVersion(
  request: ReleaseRequest,
  releases: readonly Version[],
  base: Version | undefined,
): Version {
  const target =
    request.version === undefined ? bumped(base, request.bump ?? 'patch') : parseVersion(request.version);
  if (request.pre === undefined) return target;
  const numbers = releases.flatMap((other) => {
    const [name, number] = semver.prerelease(other) ?? [];
    return other.startsWith(`${target}-`) && name === request.pre && typeof number === 'number'
      ? [number]
      : [];
  });
  return parseVersion(`${target}-${request.pre}.${Math.max(0, ...numbers) + 1}`);
}

function bumped(base: Version | undefined, by: 'major' | 'minor' | 'patch'): Version {
  const next = semver.inc(base ?? '0.0.0', by);
  if (next === null) throw new UsageError(`${base ?? ''} can't be bumped`);
  return next;
}

/** The tags that are releases: `v` and a version. */
export function releasedVersions(tags: readonly { tag: string }[]): Version[] {
  return tags.flatMap(({ tag }) => {
    const bare = tag.slice(1);
    return tag.startsWith('v') && semver.valid(bare) === bare ? [bare] : [];
  });
}

/** The newest that is no pre-release: what `--bump` counts from. */
export function newestFinal(versions: readonly Version[]): Version | undefined {
  return greatest(versions.filter((version) => semver.prerelease(version) === null));
}

/** What to release instead of a version that can't be: the next patch. */
export function nextPatch(version: Version): Version {
  return semver.prerelease(version) === null
    ? bumped(version, 'patch')
    : (semver.inc(version, 'prerelease') ?? version);
}
