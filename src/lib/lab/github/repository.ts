import type { components } from '@octokit/openapi-types';
import { ApiError } from './api-error.ts';
import { nodeId, stableId, user } from './people.ts';
import { ok, page, type ApiRequest, type Operations, type World } from './operation.ts';

type Schemas = components['schemas'];

/** Since when the lab's repository and users exist; a constant, so that answers do not differ by the day. */
export const BORN = '2026-01-05T08:00:00Z';

const PLAIN = [
  ...['contributors', 'deployments', 'downloads', 'events', 'forks', 'hooks', 'languages', 'merges'],
  ...['stargazers', 'subscribers', 'subscription', 'tags', 'teams'],
] as const;

const TEMPLATES = {
  archive_url: '/{archive_format}{/ref}',
  assignees_url: '/assignees{/user}',
  blobs_url: '/git/blobs{/sha}',
  branches_url: '/branches{/branch}',
  collaborators_url: '/collaborators{/collaborator}',
  comments_url: '/comments{/number}',
  commits_url: '/commits{/sha}',
  compare_url: '/compare/{base}...{head}',
  contents_url: '/contents/{+path}',
  git_commits_url: '/git/commits{/sha}',
  git_refs_url: '/git/refs{/sha}',
  git_tags_url: '/git/tags{/sha}',
  issue_comment_url: '/issues/comments{/number}',
  issue_events_url: '/issues/events{/number}',
  issues_url: '/issues{/number}',
  keys_url: '/keys{/key_id}',
  labels_url: '/labels{/name}',
  milestones_url: '/milestones{/number}',
  notifications_url: '/notifications{?since,all,participating}',
  pulls_url: '/pulls{/number}',
  releases_url: '/releases{/id}',
  statuses_url: '/statuses/{sha}',
  trees_url: '/git/trees{/sha}',
} as const;

/** `API/repos/OWNER/REPO`. */
export function repoUrl(world: World, api: string): string {
  return `${api}/repos/${world.settings.owner}/${world.settings.repo}`;
}

/** The repository's page for people. */
export function pageUrl(world: World): string {
  return `${world.origin}/${world.settings.owner}/${world.settings.repo}`;
}

/** What both of GitHub's forms of a repository have. */
function repositoryCore(world: World, api: string) {
  const { owner, repo } = world.settings;
  const url = repoUrl(world, api);
  const templates = Object.entries(TEMPLATES).map(([name, template]) => [name, url + template]);
  const plain = PLAIN.map((name) => [`${name}_url`, `${url}/${name}`]);
  return {
    id: stableId(`${owner}/${repo}`),
    node_id: nodeId('Repository', `${owner}/${repo}`),
    name: repo,
    full_name: `${owner}/${repo}`,
    owner: user(api, world.origin, owner),
    private: true,
    html_url: pageUrl(world),
    description: null,
    fork: false,
    url,
    ...(Object.fromEntries([...templates, ...plain]) as Record<
      keyof typeof TEMPLATES | `${(typeof PLAIN)[number]}_url`,
      string
    >),
  };
}

export function minimalRepository(world: World, api: string): Schemas['minimal-repository'] {
  return repositoryCore(world, api);
}

export function fullRepository(world: World, api: string): Schemas['full-repository'] {
  const path = `${world.settings.owner}/${world.settings.repo}`;
  const { host } = new URL(world.origin);
  return {
    ...repositoryCore(world, api),
    clone_url: `${pageUrl(world)}.git`,
    git_url: `git://${host}/${path}.git`,
    ssh_url: `git@${host}:${path}.git`,
    svn_url: pageUrl(world),
    default_branch: world.settings.defaultBranch,
    license: null,
    forks: 0,
    forks_count: 0,
    open_issues: 0,
    open_issues_count: 0,
    watchers: 0,
    watchers_count: 0,
    stargazers_count: 0,
    subscribers_count: 0,
    network_count: 0,
    size: 0,
    has_issues: true,
    has_projects: false,
    has_wiki: false,
    has_pages: false,
    has_downloads: true,
    has_discussions: false,
    homepage: null,
    language: null,
    archived: false,
    disabled: false,
    mirror_url: null,
    pushed_at: BORN,
    created_at: BORN,
    updated_at: BORN,
  };
}

export function publicUser(world: World, api: string, login: string): Schemas['public-user'] {
  return {
    ...user(api, world.origin, login),
    name: login,
    company: null,
    blog: null,
    location: null,
    email: null,
    hireable: null,
    bio: null,
    public_repos: 0,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: BORN,
    updated_at: BORN,
  };
}

function viewer(world: World, { api, identity }: ApiRequest): Schemas['public-user'] {
  if (identity.job) throw new ApiError(403, 'Resource not accessible by integration');
  return publicUser(world, api, identity.login);
}

async function tags(world: World, request: ApiRequest): Promise<Schemas['tag'][]> {
  const url = repoUrl(world, request.api);
  const names = [...(await world.git.refs()).keys()]
    .filter((ref) => ref.startsWith('refs/tags/'))
    .map((ref) => ref.slice('refs/tags/'.length));
  const rows = await Promise.all(
    names.map(async (name) => {
      const sha = await world.git.resolve(`refs/tags/${name}`);
      if (sha === undefined) return [];
      const ref = `refs/tags/${encodeURIComponent(name)}`;
      return [
        {
          name,
          commit: { sha, url: `${url}/commits/${sha}` },
          zipball_url: `${url}/zipball/${ref}`,
          tarball_url: `${url}/tarball/${ref}`,
          node_id: nodeId('Ref', ref),
        },
      ];
    }),
  );
  return rows.flat().sort((a, b) => (a.name < b.name ? 1 : -1));
}

export const repository: Operations = {
  'users/get-authenticated': { run: (world, request) => ok(viewer(world, request)) },
  'repos/get': {
    needs: 'metadata=read',
    run: (world, request) => ok(fullRepository(world, request.api)),
  },
  'repos/list-tags': {
    needs: 'metadata=read',
    run: async (world, request) => page(request, await tags(world, request)),
  },
};
