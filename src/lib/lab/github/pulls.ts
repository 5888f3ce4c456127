import type { components } from '@octokit/openapi-types';
import { resolveCommit } from './commits.ts';
import type { Issue } from './issue-state.ts';
import { associationOf } from './issues.ts';
import { labelsOf } from './labels.ts';
import { page, type Operations, type World } from './operation.ts';
import { nodeId, user } from './people.ts';
import { fullRepository, pageUrl, repoUrl } from './repository.ts';

type Schemas = components['schemas'];

/** A merged pull request; the lab has no others. */
function pullOf(world: World, api: string, issue: Issue): Schemas['pull-request-simple'] {
  const { pull } = issue;
  if (pull === undefined) throw new Error(`#${issue.number} is no pull request`);
  const url = `${repoUrl(world, api)}/pulls/${issue.number}`;
  const about = `${repoUrl(world, api)}/issues/${issue.number}`;
  const html = `${pageUrl(world)}/pull/${issue.number}`;
  const person = (login: string) => user(api, world.origin, login);
  const { owner, defaultBranch } = world.settings;
  const side = (ref: string, sha: string) => ({
    ...{ label: `${owner}:${ref}`, ref, sha },
    user: person(owner),
    repo: fullRepository(world, api) as Schemas['repository'],
  });
  const head = pull.commits.at(-1) ?? pull.mergeCommit;
  return {
    id: issue.id,
    node_id: nodeId('PullRequest', issue.id),
    url,
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: about,
    commits_url: `${url}/commits`,
    review_comments_url: `${url}/comments`,
    review_comment_url: `${url}/comments{/number}`,
    comments_url: `${about}/comments`,
    statuses_url: `${repoUrl(world, api)}/statuses/${head}`,
    number: issue.number,
    state: issue.state,
    locked: false,
    title: issue.title,
    user: person(issue.author),
    body: issue.body,
    labels: labelsOf(world, api, issue.labels).map((label) => ({
      ...label,
      description: label.description ?? '',
    })),
    milestone: null,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_at: issue.closedAt,
    merged_at: issue.closedAt,
    merge_commit_sha: pull.mergeCommit,
    assignee: null,
    head: side(pull.branch, head),
    base: side(defaultBranch, pull.mergeCommit),
    _links: {
      self: { href: url },
      html: { href: html },
      issue: { href: about },
      comments: { href: `${about}/comments` },
      review_comments: { href: `${url}/comments` },
      review_comment: { href: `${url}/comments{/number}` },
      commits: { href: `${url}/commits` },
      statuses: { href: `${repoUrl(world, api)}/statuses/${head}` },
    },
    author_association: associationOf(world, issue.author),
    auto_merge: null,
    draft: false,
  };
}

export const pulls: Operations = {
  'repos/list-pull-requests-associated-with-commit': {
    needs: 'pull_requests=read',
    run: async (world, request) => {
      const sha = await resolveCommit(world, request.param('commit_sha'));
      const found = world.store.state.issues.filter(
        ({ pull }) => pull?.mergeCommit === sha || pull?.commits.includes(sha) === true,
      );
      return page(request, found, (rows) => rows.map((issue) => pullOf(world, request.api, issue)));
    },
  },
};
