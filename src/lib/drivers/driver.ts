import type { Environment } from '../domain/environment.ts';
import type { Manifest, ShippedFile } from '../domain/manifest.ts';
import type { ObservedHost } from '../domain/observed.ts';
import type { Stage } from '../domain/plan.ts';
import type { Release } from '../domain/release.ts';

/** What an environment is to be brought to. */
export interface Target {
  release: Release;
  /** Whose release directory is used: `{deployment}` for a new one, an earlier id to go back to. */
  deployment: string;
  compose: readonly string[];
  files: readonly ShippedFile[];
  /** Text of each compose file, in order; it is one of `files`. */
  composeTexts: readonly string[];
  /** Registry's answer for images that the release does not replace: `postgres:16` → `postgres@sha256:…`. */
  resolved: Readonly<Record<string, string>>;
  /** Going back: each host's own manifest of that deployment, where it still has it. */
  manifests?: Readonly<Record<string, Manifest>>;
}

/** What one host lacks; without stages it has what the target asks for. */
export interface HostPlan {
  host: string;
  stages: readonly Stage[];
  manifest: Manifest;
}

/** A way to run a release on hosts. Pure: it decides from what was observed, and touches nothing. */
export interface Driver {
  plan(environment: Environment, target: Target, observed: ObservedHost): HostPlan;
}
