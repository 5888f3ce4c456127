import type { Answer, World } from './operation.ts';
import { latestJobs, type DeploymentStatus, type Job, type Run } from './state.ts';

/** A page's title, and what stands under it: the rows of one table. */
interface Page {
  title: string;
  rows: readonly (readonly [label: string, text: string, link?: string])[];
}

/**
 * What a person sees who follows a link of the lab's GitHub: a release, a run, a job, the deployments. Open to all, as
 * pages of a public repository are.
 */
export function pageRoute(world: World, url: URL): Answer | undefined {
  const { owner, repo } = world.settings;
  const start = `/${owner}/${repo}`;
  if (url.pathname !== start && !url.pathname.startsWith(`${start}/`)) return undefined;
  const path = url.pathname.slice(start.length).split('/').filter(Boolean).map(decodeURIComponent);
  const page = pageOf(world, start, path, url.searchParams);
  return page === undefined
    ? html(404, { title: 'Not found', rows: [['', 'The lab has no such page.', start]] })
    : html(200, page);
}

function pageOf(world: World, start: string, path: string[], query: URLSearchParams): Page | undefined {
  const [area = '', kind, name, below] = path;
  switch (area) {
    case '':
      return overview(world, start);
    case 'releases':
      return kind === 'tag' && name !== undefined ? release(world, start, name) : overview(world, start);
    case 'actions':
      if (kind !== 'runs' || name === undefined) return overview(world, start);
      return below === undefined ? run(world, start, Number(name)) : job(world, start, Number(path[4]));
    case 'deployments':
      return deployments(world, start, kind ?? query.get('environment') ?? undefined);
    default:
      return undefined;
  }
}

function overview({ store: { state } }: World, start: string): Page {
  return {
    title: start.slice(1),
    rows: [
      ...state.releases.map((each) => ['release', each.tag, `${start}/releases/tag/${each.tag}`] as const),
      ...state.runs.map(
        (each) => [each.workflow, runText(each), `${start}/actions/runs/${each.id}`] as const,
      ),
      ['deployments', `${state.deployments.length}`, `${start}/deployments`],
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

function run({ store: { state } }: World, start: string, id: number): Page | undefined {
  const found = state.runs.find((each) => each.id === id);
  if (found === undefined) return undefined;
  return {
    title: `${found.workflow} #${found.number}`,
    rows: [
      ['run', runText(found)],
      ['ref', `${found.ref} at ${found.sha}`],
      ...latestJobs(state, found).map(
        (each) => [each.name, jobText(each), `${start}/actions/runs/${id}/job/${each.id}`] as const,
      ),
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

function runText({ status, conclusion, event, actor, updatedAt }: Run): string {
  return `${conclusion ?? status}, by ${event} of ${actor}, ${updatedAt}`;
}

function jobText({ status, conclusion, startedAt, completedAt }: Job): string {
  return `${conclusion ?? status}, ${startedAt ?? ''} to ${completedAt ?? ''}`;
}

function html(status: number, { title, rows }: Page): Answer {
  const lines = rows.map(([label, text, link]) => {
    const shown = link === undefined ? safe(text) : `<a href="${safe(link)}">${safe(text)}</a>`;
    return `<tr><th>${safe(label)}</th><td>${shown}</td></tr>`;
  });
  const style =
    'body{font:1em sans-serif;margin:2em}th{text-align:left;padding-right:1em;vertical-align:top}';
  const body = `<h1>${safe(title)}</h1>\n<table>\n${lines.join('\n')}\n</table>\n<p>A page of the lab's GitHub.</p>`;
  const raw = `<!doctype html>\n<meta charset="utf-8">\n<title>${safe(title)}</title>\n<style>${style}</style>\n${body}\n`;
  return { status, raw: Buffer.from(raw), headers: { 'content-type': 'text/html; charset=utf-8' } };
}

function safe(text: string): string {
  return text.replace(/[&<>"']/g, (each) => `&#${each.codePointAt(0) ?? 0};`);
}
