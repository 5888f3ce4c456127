import type {
  ApprovalRequest,
  NotCounted,
  RoleStanding,
  Standing,
  StandingState,
  Vote,
} from '../approval.ts';
import { sha256 } from '../canonical.ts';
import { count } from '../names.ts';
import { judgeComment, notCounted, type CommentText, type Counted } from './judge.ts';
import { assign } from './matching.ts';
import { readNote } from './note.ts';
import { isOwn } from './read.ts';
import { filling, neededOf, type Membership } from './roles.ts';

/** All that an approval is counted by, asked for beforehand. */
export interface StandingFacts extends Membership {
  /** The whole hash. */
  plan: string;
  /** Who would ask, where nobody has asked yet. */
  requester?: string;
  /** Undefined: nobody was asked. */
  request?: ApprovalRequest;
  /** SHA-256 of the text that people were shown, as the ledger has it; undefined: the ledger knows of no request. */
  shown?: string;
  /** What the ledger says has come of it. */
  end?: { state: Extract<StandingState, 'overtaken' | 'closed'> } | { state: 'rejected'; by: Vote };
  /** Oldest first. */
  comments: readonly CommentText[];
  now: number;
}

/**
 * How an approval by roles stands: whose word counts, for which role, and what is missing.
 *
 * A word counts if its author is in the role, is not the one who asks, has not edited it, gives a reason, and names this
 * plan, between the asking and the end of the request; and only if the text that was asked is still what stands there.
 * A rejection that was edited still rejects: what is in doubt is not approved. One person fills one role (T16). The first rejection by anybody in a role ends it for good. What was approved stands
 * until the request's end, and not beyond it.
 */
export function standingOf(facts: StandingFacts): Standing {
  const { plan, request, end, now } = facts;
  if (request === undefined) return { state: 'not-asked', plan, roles: standings(facts, []), notCounted: [] };
  const base = {
    ...{ plan, request },
    ...said(facts, request, 'reminder', 'reminded'),
    ...said(facts, request, 'escalation', 'escalated'),
    ...(end?.state === 'rejected' ? { rejected: end.by } : {}),
  };
  if (facts.shown === undefined || sha256(request.body) !== facts.shown || !isOwn(request))
    return { ...base, state: end?.state ?? 'altered', roles: standings(facts, []), notCounted: [] };
  const { votes, rejections, notCounted } = countWords(facts, request);
  const roles = standings(facts, votes);
  const [rejected] = rejections;
  const told = { ...base, roles, notCounted };
  if (end !== undefined) return { ...told, state: end.state };
  if (rejected !== undefined) return { ...told, state: 'rejected', rejected };
  if (now >= request.expiresAt) return { ...told, state: 'expired' };
  if (!request.open) return { ...told, state: 'closed' };
  return { ...told, state: roles.every(isFilled) ? 'approved' : 'waiting' };
}

export function isFilled({ needed, votes }: RoleStanding): boolean {
  return votes.length >= needed;
}

function standings(facts: StandingFacts, votes: readonly Vote[]): RoleStanding[] {
  const requester = (facts.request?.requester ?? facts.requester ?? '').toLowerCase();
  return Object.entries(facts.quorum).map(([role, { count: needed, meaning }]) => ({
    ...{ role, needed, meaning },
    votes: votes.filter((vote) => vote.role === role),
    asked: filling(facts.roles, role).filter((each) => each.toLowerCase() !== requester),
  }));
}

/** Every comment judged; several approvals of one person are one, and one person fills one role. */
function countWords(
  facts: StandingFacts,
  request: ApprovalRequest,
): { votes: readonly Vote[]; rejections: readonly Vote[]; notCounted: readonly NotCounted[] } {
  const judged = facts.comments.flatMap(
    (comment) => judgeComment(comment, request, facts, facts.shown) ?? [],
  );
  const words = judged.flatMap((each) => ('word' in each ? [each] : []));
  const left = judged.flatMap((each) => ('why' in each ? [each] : []));
  const approvals = words.filter(({ word }) => word.decision === 'approve');
  const people = [...Map.groupBy(approvals, ({ comment }) => comment.author.toLowerCase()).values()];
  const places = assign(
    people.map((own) =>
      Object.keys(facts.quorum).filter((role) => own.some((each) => each.roles.includes(role))),
    ),
    neededOf(facts.quorum),
  );
  const votes: Vote[] = [];
  for (const [index, own] of people.entries()) {
    const role = places[index];
    const each = own.find((one) => role === undefined || one.roles.includes(role));
    if (each === undefined) continue;
    if (role === undefined) left.push(tooMany(each, facts));
    else votes.push(voteOf(each, role, facts));
  }
  return {
    votes,
    rejections: words
      .filter(({ word }) => word.decision === 'reject')
      .map((each) => voteOf(each, each.roles[0] ?? '', facts)),
    notCounted: left.sort((a, b) => a.at - b.at),
  };
}

function voteOf({ comment, word }: Counted, role: string, { quorum }: Membership): Vote {
  const { author: by, at, url } = comment;
  const meaning = quorum[role]?.meaning ?? '';
  return { by, decision: word.decision, role, meaning, comment: word.text, at, url };
}

function tooMany({ comment, roles }: Counted, { quorum }: Membership): NotCounted {
  const has = roles.map(
    (role) => `${role} has the ${count(quorum[role]?.count ?? 0, 'approval')} that it needs`,
  );
  return notCounted(comment, has.join(', '));
}

/** When hd itself reminded people last: in the name of whoever opened the issue, or asked. */
function said<K extends string>(
  { comments, plan }: StandingFacts,
  { author, requester }: ApprovalRequest,
  kind: 'reminder' | 'escalation',
  key: K,
): { [P in K]?: number } {
  const own = [author, requester].map((name) => name.toLowerCase());
  const found = comments.findLast(
    (each) => own.includes(each.author.toLowerCase()) && readNote(kind, each.body)?.['plan'] === plan,
  );
  return found === undefined ? {} : ({ [key]: found.at } as { [P in K]?: number });
}
