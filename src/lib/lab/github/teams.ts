import type { components } from '@octokit/openapi-types';
import { notFound } from './api-error.ts';
import { findLogin, isMember, teamId } from './members.ts';
import { ok, page, type ApiRequest, type Operations, type World } from './operation.ts';
import { nodeId, stableId, user } from './people.ts';
import { BORN, publicUser } from './repository.ts';

type Schemas = components['schemas'];

function teamUrl(api: string, owner: string, slug: string): string {
  return `${api}/orgs/${owner}/teams/${slug}`;
}

export function teamOf(world: World, api: string, slug: string) {
  const { owner } = world.settings;
  const url = teamUrl(api, owner, slug);
  return {
    id: teamId(slug),
    node_id: nodeId('Team', slug),
    name: slug,
    slug,
    description: null,
    privacy: 'closed' as const,
    permission: 'push',
    url,
    html_url: `${world.origin}/orgs/${owner}/teams/${slug}`,
    members_url: `${url}/members{/member}`,
    repositories_url: `${url}/repos`,
    type: 'organization' as const,
    organization_id: stableId(owner),
    parent: null,
  };
}

function organization(world: World, api: string): Schemas['team-organization'] {
  const { owner } = world.settings;
  const url = `${api}/orgs/${owner}`;
  return {
    login: owner,
    id: stableId(owner),
    node_id: nodeId('Organization', owner),
    url,
    repos_url: `${url}/repos`,
    events_url: `${url}/events`,
    hooks_url: `${url}/hooks`,
    issues_url: `${url}/issues`,
    members_url: `${url}/members{/member}`,
    public_members_url: `${url}/public_members{/member}`,
    avatar_url: `${world.origin}/avatars/${owner}`,
    html_url: `${world.origin}/${owner}`,
    description: null,
    has_organization_projects: false,
    has_repository_projects: false,
    ...{ public_repos: 0, public_gists: 0, followers: 0, following: 0 },
    type: 'Organization',
    created_at: BORN,
    updated_at: BORN,
    archived_at: null,
  };
}

function requireOrganization({ settings }: World, request: ApiRequest): void {
  const ours = request.param('org').toLowerCase() === settings.owner.toLowerCase();
  if (!ours || !isMember(settings, request.identity.login)) throw notFound();
}

/** @throws 404, also for somebody from outside, who can't see any team */
function find(world: World, request: ApiRequest): { slug: string; members: readonly string[] } {
  requireOrganization(world, request);
  const slug = request.param('team_slug');
  const members = Object.entries(world.settings.teams).find(([name]) => name === slug)?.[1];
  if (members === undefined) throw notFound();
  return { slug, members };
}

/** Teams of the organization, and people. */
export const teams: Operations = {
  'teams/list': {
    needs: 'members=read',
    run: (world, request) => {
      requireOrganization(world, request);
      const slugs = Object.keys(world.settings.teams);
      return page(request, slugs, (rows) => rows.map((slug) => teamOf(world, request.api, slug)));
    },
  },
  'teams/get-by-name': {
    needs: 'members=read',
    run: (world, request) => {
      const { slug, members } = find(world, request);
      const team: Schemas['team-full'] = {
        ...teamOf(world, request.api, slug),
        parent: null,
        members_count: members.length,
        repos_count: 1,
        created_at: BORN,
        updated_at: BORN,
        organization: organization(world, request.api),
      };
      return ok(team);
    },
  },
  'teams/list-members-in-org': {
    needs: 'members=read',
    run: (world, request) => {
      const { members } = find(world, request);
      return page(request, members, (rows) => rows.map((login) => user(request.api, world.origin, login)));
    },
  },
  'teams/get-membership-for-user-in-org': {
    needs: 'members=read',
    run: (world, request) => {
      const { slug, members } = find(world, request);
      const login = findLogin(world.settings, request.param('username'));
      if (login === undefined || !members.includes(login)) throw notFound();
      const url = `${teamUrl(request.api, world.settings.owner, slug)}/memberships/${login}`;
      return ok({ url, role: 'member', state: 'active' });
    },
  },
  'users/get-by-username': {
    run: (world, request) => {
      const login = findLogin(world.settings, request.param('username'));
      if (login === undefined) throw notFound();
      return ok(publicUser(world, request.api, login));
    },
  },
};
