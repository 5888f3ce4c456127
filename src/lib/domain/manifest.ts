import type { Release } from './release.ts';

/** What a deployment used, whole: `releases/<deployment>/manifest.json` on the host. */
export interface Manifest {
  schemaVersion: 1;
  deployment: string;
  release: Release;
  /** In compose's order of `-f`, relative to the release directory; the generated override is not among them. */
  compose: readonly string[];
  /** Every service of the compose files that runs by default. */
  services: readonly string[];
  /** Services that the release does not replace → the image reference that was kept or resolved (D6). */
  kept: Readonly<Record<string, KeptImage>>;
  files: readonly ShippedFile[];
  /** Content-addressed folders below `files/` that its services mount. */
  trees: readonly string[];
}

export interface KeptImage {
  /** As the compose files have it. */
  declared: string;
  /** What was used instead: a digest, or the same word where that is what ran. */
  reference: string;
}

/** A file of the release's commit; `path` is relative to the repository's root. */
export interface ShippedFile {
  path: string;
  sha256: string;
  executable: boolean;
}
