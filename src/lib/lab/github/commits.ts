import type { components } from '@octokit/openapi-types';
import { ApiError, invalid, notFound } from './api-error.ts';
import { EMPTY_TREE, type Change, type GitCommit } from './git-objects.ts';
import { loginOf } from './members.ts';
import { nodeId, user } from './people.ts';
import { ok, page, type ApiRequest, type Operations, type World } from './operation.ts';
import { pageUrl, repoUrl } from './repository.ts';

type Schemas = components['schemas'];

const UNSIGNED = { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null };

export function commitOf(world: World, api: string, commit: GitCommit): Schemas['commit'] {
  const url = repoUrl(world, api);
  const { sha } = commit;
  return {
    sha,
    node_id: nodeId('Commit', sha),
    url: `${url}/commits/${sha}`,
    html_url: `${pageUrl(world)}/commit/${sha}`,
    comments_url: `${url}/commits/${sha}/comments`,
    commit: {
      url: `${url}/git/commits/${sha}`,
      author: commit.author,
      committer: commit.committer,
      message: commit.message,
      comment_count: 0,
      tree: { sha: commit.tree, url: `${url}/git/trees/${commit.tree}` },
      verification: UNSIGNED,
    },
    author: personOf(world, api, commit.author.email),
    committer: personOf(world, api, commit.committer.email),
    parents: parentsOf(world, url, commit),
  };
}

/** Whom GitHub knows by the address. */
function personOf(world: World, api: string, email: string): Schemas['simple-user'] | null {
  const login = loginOf(world.settings, email);
  return login === undefined ? null : user(api, world.origin, login);
}

function parentsOf(
  world: World,
  url: string,
  commit: GitCommit,
): { sha: string; url: string; html_url: string }[] {
  return commit.parents.map((sha) => ({
    sha,
    url: `${url}/commits/${sha}`,
    html_url: `${pageUrl(world)}/commit/${sha}`,
  }));
}

export function gitCommitOf(world: World, api: string, commit: GitCommit): Schemas['git-commit'] {
  const url = repoUrl(world, api);
  return {
    sha: commit.sha,
    node_id: nodeId('Commit', commit.sha),
    url: `${url}/git/commits/${commit.sha}`,
    html_url: `${pageUrl(world)}/commit/${commit.sha}`,
    author: commit.author,
    committer: commit.committer,
    message: commit.message,
    tree: { sha: commit.tree, url: `${url}/git/trees/${commit.tree}` },
    parents: parentsOf(world, url, commit),
    verification: UNSIGNED,
  };
}

/** GitHub lists 300 files at the most. */
function filesOf(
  world: World,
  api: string,
  sha: string,
  changes: readonly Change[],
): Schemas['diff-entry'][] {
  return changes.slice(0, 300).map(({ path, status, additions, deletions, sha: blob }) => {
    const encoded = path.split('/').map(encodeURIComponent).join('/');
    return {
      sha: blob,
      filename: path,
      status,
      additions,
      deletions,
      changes: additions + deletions,
      blob_url: `${pageUrl(world)}/blob/${sha}/${encoded}`,
      raw_url: `${pageUrl(world)}/raw/${sha}/${encoded}`,
      contents_url: `${repoUrl(world, api)}/contents/${encoded}?ref=${sha}`,
    };
  });
}

export function simpleCommitOf(commit: GitCommit): Schemas['simple-commit'] {
  const { author, committer } = commit;
  return {
    id: commit.sha,
    tree_id: commit.tree,
    message: commit.message,
    timestamp: committer.date,
    author: { name: author.name, email: author.email },
    committer: { name: committer.name, email: committer.email },
  };
}

/** A commit that is known to exist. */
export async function existing(world: World, sha: string): Promise<GitCommit> {
  const commit = await world.git.commit(sha);
  if (commit === undefined) throw notFound();
  return commit;
}

/** @throws 422, GitHub's answer to a ref that names no commit */
export async function resolveCommit(world: World, ref: string): Promise<string> {
  const sha = await world.git.resolve(ref);
  if (sha === undefined) throw invalid(`No commit found for SHA: ${ref}`);
  return sha;
}

