import type { Quorum, Roles } from '../policy.ts';
import { assign } from './matching.ts';

/** Who is in which role, as far as it is known. */
export interface Membership {
  quorum: Quorum;
  roles: Roles;
  /** Of teams that stand in the roles: who is in them, of those who matter; all in lower case. */
  members: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Logins and teams of a role; a role's name is anybody's. */
export function filling(roles: Roles, role: string): readonly string[] {
  return Object.hasOwn(roles, role) ? (roles[role] ?? []) : [];
}

/** `acme/leads`. */
export function isTeam(entry: string): boolean {
  return entry.includes('/');
}

/** Roles of the quorum that a person is in, in the policy's order. GitHub's names have no case. */
export function rolesOf(login: string, { quorum, roles, members }: Membership): string[] {
  const who = login.toLowerCase();
  const fits = (entry: string): boolean =>
    isTeam(entry) ? members.get(entry.toLowerCase())?.has(who) === true : entry.toLowerCase() === who;
  return Object.keys(quorum).filter((role) => filling(roles, role).some(fits));
}

/** How many people each role needs. */
export function neededOf(quorum: Quorum): Record<string, number> {
  return Object.fromEntries(Object.entries(quorum).map(([role, { count }]) => [role, count]));
}

/**
 * Roles that can't be filled whoever agrees, since too few people are in them besides the one who asks. Who is in a team
 * is not looked at: a team is enough for its role.
 */
export function unfillable(quorum: Quorum, roles: Roles, requester: string): string[] {
  const open = Object.fromEntries(
    Object.entries(quorum).filter(([role]) => !filling(roles, role).some(isTeam)),
  );
  const logins = new Set(
    Object.keys(open)
      .flatMap((role) => filling(roles, role))
      .map((each) => each.toLowerCase()),
  );
  logins.delete(requester.toLowerCase());
  const people = [...logins].map((login) => rolesOf(login, { quorum: open, roles, members: new Map() }));
  const places = assign(people, neededOf(open));
  return Object.entries(open)
    .filter(([role, { count }]) => places.filter((place) => place === role).length < count)
    .map(([role]) => role);
}
