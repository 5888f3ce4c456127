import type { components } from '@octokit/openapi-types';
import { ApiError, invalid, notFound } from './api-error.ts';
import { resolveCommit } from './commits.ts';
import { utc } from './git-objects.ts';
import { nodeId } from './people.ts';
import { ok, page, type Answer, type ApiRequest, type Operations, type World } from './operation.ts';
import { pageUrl, repoUrl } from './repository.ts';
import { readWorkflows, type WorkflowFile } from './workflow-file.ts';

type Schemas = components['schemas'];

export interface KnownWorkflow {
  path: string;
  id: number;
  name: string;
  createdAt: string;
}

/** Gives a workflow its id, the first time that it is seen, and its newest name. */
export function register(world: World, file: Pick<WorkflowFile, 'path' | 'name'>): KnownWorkflow {
  const { workflows } = world.store.state;
  const known = (workflows[file.path] ??= {
    id: world.store.id(),
    name: file.name,
    createdAt: utc(Date.now()),
    runs: 0,
  });
  known.name = file.name;
  return { path: file.path, ...known };
}

/** Those on the default branch, and those that have run. */
async function known(world: World): Promise<KnownWorkflow[]> {
  const head = await world.git.ref(`refs/heads/${world.settings.defaultBranch}`);
  for (const file of head === undefined ? [] : await readWorkflows(world.git, head)) register(world, file);
  return Object.entries(world.store.state.workflows).map(([path, row]) => ({ path, ...row }));
}

/** By id, file name or path. @throws 404 */
export async function findWorkflow(world: World, asked: string): Promise<KnownWorkflow> {
  const all = await known(world);
  const found = all.find(({ id, path }) => [String(id), path, path.split('/').at(-1)].includes(asked));
  if (found === undefined) throw notFound();
  return found;
}

function workflowOf(world: World, api: string, workflow: KnownWorkflow): Schemas['workflow'] {
  return {
    id: workflow.id,
    node_id: nodeId('Workflow', workflow.id),
    name: workflow.name,
    path: workflow.path,
    state: 'active',
    created_at: workflow.createdAt,
    updated_at: workflow.createdAt,
    url: `${repoUrl(world, api)}/actions/workflows/${workflow.id}`,
    html_url: `${pageUrl(world)}/blob/${world.settings.defaultBranch}/${workflow.path}`,
    badge_url: `${pageUrl(world)}/workflows/${encodeURIComponent(workflow.name)}/badge.svg`,
  };
}

interface DispatchBody {
  ref: string;
  inputs?: Record<string, unknown>;
  return_run_details?: boolean;
}

async function dispatch(world: World, request: ApiRequest<DispatchBody>): Promise<Answer> {
  if (!world.settings.features.runDetails && 'return_run_details' in request.body)
    throw new ApiError(400, 'Invalid request.\n\n"return_run_details" is not a permitted key.');
  const { ref: name, inputs = {}, return_run_details: details } = request.body;
  const workflow = await findWorkflow(world, request.param('workflow_id'));
  const short = name.replace(/^refs\/(heads|tags)\//, '');
  const candidates = name.startsWith('refs/') ? [name] : [`refs/heads/${short}`, `refs/tags/${short}`];
  const existing = await Promise.all(candidates.map((ref) => world.git.ref(ref)));
  const ref = candidates.find((_, index) => existing[index] !== undefined);
  if (ref === undefined) throw invalid(`No ref found for: ${name}`);
  const sha = await resolveCommit(world, ref);
  const id = await world.runs.dispatch({
    workflow: workflow.path,
    ref,
    sha,
    actor: request.identity.login,
    inputs,
  });
  if (details !== true) return { status: 204 };
  const run = `/actions/runs/${id}`;
  return ok({
    workflow_run_id: id,
    run_url: `${repoUrl(world, request.api)}${run}`,
    html_url: `${pageUrl(world)}${run}`,
  });
}

export const workflows: Operations = {
  'actions/list-repo-workflows': {
    needs: 'actions=read',
    run: async (world, request) => {
      const all = await known(world);
      return page(request, all, (rows) => ({
        total_count: all.length,
        workflows: rows.map((row) => workflowOf(world, request.api, row)),
      }));
    },
  },
  'actions/get-workflow': {
    needs: 'actions=read',
    run: async (world, request) =>
      ok(workflowOf(world, request.api, await findWorkflow(world, request.param('workflow_id')))),
  },
  'actions/create-workflow-dispatch': { needs: 'actions=write', run: dispatch },
};
