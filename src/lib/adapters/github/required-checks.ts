import { HdError } from '../../domain/errors.ts';
import type { GitHub } from '../../ports.ts';
import type { Calls } from './calls.ts';
import { answered } from './failures.ts';

export function createRequiredChecks(calls: Calls): Pick<GitHub, 'requiredChecks'> {
  const { octokit, at } = calls;
  const { repos } = octokit.rest;

  const ofProtection = async (branch: string): Promise<string[]> => {
    const found = await calls.find(`read the protection of branch ${branch}`, () =>
      repos.getBranch({ ...at, branch }),
    );
    const required = found?.data.protection.required_status_checks;
    return [...(required?.contexts ?? []), ...(required?.checks ?? []).map(({ context }) => context)];
  };

  const ofRules = async (branch: string): Promise<string[]> => {
    const rules = await calls.find(`read the rules of branch ${branch}`, () =>
      octokit.paginate(repos.getBranchRules, { ...at, branch, per_page: 100 }),
    );
    return (rules ?? []).flatMap((rule) =>
      rule.type === 'required_status_checks'
        ? (rule.parameters?.required_status_checks ?? []).map(({ context }) => context)
        : [],
    );
  };

  return {
    async requiredChecks(branch) {
      // A plan without the one of them answers 403 or 404, and may have the other.
      const [protection, rules] = await Promise.allSettled([ofProtection(branch), ofRules(branch)]);
      const isOpen = protection.status === 'fulfilled' || rules.status === 'fulfilled';
      const names = [protection, rules].flatMap((each) => {
        if (each.status === 'fulfilled') return each.value;
        if (isOpen && isRefusal(each.reason)) return [];
        throw each.reason;
      });
      return [...new Set(names)];
    },
  };
}

function isRefusal(error: unknown): boolean {
  return error instanceof HdError && [403, 404].includes(answered(error.cause) ?? 0);
}
