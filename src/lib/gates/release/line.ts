import semver from 'semver';
import type { Version } from '../../domain/version.ts';

/**
 * The releases that a new version must be greater than. From the release branch: all of them. On a maintenance
 * line: those with its major and minor number; if it opens a new minor, those with its major number; if it opens
 * a new major, all. So v1.4.2 can follow v1.4.1 while v2.0.0 is out, and nothing can slip in below its own line.
 */
export function releasesOfLine(
  version: Version,
  releases: readonly Version[],
  maintenance: boolean,
): readonly Version[] {
  if (!maintenance) return releases;
  const major = releases.filter((other) => semver.major(other) === semver.major(version));
  const minor = major.filter((other) => semver.minor(other) === semver.minor(version));
  return minor.length > 0 ? minor : major.length > 0 ? major : releases;
}

/** Undefined if there is none. */
export function greatest(versions: readonly Version[]): Version | undefined {
  return [...versions].sort(semver.rcompare)[0];
}
