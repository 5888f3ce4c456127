import type { RestEndpointMethodTypes } from '@octokit/rest';
import { Exit } from '../../domain/exit.ts';
import { HdError } from '../../domain/errors.ts';
import type { GitHub, GitHubComment } from '../../ports.ts';
import { once, type Calls } from './calls.ts';
import { sameText } from './text.ts';

type Comments = Pick<GitHub, 'comments' | 'addComment'>;
type Comment = RestEndpointMethodTypes['issues']['getComment']['response']['data'];

export function createComments(calls: Calls): Comments {
  const { octokit, at } = calls;
  const { issues } = octokit.rest;

  const comments = async (issue: number) => {
    const all = await calls.find(
      `read the comments of issue #${issue}`,
      () => octokit.paginate(issues.listComments, { ...at, issue_number: issue, per_page: 100 }),
      [404, 410],
    );
    if (all !== undefined) return all.map(fromComment);
    throw new HdError('no-issue', Exit.refused, `${calls.name} has no issue #${issue}`);
  };

  return {
    comments,

    async addComment(issue, body) {
      // The same words may have been said before: only a comment that was not there yet is ours.
      const before = new Set((await comments(issue)).map(({ id }) => id));
      return calls.write(
        `comment on issue #${issue}`,
        async () =>
          fromComment((await issues.createComment({ ...at, ...once, issue_number: issue, body })).data),
        async () => (await comments(issue)).find((each) => !before.has(each.id) && sameText(each.body, body)),
      );
    },
  };
}

function fromComment(comment: Comment): GitHubComment {
  return {
    id: comment.id,
    url: comment.html_url,
    author: comment.user?.login ?? '',
    body: comment.body ?? '',
    at: Date.parse(comment.created_at),
    edited: comment.updated_at !== comment.created_at,
  };
}
