import { canonical } from '../../domain/canonical.ts';
import type { Environment } from '../../domain/environment.ts';
import type { Policy, Roles } from '../../domain/policy.ts';
import type { World } from '../world.ts';
import type { Rules } from './policy.ts';

/** What the file here says beside the rules that count: the same, nothing, or something else, which does not bind (D10). */
export type PolicyHere = 'same' | 'none' | 'other';

/** The policy of the file here, and who fills the roles that it names, beside those of the release branch. */
export function policyHere(
  { config }: Pick<World, 'config'>,
  { policy }: Environment,
  rules: Pick<Rules, 'policy' | 'roles'>,
): PolicyHere {
  if (demandOf(policy, config.roles) === demandOf(rules.policy, rules.roles)) return 'same';
  return policy === undefined ? 'none' : 'other';
}

function demandOf(policy: Policy | undefined, roles: Roles): string {
  if (policy === undefined) return '';
  const { approvals, rollbackApprovals } = policy;
  const quorum = approvals?.by === 'roles' ? approvals.quorum : {};
  const named = new Set([...Object.keys(quorum), ...Object.keys(rollbackApprovals ?? {})]);
  const filled = [...named].sort().map((role) => ({ role, by: peopleOf(roles[role] ?? []) }));
  return canonical({ policy, roles: filled });
}

/** In any order, and in small letters: GitHub's logins are the same in any case. */
function peopleOf(logins: readonly string[]): readonly string[] {
  return logins.map((login) => login.toLowerCase()).sort();
}
