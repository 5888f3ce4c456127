import { Exit } from '../../domain/exit.ts';
import { HdError } from '../../domain/errors.ts';
import { shortCommit } from '../../domain/version.ts';
import type { GitHub } from '../../ports.ts';
import type { Calls } from './calls.ts';

/** What a person is shown of a comparison, and no more. */
const MAX_COMMITS = 250;
const PER_PAGE = 100;

/** What lies between two commits, and where a commit came from. */
export function createCommits(calls: Calls): Pick<GitHub, 'commitsBetween' | 'pullRequestsOf'> {
  const { octokit, at } = calls;
  const { repos } = octokit.rest;

  const page = async (base: string, head: string, number: number) => {
    const asked = { ...at, basehead: `${base}...${head}`, per_page: PER_PAGE, page: number };
    const found = await calls.find(`compare ${base} with ${head}`, () =>
      repos.compareCommitsWithBasehead(asked),
    );
    if (found !== undefined) return found.data;
    const message = `${calls.name} on GitHub lacks ${shortCommit(base)} or ${shortCommit(head)}, so what lies between them is not known`;
    throw new HdError('no-such-commit', Exit.notVerified, message);
  };

  return {
    async commitsBetween(base, head) {
      const { total_commits: total, commits } = await page(base, head, 1);
      const wanted = Math.min(total, MAX_COMMITS);
      for (let number = 2; commits.length < wanted; number += 1) {
        const more = await page(base, head, number);
        if (more.commits.length === 0) break;
        commits.push(...more.commits);
      }
      return {
        total,
        commits: commits.slice(0, MAX_COMMITS).map(({ sha, commit, author }) => ({
          sha,
          title: commit.message.split('\n', 1)[0] ?? '',
          author: author?.login ?? commit.author?.name ?? '',
        })),
      };
    },

    async pullRequestsOf(commit) {
      // 422: GitHub has no such commit.
      const found = await calls.find(
        `find the pull requests of ${commit}`,
        () =>
          octokit.paginate(repos.listPullRequestsAssociatedWithCommit, {
            ...at,
            commit_sha: commit,
            per_page: 100,
          }),
        [404, 422],
      );
      return (found ?? [])
        .filter((pull) => pull.merged_at !== null)
        .map(({ number, title, html_url: url, user }) => ({ number, title, url, author: user?.login ?? '' }));
    },
  };
}
