import type { Environment } from '../../domain/environment.ts';
import { HdError } from '../../domain/errors.ts';
import { Exit } from '../../domain/exit.ts';
import type { GitHubEnvironment } from '../../ports.ts';
import type { World } from '../world.ts';
import { approvalGitHub } from './github.ts';

/** GitHub's name of an environment. */
export function githubName({ github, name }: Pick<Environment, 'github' | 'name'>): string {
  return github?.environment ?? name;
}

/**
 * The environment on GitHub whose reviewers approve. A policy that leaves the approval to GitHub is kept only if GitHub
 * asks somebody: one reviewer is enough there (T16).
 * @throws HdError exit 3 if GitHub has no such environment, or would let everybody pass: required reviewers are not set,
 * or its plan does not offer them (private repositories without GitHub Enterprise)
 */
export async function requireReviewers(world: World, environment: Environment): Promise<GitHubEnvironment> {
  const github = await approvalGitHub(world);
  const name = githubName(environment);
  const found = await github.environment(name);
  if (found !== undefined && found.reviewers.length > 0) return found;
  const { owner, name: repository } = github.repository;
  const missing = found === undefined;
  throw new HdError(
    'no-reviewers',
    Exit.refused,
    missing
      ? `GitHub has no environment ${name}, whose reviewers are to approve`
      : `GitHub asks nobody before a deployment to ${name}: the environment has no required reviewers`,
    {
      facts: [
        { label: 'seen', text: `${github.webUrl}/${owner}/${repository}/settings/environments` },
        ...(missing
          ? []
          : [
              {
                label: 'why',
                text: 'not set, or not offered: private repositories have them with GitHub Enterprise alone',
              },
            ]),
        {
          label: 'write',
          text: 'approvals by roles, which every plan of GitHub offers: approvals: {tech-lead: 1}',
        },
      ],
      next: [{ command: ['hd', 'explain', environment.name] }],
    },
  );
}
