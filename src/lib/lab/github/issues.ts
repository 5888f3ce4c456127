import type { components } from '@octokit/openapi-types';
import { ApiError, invalid, notFound } from './api-error.ts';
import { utc } from './git-objects.ts';
import type { Issue } from './issue-state.ts';
import { labelsOf, useLabels } from './labels.ts';
import { findLogin, isMember } from './members.ts';
import { created, ok, page, type ApiRequest, type Operations, type World } from './operation.ts';
import { nodeId, user } from './people.ts';
import { pageUrl, repoUrl } from './repository.ts';
import { mayPush } from './tokens.ts';

type Schemas = components['schemas'];

/** GitHub's limit of an issue's and a comment's text. */
export const MAX_BODY = 65_536;
const MAX_TITLE = 256;

export function associationOf({ settings }: World, login: string): Schemas['author-association'] {
  return isMember(settings, login) ? 'MEMBER' : 'NONE';
}

function issueOf(world: World, api: string, issue: Issue): Schemas['issue'] {
  const url = `${repoUrl(world, api)}/issues/${issue.number}`;
  const html = `${pageUrl(world)}/${issue.pull === undefined ? 'issues' : 'pull'}/${issue.number}`;
  const person = (login: string) => user(api, world.origin, login);
  const pull = `${repoUrl(world, api)}/pulls/${issue.number}`;
  return {
    id: issue.id,
    node_id: nodeId('Issue', issue.id),
    url,
    repository_url: repoUrl(world, api),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: html,
    number: issue.number,
    state: issue.state,
    state_reason: issue.stateReason,
    title: issue.title,
    body: issue.body,
    user: person(issue.author),
    labels: labelsOf(world, api, issue.labels),
    assignee: issue.assignees[0] === undefined ? null : person(issue.assignees[0]),
    assignees: issue.assignees.map(person),
    milestone: null,
    locked: false,
    active_lock_reason: null,
    comments: world.store.state.comments.filter((one) => one.issue === issue.number).length,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_at: issue.closedAt,
    closed_by: issue.closedBy === null ? null : person(issue.closedBy),
    author_association: associationOf(world, issue.author),
    performed_via_github_app: null,
    ...(issue.pull === undefined
      ? {}
      : {
          pull_request: {
            ...{ url: pull, html_url: html, diff_url: `${html}.diff`, patch_url: `${html}.patch` },
            merged_at: issue.closedAt,
          },
        }),
  };
}

/** As a list has it: who closed it is said of one issue alone, as the description leaves GitHub free to do. */
function rowOf(world: World, api: string, issue: Issue): Schemas['issue'] {
  const { closed_by: _, ...row } = issueOf(world, api, issue);
  return row;
}

/** @throws 404 */
export function findIssue(world: World, request: ApiRequest): Issue {
  const number = request.param('issue_number');
  const found = world.store.state.issues.find((one) => String(one.number) === number);
  if (found === undefined) throw notFound();
  return found;
}

/** Its author may, and who may push. @throws 403 */
export function mayEdit({ identity }: ApiRequest, author: string): void {
  if (identity.login !== author && !mayPush(identity))
    throw new ApiError(403, 'Must have admin rights to Repository.');
}

/**
 * When something was changed: at least a second after it was made, since GitHub's times are whole seconds and one that
 * is edited at once would look as if it never was.
 */
export function edited(createdAt: string): string {
  return utc(Math.max(Date.now(), Date.parse(createdAt) + 1000));
}

/** @throws 422 */
function checked(title: string, body: string | null): { title: string; body: string | null } {
  const custom = (field: string, message: string) =>
    invalid('Validation Failed', [{ resource: 'Issue', code: 'custom', field, message }]);
  if (title.trim() === '') throw custom('title', "title can't be blank");
  if (title.length > MAX_TITLE)
    throw custom('title', `title is too long (maximum is ${MAX_TITLE} characters)`);
  if ((body?.length ?? 0) > MAX_BODY)
    throw custom('body', `body is too long (maximum is ${MAX_BODY} characters)`);
  return { title, body };
}

/** @throws 422 for somebody whom GitHub does not know */
function checkedLogins({ settings }: World, asked: readonly string[]): string[] {
  return asked.map((name) => {
    const login = findLogin(settings, name);
    if (login !== undefined) return login;
    throw invalid('Validation Failed', [{ resource: 'Issue', field: 'assignees', code: 'invalid' }]);
  });
}

