import type { RoleStanding, Standing } from '../../domain/approval.ts';
import { list } from '../../domain/names.ts';
import { isUnknown } from '../../domain/policy.ts';
import type { GateVerdict } from '../gate.ts';
import { quoted } from './foreign.ts';
import type { ApprovalFacts, DeployGate } from './gate.ts';
import { timeAt } from './when.ts';

type Said = Omit<GateVerdict, 'gate'>;

/** Enough people of each role have approved this very plan (S4-67, T16). */
export const approvals: DeployGate<ApprovalFacts> = {
  name: 'approvals',
  judge(facts) {
    const found = facts.approvals ?? unasked(facts);
    if (isUnknown(found))
      return { state: 'unknown', text: `who has approved is not known: ${found.unknown}` };
    const roles = found.roles.map(roleText).join('; ');
    switch (found.state) {
      case 'approved':
        return { state: 'open', text: roles };
      case 'not-asked':
        return notAsked(facts, roles);
      case 'waiting':
        return waiting(facts, found, roles);
      default:
        return over(facts, found);
    }
  },
};

/** Nobody looked for a request: it stands as if nobody was asked. */
function unasked({ policy }: ApprovalFacts): Standing {
  const quorum = policy.approvals?.by === 'roles' ? policy.approvals.quorum : {};
  const roles = Object.entries(quorum).map(([role, { count, meaning }]) => ({
    ...{ role, meaning, needed: count },
    ...{ votes: [], asked: [] },
  }));
  return { state: 'not-asked', plan: '', roles, notCounted: [] };
}

/** `tech-lead 1 of 2: login-b, then login-d or acme/leads`. */
function roleText({ role, needed, votes, asked }: RoleStanding): string {
  const voted = votes.map(({ by }) => by);
  const left = asked.filter((name) => !voted.includes(name));
  const names =
    votes.length >= needed || left.length === 0
      ? voted.join(', ')
      : [...voted, `${voted.length === 0 ? '' : 'then '}${list(left, 'or')}`].join(', ');
  return `${role} ${votes.length} of ${needed}${names === '' ? '' : `: ${names}`}`;
}

function notAsked({ policy }: ApprovalFacts, roles: string): Said {
  if (policy.approvals?.by === 'github')
    return {
      state: 'waiting',
      text: 'asked of the reviewers of the GitHub environment',
      more: ['when a run of its workflow comes there'],
    };
  return { state: 'waiting', text: roles, more: ['asked when the rest is open; not of who asks'] };
}

function waiting(facts: ApprovalFacts, { request }: Standing, roles: string): Said {
  if (request === undefined) return { state: 'waiting', text: roles };
  const opensWith = ['hd', 'approve', request.environment, '--comment', 'WHY'];
  return {
    state: 'waiting',
    text: roles,
    more: [
      `asked ${timeAt(request.askedAt, facts)}, until ${timeAt(request.expiresAt, facts)}`,
      `opens with: ${opensWith.join(' ')}`,
      request.url,
    ],
    opensWith,
  };
}

/** It will not be approved any more: asking again opens another request. */
function over(facts: ApprovalFacts, { state, request, rejected }: Standing): Said {
  const said = { state: 'closed' as const, opensWhen: 'it is asked for again' };
  const url = request === undefined ? [] : [request.url];
  const number = request === undefined ? 'the request' : `request #${request.number}`;
  switch (state) {
    case 'rejected': {
      if (rejected === undefined) return { ...said, text: `${number} was rejected`, more: url };
      const { by, role, at, comment } = rejected;
      return {
        ...said,
        text: `rejected by ${by} (${role}), ${timeAt(at, facts)}`,
        more: [...(comment === '' ? [] : [quoted(comment)]), rejected.url],
      };
    }
    case 'expired': {
      const until = request === undefined ? '' : ` ${timeAt(request.expiresAt, facts)}`;
      return {
        ...said,
        text: `not approved in full until${until === '' ? ' it expired' : until}`,
        more: url,
      };
    }
    case 'overtaken':
      return { ...said, text: `another plan was asked for after ${number}`, more: url };
    case 'altered':
      return { ...said, text: `${number} does not say any more what was asked`, more: url };
    default:
      return { ...said, text: `${number} was closed`, more: url };
  }
}
