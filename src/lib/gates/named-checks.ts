import type { CommitCheck } from '../ports.ts';

const SHOWN = 3;

/** `"build", "lint" and 2 more`. */
export function named(some: readonly Pick<CommitCheck, 'name'>[]): string {
  const names = some.slice(0, SHOWN).map((check) => JSON.stringify(check.name));
  const more = some.length - names.length;
  return names.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** Where those that `named` names can be looked at. */
export function links(some: readonly CommitCheck[]): string[] {
  return some.slice(0, SHOWN).flatMap((check) => check.url ?? []);
}
