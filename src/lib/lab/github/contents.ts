import type { components } from '@octokit/openapi-types';
import { notFound } from './api-error.ts';
import type { TreeEntry } from './git-objects.ts';
import { ok, type Answer, type ApiRequest, type Operations, type World } from './operation.ts';
import { pageUrl, repoUrl } from './repository.ts';

/** Above it GitHub gives a file's content in the raw form only. */
const MEGABYTE = 1024 * 1024;

type Schemas = components['schemas'];

/** What a file, a directory's entry and a symlink have in common. */
function entryOf(world: World, request: ApiRequest, path: string, sha: string, entry: TreeEntry) {
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  const url = `${repoUrl(world, request.api)}/contents/${encoded}?ref=${sha}`;
  const git = `${repoUrl(world, request.api)}/git/${entry.type}s/${entry.sha}`;
  const html = `${pageUrl(world)}/blob/${sha}/${encoded}`;
  return {
    name: path.split('/').at(-1) ?? path,
    path,
    sha: entry.sha,
    size: entry.size ?? 0,
    url,
    html_url: html,
    git_url: git,
    download_url: entry.type === 'blob' ? `${pageUrl(world)}/raw/${sha}/${encoded}` : null,
    _links: { self: url, git, html },
  };
}

function kindOf(entry: TreeEntry): 'file' | 'dir' | 'submodule' | 'symlink' {
  if (entry.type === 'tree') return 'dir';
  if (entry.type === 'commit') return 'submodule';
  return entry.mode === '120000' ? 'symlink' : 'file';
}

/** GitHub wraps base64 at 60 characters, and ends it with a newline. */
function wrapped(content: Buffer): string {
  return content.toString('base64').replace(/.{1,60}/g, '$&\n');
}

async function contents(world: World, request: ApiRequest): Promise<Answer> {
  const path = request.param('path').replace(/^\/+|\/+$/g, '');
  const sha = await world.git.resolve(request.query.get('ref') ?? world.settings.defaultBranch);
  const entry = sha === undefined ? undefined : await world.git.entry(sha, path);
  if (sha === undefined || entry === undefined) throw notFound();
  if (entry.type === 'tree') {
    const rows = await world.git.tree(entry.sha, false);
    return ok(
      rows.map((row) => {
        const full = path === '' ? row.path : `${path}/${row.path}`;
        // a submodule is listed as a file, for GitHub's own compatibility
        const kind = kindOf(row);
        return { ...entryOf(world, request, full, sha, row), type: kind === 'submodule' ? 'file' : kind };
      }),
    );
  }
  const content = await world.git.blob(entry.sha);
  if (/application\/vnd\.github\.(v3\.)?raw/.test(request.headers.accept ?? ''))
    return {
      status: 200,
      raw: content,
      headers: { 'content-type': 'application/vnd.github.raw; charset=utf-8' },
    };
  const common = entryOf(world, request, path, sha, entry);
  if (kindOf(entry) === 'symlink') return ok({ ...common, type: 'symlink', target: content.toString() });
  const big = content.length > MEGABYTE;
  const file: Schemas['content-file'] = {
    ...common,
    type: 'file',
    content: big ? '' : wrapped(content),
    encoding: big ? 'none' : 'base64',
  };
  return ok(file);
}

export const files: Operations = {
  'repos/get-content': { needs: 'contents=read', run: contents },
};
