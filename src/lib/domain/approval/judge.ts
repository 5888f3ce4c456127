import type { ApprovalRequest, NotCounted } from '../approval.ts';
import { list } from '../names.ts';
import { filling, isTeam, rolesOf, type Membership } from './roles.ts';
import { isSaid, readWord, type Said } from './words.ts';

/** A comment of GitHub's, as far as it is judged. */
export interface CommentText {
  url: string;
  author: string;
  body: string;
  /** Epoch milliseconds, by GitHub's clock. */
  at: number;
  edited: boolean;
}

/** A word of somebody who is in a role. */
export interface Counted {
  comment: CommentText;
  word: Said;
  /** Which it may fill, in the policy's order. */
  roles: readonly string[];
}

/**
 * @param shown SHA-256 of the text that people were asked
 * @returns what counts, or why it does not; undefined for a comment that is only talk
 */
export function judgeComment(
  comment: CommentText,
  request: ApprovalRequest,
  membership: Membership,
  shown: string | undefined,
): Counted | NotCounted | undefined {
  const word = readWord(comment.body);
  if (word === undefined) return undefined;
  if (!isSaid(word)) return notCounted(comment, word.why);
  const why = flawOf(comment, word, request, membership) ?? flawOfWord(word, comment, shown);
  return why === undefined
    ? { comment, word, roles: meantRoles(comment.author, word, membership) }
    : notCounted(comment, why);
}

export function notCounted({ author: by, at, url }: CommentText, why: string): NotCounted {
  return { by, at, why, url };
}

function flawOf(
  { author, at }: CommentText,
  word: Said,
  request: ApprovalRequest,
  membership: Membership,
): string | undefined {
  const { requester, plan, askedAt, expiresAt } = request;
  const who = author.toLowerCase();
  if (who === requester.toLowerCase() || who === request.author.toLowerCase())
    return `${author} asks, and decides nothing of it`;
  const roles = rolesOf(author, membership);
  if (roles.length === 0)
    return `${author} is not in ${list(Object.keys(membership.quorum), 'or')}${asFarAsSeen(membership)}`;
  if (meantRoles(author, word, membership).length === 0)
    return `${author} is not in ${word.role ?? ''}, but in ${list(roles, 'and')}`;
  if (!plan.startsWith(word.plan))
    return `it names plan ${word.plan.slice(0, 12)}, and this one is ${plan.slice(0, 12)}`;
  if (at < askedAt) return 'it was made before anybody was asked';
  return at >= expiresAt ? 'it was made after the request had expired' : undefined;
}

/** What is in doubt is not approved; a rejection stands. */
function flawOfWord(
  { decision, shown: of }: Said,
  { edited }: CommentText,
  shown: string | undefined,
): string | undefined {
  if (decision === 'reject') return undefined;
  if (of !== undefined && of !== shown) return 'it was said to another text than the one that was asked';
  return edited ? 'it was edited after it was made; a new comment counts' : undefined;
}

/** GitHub tells nobody from outside who is in a team, and says that there is none. */
function asFarAsSeen({ quorum, roles }: Membership): string {
  const teams = new Set(Object.keys(quorum).flatMap((role) => filling(roles, role).filter(isTeam)));
  return teams.size === 0 ? '' : `, as far as GitHub shows who is in ${list([...teams], 'and')}`;
}

/** Those that the author is in; of several, the one that is named. */
function meantRoles(author: string, { role }: Said, membership: Membership): string[] {
  const roles = rolesOf(author, membership);
  return role === undefined ? roles : roles.filter((each) => each.toLowerCase() === role.toLowerCase());
}
