import type { KeptImage } from '../../domain/manifest.ts';
import type { ObservedContainer } from '../../domain/observed.ts';
import { familiar } from '../../domain/release.ts';

/**
 * The image reference of a service that the release does not replace (D6): what runs stays, to the letter where
 * that names the same image, so that Compose has no reason to recreate it.
 * @param declared as the release's compose files have it
 * @param container the service's, if there is one
 * @param before what the deployment that serves now kept
 * @param resolved `repository@digest` that the registry gave for `declared`; used if what runs came from another word
 * @param present `repository@digest` of every image that is on the host
 * @returns undefined where the compose file's word has a variable, which only the host can fill in
 */
export function keptReference(
  declared: string,
  container: ObservedContainer | undefined,
  before: KeptImage | undefined,
  resolved: string | undefined,
  present: readonly string[],
): string | undefined {
  if (declared.includes('$')) return undefined;
  if (isPinned(declared)) return declared;
  if (container === undefined || !cameFrom(declared, container, before)) return resolved ?? declared;
  if (isPinned(container.image) || !container.tagMoved) return container.image;
  // An image may be known by another repository's digest as well, which this repository may not have.
  const repository = familiar(repositoryOf(declared));
  const pins = container.digests.map((digest) => `${repository}@${digest}`);
  return pins.find((pin) => present.includes(pin)) ?? container.image;
}

/** Whether what runs was asked for by the same word: to the letter, or by the digest that the word was replaced with. */
export function cameFrom(
  declared: string,
  container: ObservedContainer,
  before: KeptImage | undefined,
): boolean {
  return (
    container.image === declared || (before?.declared === declared && before.reference === container.image)
  );
}

export function isPinned(reference: string): boolean {
  return reference.includes('@sha256:');
}

/** `postgres:16` → `postgres`; a registry's port is not a tag. */
export function repositoryOf(reference: string): string {
  const bare = reference.replace(/@.*$/, '');
  const colon = bare.lastIndexOf(':');
  return colon > bare.lastIndexOf('/') ? bare.slice(0, colon) : bare;
}

/** `postgres:16` → `16`; without one, `latest` as Docker has it. */
export function tagOfReference(reference: string): string {
  const bare = reference.replace(/@.*$/, '');
  return bare.slice(repositoryOf(bare).length + 1) || 'latest';
}
