import type { components } from '@octokit/openapi-types';
import { ApiError } from './api-error.ts';
import { commitOf } from './commits.ts';
import { ok, page, type ApiRequest, type Operations, type World } from './operation.ts';
import { stableId } from './people.ts';
import { pageUrl, repoUrl } from './repository.ts';

type Schemas = components['schemas'];

async function branch(world: World, request: ApiRequest): Promise<Schemas['branch-with-protection']> {
  const name = request.param('branch');
  const sha = await world.git.ref(`refs/heads/${name}`);
  const commit = sha === undefined ? undefined : await world.git.commit(sha);
  if (commit === undefined) throw new ApiError(404, 'Branch not found');
  const url = `${repoUrl(world, request.api)}/branches/${encodeURIComponent(name)}`;
  const rules = world.store.state.branches[name];
  return {
    name,
    commit: commitOf(world, request.api, commit),
    _links: { self: url, html: `${pageUrl(world)}/tree/${name}` },
    protected: rules !== undefined,
    protection:
      rules === undefined ? { enabled: false } : protectionOf(`${url}/protection`, rules.protection),
    protection_url: `${url}/protection`,
  };
}

function protectionOf(url: string, contexts: string[]): Schemas['branch-protection'] {
  const checks = `${url}/required_status_checks`;
  return {
    enabled: true,
    required_status_checks: {
      ...{ url: checks, contexts_url: `${checks}/contexts`, strict: false },
      enforcement_level: 'non_admins',
      contexts,
      checks: contexts.map((context) => ({ context, app_id: null })),
    },
  };
}

/** What the repository's ruleset asks of a branch; besides checks it forbids to rewrite it. */
function rulesOf({ settings, store }: World, name: string): Schemas['repository-rule-detailed'][] {
  const contexts = store.state.branches[name]?.rules ?? [];
  if (contexts.length === 0) return [];
  const ruleset = {
    ruleset_source_type: 'Repository' as const,
    ruleset_source: `${settings.owner}/${settings.repo}`,
    ruleset_id: stableId(`ruleset:${name}`),
  };
  const parameters = {
    strict_required_status_checks_policy: false,
    required_status_checks: contexts.map((context) => ({ context })),
  };
  return [
    { type: 'non_fast_forward', ...ruleset },
    { type: 'required_status_checks', parameters, ...ruleset },
  ];
}

export const branches: Operations = {
  'repos/get-branch': {
    needs: 'contents=read',
    run: async (world, request) => ok(await branch(world, request)),
  },
  'repos/get-branch-rules': {
    needs: 'metadata=read',
    run: (world, request) => page(request, rulesOf(world, request.param('branch'))),
  },
};
