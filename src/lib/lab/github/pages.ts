import { commitPage, comparePage } from './commit-pages.ts';
import { issueList, issuePage } from './issue-page.ts';
import type { Answer, World } from './operation.ts';
import { html, type Page } from './page.ts';
import { jobText, runPage, runText } from './run-page.ts';
import type { DeploymentStatus } from './state.ts';

/**
 * What a person sees who follows a link of the lab's GitHub: a release, a run, an issue, the deployments. Open to all,
 * as pages of a public repository are.
 */
export async function pageRoute(world: World, url: URL): Promise<Answer | undefined> {
  const { owner, repo } = world.settings;
  const start = `/${owner}/${repo}`;
  if (url.pathname !== start && !url.pathname.startsWith(`${start}/`)) return undefined;
  const path = url.pathname.slice(start.length).split('/').filter(Boolean).map(decodeURIComponent);
  const page = await pageOf(world, start, path, url.searchParams);
  return page === undefined
    ? html(404, { title: 'Not found', rows: [['', 'The lab has no such page.', start]] })
    : html(200, page);
}

async function pageOf(
  world: World,
  start: string,
  path: string[],
  query: URLSearchParams,
): Promise<Page | undefined> {
  const [area = '', kind, name, below] = path;
  switch (area) {
    case '':
      return overview(world, start);
    case 'releases':
      return kind === 'tag' && name !== undefined ? release(world, start, name) : overview(world, start);
    case 'actions':
      if (kind !== 'runs' || name === undefined) return overview(world, start);
      return below === 'job' ? job(world, start, Number(path[4])) : runPage(world, start, Number(name));
    case 'deployments':
      return deployments(world, start, environmentAsked(kind, query));
    case 'issues':
    case 'pull':
      return kind === undefined ? issueList(world, start) : issuePage(world, start, Number(kind));
    case 'commit':
      return commitPage(world, start, kind ?? '');
    case 'compare':
      return comparePage(world, start, path.slice(1).join('/'));
    default:
      return undefined;
  }
}

/** In the path, or as the API's and the site's links have it. */
function environmentAsked(kind: string | undefined, query: URLSearchParams): string | undefined {
  const named = query.get('environments_filter') ?? query.get('environment') ?? undefined;
  return kind === 'activity_log' ? named : (kind ?? named);
}

function overview({ store: { state } }: World, start: string): Page {
  return {
    title: start.slice(1),
    rows: [
      ...state.releases.map((each) => ['release', each.tag, `${start}/releases/tag/${each.tag}`] as const),
      ...state.runs.map((each) => [each.title, runText(each), `${start}/actions/runs/${each.id}`] as const),
      ['deployments', `${state.deployments.length}`, `${start}/deployments`],
      ['issues', `${state.issues.length}`, `${start}/issues`],
    ],
  };
}

function release({ store: { state } }: World, start: string, tag: string): Page | undefined {
  const found = state.releases.find((each) => each.tag === tag && !each.draft);
  if (found === undefined) return undefined;
  const assets = found.assets.map(
    ({ name }) => ['asset', name, `${start}/releases/download/${tag}/${name}`] as const,
  );
  return {
    title: found.name ?? tag,
    rows: [
      ['published', `${found.publishedAt ?? ''} by ${found.author}`],
      ['commit', found.target],
      ...assets,
      ['notes', found.body ?? ''],
    ],
  };
}

function job({ store: { state } }: World, start: string, id: number): Page | undefined {
  const found = state.jobs.find((each) => each.id === id);
  if (found === undefined) return undefined;
  return {
    title: found.name,
    rows: [
      ['run', `${found.run}`, `${start}/actions/runs/${found.run}`],
      ['job', jobText(found)],
      ...found.steps.map(
        (each) => [`${each.number}`, `${each.name}: ${each.conclusion ?? each.status}`] as const,
      ),
    ],
  };
}

function deployments({ store: { state } }: World, start: string, environment: string | undefined): Page {
  const shown = state.deployments.filter(
    (each) => environment === undefined || each.environment === environment,
  );
  return {
    title: `${start.slice(1)}: deployments`,
    rows: shown
      .flatMap((each) => [
        [each.environment, `${each.ref} at ${each.sha}, by ${each.creator}, ${each.createdAt}`] as const,
        ...each.statuses.map((status) => ['', statusText(status)] as const),
      ])
      .reverse(),
  };
}

function statusText({ state, description, createdAt }: DeploymentStatus): string {
  return `${state}, ${createdAt}: ${description}`;
}
