/** As GitHub lists them: a user, or a team of the organization that owns the repository. */
export interface Reviewer {
  type?: 'User' | 'Team';
  reviewer?: { login?: string; slug?: string };
}

/** Logins, and teams as `org/slug`. */
export function reviewersOf(listed: readonly Reviewer[], owner: string): string[] {
  return listed.flatMap(({ reviewer }) => {
    if (reviewer?.login !== undefined) return [reviewer.login];
    return reviewer?.slug === undefined ? [] : [`${owner}/${reviewer.slug}`];
  });
}
