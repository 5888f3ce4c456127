import type { World } from './operation.ts';
import type { Settings } from './options.ts';
import { stableId } from './people.ts';
import type { Reviewer } from './review-state.ts';
import { BOT, mayPush } from './tokens.ts';

/** Everybody that the lab's GitHub knows. */
function logins({ tokens, teams, owner }: Settings): Set<string> {
  return new Set([
    owner,
    BOT,
    ...Object.values(tokens).map(({ login }) => login),
    ...Object.values(teams).flat(),
  ]);
}

/** A login as it is written, asked for in any case; undefined if there is no such user. */
export function findLogin(settings: Settings, asked: string): string | undefined {
  return [...logins(settings)].find((login) => login.toLowerCase() === asked.toLowerCase());
}

/** The login of a commit's author: GitHub knows people by their address. */
export function loginOf(settings: Settings, email: string): string | undefined {
  const [, name] = /^(?:\d+\+)?(.+)@(?:users\.noreply\.github\.com|lab\.invalid)$/.exec(email) ?? [];
  return name === undefined ? undefined : findLogin(settings, name);
}

/** Of the organization; others can't see its teams. */
export function isMember({ tokens, teams }: Settings, login: string): boolean {
  return (
    Object.values(teams).some((members) => members.includes(login)) ||
    Object.values(tokens).some((token) => token.login === login && mayPush(token))
  );
}

export function teamId(slug: string): number {
  return stableId(`team:${slug}`);
}

/** Whom a reviewer of an environment stands for. */
export function reviewerLogins({ settings }: World, { type, id }: Reviewer): string[] {
  if (type === 'User') return [...logins(settings)].filter((login) => stableId(login) === id);
  return Object.entries(settings.teams).flatMap(([slug, members]) => (teamId(slug) === id ? members : []));
}

/** A login, or `org/slug`: how people name a required reviewer. */
export function reviewerNames(world: World, reviewer: Reviewer): string[] {
  if (reviewer.type === 'User') return reviewerLogins(world, reviewer);
  const { teams, owner } = world.settings;
  return Object.keys(teams).flatMap((slug) => (teamId(slug) === reviewer.id ? [`${owner}/${slug}`] : []));
}
