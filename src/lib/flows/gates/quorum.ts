import type { Policy, Quorum } from '../../domain/policy.ts';
import type { Change } from '../change.ts';

/** Who must agree to such a change by their roles; undefined if nobody, or if GitHub asks them. */
export function quorumFor(verb: Change['verb'], policy: Policy): Quorum | undefined {
  if (verb === 'rollback') return policy.rollbackApprovals;
  return policy.approvals?.by === 'roles' ? policy.approvals.quorum : undefined;
}
