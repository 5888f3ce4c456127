import semver from 'semver';
import { UsageError } from './errors.ts';

/** `X.Y.Z`, or `X.Y.Z-pre.N`; never with a `v`. */
export type Version = string;
/** The release-intent event (S0-6): `v` and a version. */
export type Tag = `v${string}`;
/** Forty hexadecimal digits. */
export type Commit = string;

/**
 * Reads `1.4.0` or `v1.4.0`; semver's own grammar, without build metadata (a tag can't tell two builds apart).
 * @throws UsageError with what to write instead
 */
export function parseVersion(text: string): Version {
  const bare = text.startsWith('v') ? text.slice(1) : text;
  const parsed = semver.parse(bare);
  // semver itself would take blanks around it, and another v.
  if (parsed === null || parsed.version !== bare) {
    const coerced = /^\d+(\.\d+)?$/.test(bare) ? semver.coerce(bare)?.version : undefined;
    throw new UsageError(
      `${JSON.stringify(text)} is not a version: three numbers are needed`,
      coerced === undefined ? 'as v1.4.0' : `as v${coerced}`,
    );
  }
  return parsed.version;
}

export function tagOf(version: Version): Tag {
  return `v${version}`;
}

export function shortCommit(commit: Commit): string {
  return commit.slice(0, 7);
}