export function addIssue(
  { store }: World,
  asked: Pick<Issue, 'title' | 'body' | 'author' | 'labels' | 'assignees'> & Partial<Issue>,
): Issue {
  const now = utc(Date.now());
  store.state.lastNumber += 1;
  const issue: Issue = {
    ...{ id: store.id(), number: store.state.lastNumber, state: 'open', stateReason: null },
    ...{ createdAt: now, updatedAt: now, closedAt: null, closedBy: null },
    ...asked,
  };
  store.state.lastNumber = Math.max(store.state.lastNumber, issue.number);
  store.state.issues.push(issue);
  return issue;
}

function listed(world: World, { query }: ApiRequest): Issue[] {
  const state = query.get('state') ?? 'open';
  const labels = (query.get('labels') ?? '').split(',').filter((name) => name !== '');
  const since = Date.parse(query.get('since') ?? '');
  const same = (name: string, values: readonly string[]): boolean => {
    const asked = query.get(name);
    if (asked === null) return true;
    if (asked === 'none') return values.length === 0;
    return asked === '*' ? values.length > 0 : values.includes(asked);
  };
  const has = (issue: Issue, label: string): boolean =>
    issue.labels.some((one) => one.toLowerCase() === label.trim().toLowerCase());
  const key = { updated: 'updatedAt', comments: 'comments' }[query.get('sort') ?? ''] ?? 'createdAt';
  const rank = (issue: Issue): number =>
    key === 'comments'
      ? world.store.state.comments.filter((one) => one.issue === issue.number).length
      : Date.parse(key === 'updatedAt' ? issue.updatedAt : issue.createdAt);
  const found = world.store.state.issues
    .filter(
      (issue) =>
        (state === 'all' || issue.state === state) &&
        labels.every((label) => has(issue, label)) &&
        same('creator', [issue.author]) &&
        same('assignee', issue.assignees) &&
        (Number.isNaN(since) || Date.parse(issue.updatedAt) >= since),
    )
    .sort((a, b) => rank(a) - rank(b) || a.number - b.number);
  return query.get('direction') === 'asc' ? found : found.reverse();
}

/** Opens or closes an issue, as it is asked for. */
function move(issue: Issue, to: Issue['state'], reason: Issue['stateReason'] | undefined, by: string): void {
  if (to === 'closed') {
    if (issue.state === 'open') Object.assign(issue, { closedAt: utc(Date.now()), closedBy: by });
    issue.stateReason = reason ?? 'completed';
  } else if (issue.state === 'closed')
    Object.assign(issue, { closedAt: null, closedBy: null, stateReason: 'reopened' });
  issue.state = to;
}

export const issues: Operations = {
  'issues/list-for-repo': {
    needs: 'issues=read',
    run: (world, request) =>
      page(request, listed(world, request), (rows) => rows.map((issue) => rowOf(world, request.api, issue))),
  },
  'issues/get': {
    needs: 'issues=read',
    run: (world, request) => ok(issueOf(world, request.api, findIssue(world, request))),
  },
  'issues/create': {
    needs: 'issues=write',
    run: (world, request) => {
      const { identity, body } = request;
      const text = checked(String(body.title), body.body ?? null);
      // who may not push sets neither: GitHub drops them without a word
      const pushes = mayPush(identity);
      const labels = pushes ? useLabels(world, body.labels ?? []) : [];
      const assignees = pushes ? checkedLogins(world, body.assignees ?? []) : [];
      const issue = addIssue(world, { ...text, author: identity.login, labels, assignees });
      return created(issueOf(world, request.api, issue));
    },
  },
  'issues/update': {
    needs: 'issues=write',
    run: (world, request) => {
      const issue = findIssue(world, request);
      const { identity, body = {} } = request;
      mayEdit(request, issue.author);
      const title = body.title === undefined || body.title === null ? issue.title : String(body.title);
      Object.assign(issue, checked(title, body.body === undefined ? issue.body : body.body));
      if (mayPush(identity)) {
        if (body.labels !== undefined) issue.labels = useLabels(world, body.labels);
        const logins = body.assignees?.map((one) => (typeof one === 'string' ? one : (one.login ?? '')));
        if (logins !== undefined) issue.assignees = checkedLogins(world, logins);
      }
      if (body.state !== undefined) move(issue, body.state, body.state_reason, identity.login);
      issue.updatedAt = edited(issue.createdAt);
      return ok(issueOf(world, request.api, issue));
    },
  },
};
