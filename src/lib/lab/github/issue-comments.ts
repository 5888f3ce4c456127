import type { components } from '@octokit/openapi-types';
import { invalid, notFound } from './api-error.ts';
import { utc } from './git-objects.ts';
import type { Issue, IssueComment } from './issue-state.ts';
import { associationOf, edited, findIssue, MAX_BODY, mayEdit } from './issues.ts';
import { created, ok, page, type ApiRequest, type Operations, type World } from './operation.ts';
import { nodeId, user } from './people.ts';
import { pageUrl, repoUrl } from './repository.ts';

type Schemas = components['schemas'];

function commentOf(world: World, api: string, comment: IssueComment): Schemas['issue-comment'] {
  const url = `${repoUrl(world, api)}/issues`;
  return {
    id: comment.id,
    node_id: nodeId('IssueComment', comment.id),
    url: `${url}/comments/${comment.id}`,
    html_url: `${pageUrl(world)}/issues/${comment.issue}#issuecomment-${comment.id}`,
    issue_url: `${url}/${comment.issue}`,
    body: comment.body,
    user: user(api, world.origin, comment.author),
    author_association: associationOf(world, comment.author),
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    performed_via_github_app: null,
  };
}

/** @throws 404 */
function find(world: World, request: ApiRequest): IssueComment {
  const id = request.param('comment_id');
  const found = world.store.state.comments.find((one) => String(one.id) === id);
  if (found === undefined) throw notFound();
  return found;
}

/** @throws 422 */
function checked(body: string): string {
  if (body.trim() !== '' && body.length <= MAX_BODY) return body;
  const empty = body.trim() === '';
  throw invalid('Validation Failed', [
    {
      ...{ resource: 'IssueComment', field: 'body', code: empty ? 'missing_field' : 'custom' },
      ...(empty ? {} : { message: `body is too long (maximum is ${MAX_BODY} characters)` }),
    },
  ]);
}

function issueOf({ store }: World, comment: IssueComment): Issue | undefined {
  return store.state.issues.find((one) => one.number === comment.issue);
}

/** Changed or made at that moment or later. */
function since(request: ApiRequest): (comment: IssueComment) => boolean {
  const asked = Date.parse(request.query.get('since') ?? '');
  return (comment) => Number.isNaN(asked) || Date.parse(comment.updatedAt) >= asked;
}

export const issueComments: Operations = {
  'issues/list-comments': {
    needs: 'issues=read',
    run: (world, request) => {
      const { number } = findIssue(world, request);
      const found = world.store.state.comments.filter((one) => one.issue === number).filter(since(request));
      return page(request, found, (rows) => rows.map((one) => commentOf(world, request.api, one)));
    },
  },
  'issues/list-comments-for-repo': {
    needs: 'issues=read',
    run: (world, request) => {
      const by = request.query.get('sort') === 'updated' ? 'updatedAt' : 'createdAt';
      const found = world.store.state.comments
        .filter(since(request))
        .sort((a, b) => Date.parse(a[by]) - Date.parse(b[by]));
      if (request.query.get('direction') === 'desc') found.reverse();
      return page(request, found, (rows) => rows.map((one) => commentOf(world, request.api, one)));
    },
  },
  'issues/get-comment': {
    needs: 'issues=read',
    run: (world, request) => ok(commentOf(world, request.api, find(world, request))),
  },
  'issues/create-comment': {
    needs: 'issues=write',
    run: (world, request) => {
      const issue = findIssue(world, request);
      const now = utc(Date.now());
      const comment: IssueComment = {
        ...{ id: world.store.id(), issue: issue.number, body: checked(request.body.body) },
        ...{ author: request.identity.login, createdAt: now, updatedAt: now },
      };
      world.store.state.comments.push(comment);
      issue.updatedAt = now;
      return created(commentOf(world, request.api, comment));
    },
  },
  'issues/update-comment': {
    needs: 'issues=write',
    run: (world, request) => {
      const comment = find(world, request);
      mayEdit(request, comment.author);
      comment.body = checked(request.body.body);
      comment.updatedAt = edited(comment.createdAt);
      const issue = issueOf(world, comment);
      if (issue !== undefined) issue.updatedAt = edited(issue.createdAt);
      return ok(commentOf(world, request.api, comment));
    },
  },
  'issues/delete-comment': {
    needs: 'issues=write',
    run: (world, request) => {
      const comment = find(world, request);
      mayEdit(request, comment.author);
      const { comments } = world.store.state;
      comments.splice(comments.indexOf(comment), 1);
      const issue = issueOf(world, comment);
      if (issue !== undefined) issue.updatedAt = edited(issue.createdAt);
      return { status: 204 };
    },
  },
};
