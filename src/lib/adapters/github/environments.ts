import type { GitHub } from '../../ports.ts';
import type { Calls } from './calls.ts';
import { reviewersOf, type Reviewer } from './reviewers.ts';

/** A required review, a timer, or another rule. */
interface Rule {
  type: string;
  reviewers?: readonly Reviewer[];
  prevent_self_review?: boolean;
  wait_timer?: number;
}

export function createEnvironments(calls: Calls): Pick<GitHub, 'environment'> {
  const { octokit, at } = calls;
  const { repos } = octokit.rest;
  return {
    async environment(name) {
      const found = await calls.find(`read environment ${name}`, () =>
        repos.getEnvironment({ ...at, environment_name: name }),
      );
      if (found === undefined) return undefined;
      // None where there are none, and where GitHub's plan does not offer them.
      const rules: readonly Rule[] = found.data.protection_rules ?? [];
      const review = rules.find(({ reviewers }) => reviewers !== undefined);
      const timer = rules.find(({ wait_timer }) => wait_timer !== undefined);
      return {
        id: found.data.id,
        name: found.data.name,
        reviewers: reviewersOf(review?.reviewers ?? [], at.owner),
        preventSelfReview: review?.prevent_self_review ?? false,
        waitMinutes: timer?.wait_timer ?? 0,
      };
    },
  };
}