async function listCommits(world: World, request: ApiRequest): Promise<GitCommit[]> {
  const from = request.query.get('sha') ?? world.settings.defaultBranch;
  const sha = await world.git.resolve(from);
  if (sha === undefined) throw notFound();
  const dates = (['since', 'until'] as const).flatMap((name) => {
    const value = request.query.get(name);
    return value === null ? [] : [`--${name}=${new Date(value).toISOString()}`];
  });
  const path = request.query.get('path');
  return world.git.log([...dates, sha, '--', ...(path === null ? [] : [`:(literal)${path}`])]);
}

async function compare(world: World, request: ApiRequest): Promise<Schemas['commit-comparison']> {
  const { git } = world;
  const [baseName = '', headName = ''] = request.param('basehead').split('...');
  const [base, head] = await Promise.all([git.resolve(baseName), git.resolve(headName)]);
  if (base === undefined || head === undefined) throw notFound();
  const fork = await git.mergeBase(base, head);
  if (fork === undefined) throw new ApiError(404, `No common ancestor between ${baseName} and ${headName}.`);
  const { ahead, behind } = await git.distance(base, head);
  const commits = await git.log(['--reverse', `${base}..${head}`, '--']);
  const render = async (sha: string): Promise<Schemas['commit']> =>
    commitOf(world, request.api, await existing(world, sha));
  const html = `${pageUrl(world)}/compare/${baseName}...${headName}`;
  return {
    url: request.url,
    html_url: html,
    permalink_url: `${pageUrl(world)}/compare/${base}...${head}`,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    base_commit: await render(base),
    merge_base_commit: await render(fork),
    status: ahead === 0 ? (behind === 0 ? 'identical' : 'behind') : behind === 0 ? 'ahead' : 'diverged',
    ahead_by: ahead,
    behind_by: behind,
    total_commits: ahead,
    commits: commits.slice(0, 250).map((commit) => commitOf(world, request.api, commit)),
    files: filesOf(world, request.api, head, await git.changes(fork, head)),
  };
}

/** @param sha of a tree */
export async function gitTreeOf(
  world: World,
  api: string,
  sha: string,
  recursive: boolean,
): Promise<Schemas['git-tree']> {
  const url = repoUrl(world, api);
  const entries = await world.git.tree(sha, recursive);
  return {
    sha,
    url: `${url}/git/trees/${sha}`,
    truncated: false,
    tree: entries.map((entry) => ({
      path: entry.path,
      mode: entry.mode,
      type: entry.type,
      sha: entry.sha,
      ...(entry.size === undefined ? {} : { size: entry.size }),
      url: `${url}/git/${entry.type}s/${entry.sha}`,
    })),
  };
}

async function tree(world: World, request: ApiRequest): Promise<Schemas['git-tree']> {
  const name = request.param('tree_sha');
  const type = await world.git.type(name);
  const commit = type === 'tree' ? undefined : await world.git.resolve(name);
  const sha = type === 'tree' ? name : commit && (await existing(world, commit)).tree;
  if (sha === undefined) throw notFound();
  return gitTreeOf(world, request.api, sha, request.query.has('recursive'));
}

export const commits: Operations = {
  'repos/list-commits': {
    needs: 'contents=read',
    run: async (world, request) => {
      const found = await listCommits(world, request);
      return page(request, found, (rows) => rows.map((commit) => commitOf(world, request.api, commit)));
    },
  },
  'repos/get-commit': {
    needs: 'contents=read',
    run: async (world, request) => {
      const sha = await resolveCommit(world, request.param('ref'));
      const commit = await existing(world, sha);
      const changes = await world.git.changes(commit.parents[0] ?? EMPTY_TREE, sha);
      const sum = (key: 'additions' | 'deletions'): number => changes.reduce((all, one) => all + one[key], 0);
      const [additions, deletions] = [sum('additions'), sum('deletions')];
      return ok({
        ...commitOf(world, request.api, commit),
        stats: { additions, deletions, total: additions + deletions },
        files: filesOf(world, request.api, sha, changes),
      });
    },
  },
  'repos/compare-commits-with-basehead': {
    needs: 'contents=read',
    run: async (world, request) => ok(await compare(world, request)),
  },
  'git/get-commit': {
    needs: 'contents=read',
    run: async (world, request) =>
      ok(gitCommitOf(world, request.api, await existing(world, request.param('commit_sha')))),
  },
  'git/get-tree': {
    needs: 'contents=read',
    run: async (world, request) => ok(await tree(world, request)),
  },
};
