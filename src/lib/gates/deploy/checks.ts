import { isUnknown } from '../../domain/policy.ts';
import { shortCommit } from '../../domain/version.ts';
import { timeAt } from './when.ts';
import type { CommitCheck } from '../../ports.ts';
import { links, named } from '../named-checks.ts';
import { NOT_ASKED, type DeployFacts, type DeployGate } from './gate.ts';

/**
 * Check runs and statuses of the commit are green, and those that the branch or the policy requires are there
 * (S4-108). A commit that nobody checked is said, and closed only if something is required.
 */
export const checks: DeployGate = {
  name: 'checks',
  judge(facts) {
    const on = shortCommit(facts.release.commit);
    const known = facts.checks ?? NOT_ASKED;
    if (isUnknown(known))
      return { state: 'unknown', text: `checks of ${on} are not known: ${known.unknown}` };

    const all = known.checks;
    const required = [...new Set([...known.required, ...facts.policy.requiredChecks])];
    const missing = required.filter((name) => all.every((check) => check.name !== name));
    const failed = all.filter(({ state }) => state === 'failed');
    const running = all.filter(({ state }) => state === 'running');
    const opensWhen = `${on} is green`;
    if (failed.length > 0) {
      const text = `${failed.length} of ${all.length} red on ${on}: ${named(failed)}${failedAt(failed[0], facts)}`;
      return { state: 'closed', text, more: links(failed), opensWhen };
    }
    if (missing.length > 0) {
      const names = named(missing.map((name) => ({ name })));
      const be = missing.length === 1 ? 'is' : 'are';
      return { state: 'closed', text: `${names} ${be} required and not there on ${on}`, opensWhen };
    }
    if (running.length > 0) {
      const text = `${running.length} of ${all.length} not done on ${on}: ${named(running)}`;
      return { state: 'closed', text, more: links(running), opensWhen };
    }
    if (all.length === 0) return { state: 'unproven', text: `none on ${on}: nobody checked it` };
    return { state: 'open', text: `${all.length} of ${all.length} green on ${on}` };
  },
};

function failedAt(check: CommitCheck | undefined, facts: DeployFacts): string {
  const at = Date.parse(check?.completedAt ?? '');
  return Number.isNaN(at) ? '' : `, failed ${timeAt(at, facts)}`;
}
