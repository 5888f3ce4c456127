import { shortCommit, type Commit, type Tag, type Version } from './version.ts';

/** `sha256:` and 64 hexadecimal digits. */
export type Digest = `sha256:${string}`;

export interface ImageRef {
  /** With its registry's host, without a tag: `ghcr.io/acme/healthdelta-backend`. */
  repository: string;
  digest: Digest;
}

/** What can be put on an environment: built once, named by digest from here on. */
export interface Release {
  version: Version;
  /** Absent when a commit was asked for that carries no tag (`hd deploy staging --commit SHA`). */
  tag?: Tag;
  commit: Commit;
  /** By compose service, what this release replaces. */
  images: Readonly<Record<string, ImageRef>>;
}

/** As Docker lists it. */
export function formatImage(image: ImageRef): string {
  return `${familiar(image.repository)}@${image.digest}`;
}

/** A name as Docker's own listings have it: `docker.io/library/postgres` is `postgres` there. */
export function familiar(reference: string): string {
  return reference.replace(/^(?:index\.)?docker\.io\/(?:library\/)?/, '');
}

/** Twelve digits without the algorithm: enough to tell two apart on one screen. */
export function shortDigest(digest: string): string {
  return digest.replace(/^sha256:/, '').slice(0, 12);
}

/** What people call it: `v1.4.0`, or the commit if it has no tag. */
export function releaseName(release: Pick<Release, 'tag' | 'commit'>): string {
  return release.tag ?? shortCommit(release.commit);
}

export function sameImages(a: Release['images'], b: Release['images']): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name]?.digest === b[name]?.digest);
}
