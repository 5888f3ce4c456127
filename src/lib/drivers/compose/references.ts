import { canonical, sha256 } from '../../domain/canonical.ts';
import type { ShippedFile } from '../../domain/manifest.ts';
import type { ComposeModel } from './model.ts';

/** Paths of the repository that the compose files refer to: those that the commit has are shipped, others stay. */
export function referencedPaths(model: ComposeModel): string[] {
  const paths = Object.values(model.services).flatMap((service) => [
    ...service.envFiles.map((file) => file.path),
    ...service.binds.map((bind) => bind.source),
  ]);
  paths.push(...model.fileObjects.map((object) => object.path));
  return [...new Set(paths)]
    .filter((path) => path !== '.' && !path.startsWith('..') && !path.startsWith('/'))
    .sort();
}

/**
 * A shipped file or folder in its content-addressed place below `files/`, so that a container that mounts it is
 * recreated when, and only when, its content changed (D5).
 */
export interface MountedTree {
  /** The path in the repository. */
  path: string;
  hash: string;
  files: readonly ShippedFile[];
  /** Where it is on the host, relative to the environment's directory. */
  at: string;
}

/** @param shipped all files of the release, paths relative to the repository's root */
export function mountedTrees(model: ComposeModel, shipped: readonly ShippedFile[]): MountedTree[] {
  const paths = new Set([
    ...Object.values(model.services).flatMap((service) => service.binds.map((bind) => bind.source)),
    ...model.fileObjects.map((object) => object.path),
  ]);
  return [...paths].sort().flatMap((path) => {
    const inside = shipped.filter((file) => file.path === path || file.path.startsWith(`${path}/`));
    if (inside.length === 0) return [];
    const base = path.includes('/') ? path.slice(0, path.lastIndexOf('/') + 1) : '';
    const files = inside.map((file) => ({ ...file, path: file.path.slice(base.length) }));
    const hash = sha256(canonical(files)).slice(0, 16);
    return [{ path, hash, files, at: `files/${hash}/${path.slice(base.length)}` }];
  });
}
