import type { components } from '@octokit/openapi-types';
import { resolveCommit } from './commits.ts';
import { utc } from './git-objects.ts';
import { nodeId, user } from './people.ts';
import { created, ok, type ApiRequest, type Operations, type World } from './operation.ts';
import { minimalRepository, repoUrl } from './repository.ts';
import type { CommitStatus } from './state.ts';

type Schemas = components['schemas'];

function simpleStatusOf(world: World, api: string, status: CommitStatus): Schemas['simple-commit-status'] {
  return {
    id: status.id,
    node_id: nodeId('Status', status.id),
    url: `${repoUrl(world, api)}/statuses/${status.sha}`,
    state: status.state,
    context: status.context,
    description: status.description,
    target_url: status.targetUrl,
    avatar_url: `${world.origin}/avatars/${encodeURIComponent(status.creator)}`,
    created_at: status.createdAt,
    updated_at: status.createdAt,
  };
}

async function combined(world: World, request: ApiRequest): Promise<Schemas['combined-commit-status']> {
  const sha = await resolveCommit(world, request.param('ref'));
  const all = world.store.state.statuses.filter((status) => status.sha === sha);
  const newest = all.filter((status) => all.findLast((other) => other.context === status.context) === status);
  const states = new Set(newest.map((status) => status.state));
  const url = repoUrl(world, request.api);
  return {
    // without any status GitHub says pending too
    state:
      states.has('failure') || states.has('error')
        ? 'failure'
        : states.has('pending') || states.size === 0
          ? 'pending'
          : 'success',
    statuses: newest.map((status) => simpleStatusOf(world, request.api, status)),
    sha,
    total_count: newest.length,
    repository: minimalRepository(world, request.api),
    commit_url: `${url}/commits/${sha}`,
    url: `${url}/commits/${sha}/status`,
  };
}

/** What other systems say of a commit. */
export const statuses: Operations = {
  'repos/get-combined-status-for-ref': {
    needs: 'statuses=read',
    run: async (world, request) => ok(await combined(world, request)),
  },
  'repos/create-commit-status': {
    needs: 'statuses=write',
    run: async (world, request) => {
      const sha = await resolveCommit(world, request.param('sha'));
      const { body, identity } = request;
      const status: CommitStatus = {
        id: world.store.id(),
        sha,
        state: body.state,
        context: body.context ?? 'default',
        description: body.description ?? null,
        targetUrl: body.target_url ?? null,
        creator: identity.login,
        createdAt: utc(Date.now()),
      };
      world.store.state.statuses.push(status);
      const creator = user(request.api, world.origin, identity.login);
      return created({ ...simpleStatusOf(world, request.api, status), creator } as Schemas['status']);
    },
  },
};
