import type { RestEndpointMethodTypes } from '@octokit/rest';
import { Exit } from '../../domain/exit.ts';
import { HdError } from '../../domain/errors.ts';
import type { GitHub, GitHubIssue } from '../../ports.ts';
import { once, type Calls } from './calls.ts';
import { answered, isRequestError } from './failures.ts';
import { sameText } from './text.ts';

type Issues = Pick<GitHub, 'issues' | 'issue' | 'createIssue' | 'closeIssue'>;
type Issue = RestEndpointMethodTypes['issues']['get']['response']['data'];
type NewIssue = Parameters<GitHub['createIssue']>[0];

/** GitHub takes no more for one issue. */
const MAX_ASSIGNEES = 10;

export function createIssues(calls: Calls): Issues {
  const { octokit, at } = calls;
  const { issues } = octokit.rest;

  const issue = async (number: number) => {
    // 410: it was deleted.
    const found = await calls.find(
      `read issue #${number}`,
      () => issues.get({ ...at, issue_number: number }),
      [404, 410],
    );
    // One that was moved to another repository is followed there, where it has another number.
    const isOurs = found?.data.pull_request === undefined && found?.data.number === number;
    return isOurs ? fromIssue(found.data) : undefined;
  };

  const close = (number: number, reason: 'completed' | 'not_planned') =>
    calls.write(
      `close issue #${number}`,
      async () => {
        const closed = { state: 'closed', state_reason: reason } as const;
        await issues.update({ ...at, ...once, issue_number: number, ...closed });
        return true;
      },
      async () => ((await issue(number))?.open === false ? true : undefined),
    );

  /** Among the newest, with whatever labels GitHub left it. */
  const made = async ({ title, body }: NewIssue) => {
    const { data } = await calls.read(`look for issue "${title}"`, () =>
      issues.listForRepo({ ...at, state: 'all', sort: 'created', direction: 'desc', per_page: 100 }),
    );
    const same = data.find((each) => each.title === title && sameText(each.body ?? '', body));
    return same && fromIssue(same);
  };

  const create = (asked: NewIssue) =>
    calls.write(
      `create issue "${asked.title}"`,
      async () => {
        const { title, body, labels, assignees = [] } = asked;
        const wanted = { ...at, ...once, title, body, labels: [...labels] };
        try {
          const { data } = await issues.create({ ...wanted, assignees: assignees.slice(0, MAX_ASSIGNEES) });
          return fromIssue(data);
        } catch (error) {
          // Who may not be assigned is still named in the body: better an issue without assignees than none.
          if (assignees.length === 0 || !isAboutAssignees(error)) throw error;
          return fromIssue((await issues.create(wanted)).data);
        }
      },
      () => made(asked),
    );

  return {
    issue,

    async issues({ labels, state, since }) {
      const all = await calls.read(`list the issues labelled ${labels.join(', ')}`, () =>
        octokit.paginate(issues.listForRepo, {
          ...at,
          state,
          labels: labels.join(','),
          sort: 'created',
          direction: 'desc',
          per_page: 100,
          ...(since === undefined ? {} : { since: new Date(since).toISOString() }),
        }),
      );
      return all.filter((each) => each.pull_request === undefined).map(fromIssue);
    },

    async createIssue(asked) {
      const created = await create(asked);
      const has = new Set(created.labels.map((label) => label.toLowerCase()));
      const dropped = asked.labels.filter((label) => !has.has(label.toLowerCase()));
      if (dropped.length === 0) return created;
      // GitHub leaves labels out in silence for who may not push, and without them the issue is never found again.
      await close(created.number, 'not_planned').catch(() => undefined);
      throw new HdError(
        'github-labels',
        Exit.notAllowed,
        `GitHub made issue #${created.number} without ${dropped.join(', ')}: ${created.author} may not label issues of ${calls.name}`,
        { facts: [{ label: 'issue', text: created.url }] },
      );
    },

    async closeIssue(number, reason) {
      await close(number, reason);
    },
  };
}

/** A refusal whose errors name the field. */
function isAboutAssignees(error: unknown): boolean {
  if (!isRequestError(error) || answered(error) !== 422) return false;
  return /"field":\s*"assignees?"/.test(JSON.stringify(error.response?.data));
}

function fromIssue(issue: Issue): GitHubIssue {
  return {
    number: issue.number,
    url: issue.html_url,
    title: issue.title,
    body: issue.body ?? '',
    author: issue.user?.login ?? '',
    labels: issue.labels.flatMap((label) => (typeof label === 'string' ? label : (label.name ?? []))),
    assignees: (issue.assignees ?? []).map(({ login }) => login),
    open: issue.state === 'open',
    at: Date.parse(issue.created_at),
    ...(issue.closed_at === null ? {} : { closedAt: Date.parse(issue.closed_at) }),
    ...(issue.closed_by ? { closedBy: issue.closed_by.login } : {}),
  };
}
