import type { components } from '@octokit/openapi-types';
import { ApiError, invalid, notFound } from './api-error.ts';
import { unmetContexts } from './checks.ts';
import { ensureEnvironment } from './environments.ts';
import { utc } from './git-objects.ts';
import { created, ok, page, type ApiRequest, type Operations, type World } from './operation.ts';
import { nodeId, user } from './people.ts';
import { repoUrl } from './repository.ts';
import type { Deployment, DeploymentStatus } from './state.ts';
import type { Store } from './store.ts';

type Schemas = components['schemas'];

/** GitHub's limit of a status's description. */
const DESCRIPTION = 140;

export function deploymentOf(world: World, api: string, one: Deployment): Schemas['deployment'] {
  const url = `${repoUrl(world, api)}/deployments/${one.id}`;
  return {
    url,
    id: one.id,
    node_id: nodeId('Deployment', one.id),
    sha: one.sha,
    ref: one.ref,
    task: one.task,
    payload: one.payload,
    original_environment: one.environment,
    environment: one.statuses.at(-1)?.environment ?? one.environment,
    description: one.description,
    creator: user(api, world.origin, one.creator),
    created_at: one.createdAt,
    updated_at: one.statuses.at(-1)?.createdAt ?? one.createdAt,
    statuses_url: `${url}/statuses`,
    repository_url: repoUrl(world, api),
    transient_environment: one.transient,
    production_environment: one.production,
  };
}

function statusOf(
  world: World,
  api: string,
  one: Deployment,
  status: DeploymentStatus,
): Schemas['deployment-status'] {
  const url = `${repoUrl(world, api)}/deployments/${one.id}`;
  return {
    url: `${url}/statuses/${status.id}`,
    id: status.id,
    node_id: nodeId('DeploymentStatus', status.id),
    // GitHub's description lacks one that it uses: scripts/prune-openapi.ts adds it
    state: status.state as Schemas['deployment-status']['state'],
    creator: user(api, world.origin, status.creator),
    description: status.description,
    environment: status.environment,
    target_url: status.logUrl,
    log_url: status.logUrl,
    environment_url: status.environmentUrl,
    created_at: status.createdAt,
    updated_at: status.createdAt,
    deployment_url: url,
    repository_url: repoUrl(world, api),
  };
}

/** What is asked for, besides what the emulator fills in. */
export type NewDeployment = Omit<Deployment, 'id' | 'createdAt' | 'statuses'>;

export function addDeployment(store: Store, asked: NewDeployment): Deployment {
  const made: Deployment = { ...asked, id: store.id(), createdAt: utc(Date.now()), statuses: [] };
  store.state.deployments.push(made);
  store.changed();
  return made;
}

type NewStatus = Pick<DeploymentStatus, 'state' | 'creator'> & Partial<DeploymentStatus>;

/**
 * Adds a status. A success ends those before it in the environment, unless they are for production or passing,
 * if `autoInactive`: GitHub's default.
 */
export function addStatus(
  store: Store,
  one: Deployment,
  asked: NewStatus,
  autoInactive = true,
): DeploymentStatus {
  const environment = one.statuses.at(-1)?.environment ?? one.environment;
  const status: DeploymentStatus = {
    ...{ description: '', logUrl: '', environmentUrl: '', environment },
    ...asked,
    id: store.id(),
    createdAt: utc(Date.now()),
  };
  one.statuses.push(status);
  if (status.state === 'success' && autoInactive)
    for (const other of store.state.deployments) {
      if (other.id >= one.id || other.environment !== one.environment) continue;
      if (other.transient || other.production || other.statuses.at(-1)?.state !== 'success') continue;
      addStatus(store, other, { state: 'inactive', creator: status.creator });
    }
  store.changed();
  return status;
}

/** @throws 404 */
function find(world: World, request: ApiRequest): Deployment {
  const id = request.param('deployment_id');
  const found = world.store.state.deployments.find((one) => String(one.id) === id);
  if (found === undefined) throw notFound();
  return found;
}

/**
 * GitHub merges the default branch into what is behind it, by default: a branch only.
 * @throws 409 if what is asked for is no branch
 */
async function merge({ git, settings }: World, ref: string, sha: string): Promise<string | undefined> {
  const base = settings.defaultBranch;
  const head = await git.resolve(`refs/heads/${base}`);
  if (head === undefined || (await git.mergeBase(head, sha)) === head) return undefined;
  const branch = (await git.ref(`refs/heads/${ref}`)) === sha;
  const merged = branch ? await git.merge(sha, head, `Merge ${base} into ${ref}`) : undefined;
  if (merged === undefined) throw new ApiError(409, `Conflict merging ${base} into ${ref}.`);
  await git.setRef(`refs/heads/${ref}`, merged, sha);
  return `Auto-merged ${base} into ${ref} on deployment.`;
}

/** @throws 422 */
function requireWeb(field: string, value: string): string {
  if (value === '' || /^https?:\/\/[^/]/.test(value)) return value;
  throw invalid('Validation Failed', [
    { resource: 'DeploymentStatus', code: 'custom', field, message: `${field} must use http(s) scheme` },
  ]);
}

export const deployments: Operations = {
  'repos/list-deployments': {
    needs: 'deployments=read',
    run: (world, request) => {
      const asked = (name: string, value: string): boolean =>
        [null, 'none', value].includes(request.query.get(name));
      const found = world.store.state.deployments
        .filter(
          (one) =>
            asked('sha', one.sha) &&
            asked('ref', one.ref) &&
            asked('task', one.task) &&
            asked('environment', one.environment),
        )
        .reverse();
      return page(request, found, (rows) => rows.map((one) => deploymentOf(world, request.api, one)));
    },
  },
  'repos/create-deployment': {
    needs: 'deployments=write',
    run: async (world, request) => {
      const { body, identity } = request;
      const environment = body.environment ?? 'production';
      const sha = await world.git.resolve(body.ref);
      if (sha === undefined) throw invalid(`No ref found for: ${body.ref}`);
      const merged = body.auto_merge === false ? undefined : await merge(world, body.ref, sha);
      if (merged !== undefined) return { status: 202, body: { message: merged } };
      const unmet = unmetContexts(world, sha, body.required_contexts);
      if (unmet.length > 0)
        throw new ApiError(409, `Conflict: Commit status checks failed for ${body.ref}.`, {
          errors: [{ resource: 'Deployment', field: 'required_contexts', code: 'invalid' }],
        });
      ensureEnvironment(world, environment);
      const made = addDeployment(world.store, {
        ...{ sha, environment, ref: body.ref, task: body.task ?? 'deploy', payload: body.payload ?? '' },
        ...{ description: body.description ?? '', creator: identity.login },
        transient: body.transient_environment ?? false,
        production: body.production_environment ?? environment === 'production',
      });
      return created(deploymentOf(world, request.api, made));
    },
  },
  'repos/get-deployment': {
    needs: 'deployments=read',
    run: (world, request) => ok(deploymentOf(world, request.api, find(world, request))),
  },
  'repos/list-deployment-statuses': {
    needs: 'deployments=read',
    run: (world, request) => {
      const one = find(world, request);
      return page(request, one.statuses.toReversed(), (rows) =>
        rows.map((status) => statusOf(world, request.api, one, status)),
      );
    },
  },
  'repos/get-deployment-status': {
    needs: 'deployments=read',
    run: (world, request) => {
      const one = find(world, request);
      const status = one.statuses.find(({ id }) => String(id) === request.param('status_id'));
      if (status === undefined) throw notFound();
      return ok(statusOf(world, request.api, one, status));
    },
  },
  'repos/create-deployment-status': {
    needs: 'deployments=write',
    run: (world, request) => {
      const { body, identity } = request;
      const one = find(world, request);
      const { state, description = '', environment } = body;
      if (description.length > DESCRIPTION)
        throw invalid('Validation Failed', [
          {
            ...{ resource: 'DeploymentStatus', code: 'custom', field: 'description' },
            message: `description is too long (maximum is ${DESCRIPTION} characters)`,
          },
        ]);
      const logUrl = requireWeb('log_url', body.log_url ?? body.target_url ?? '');
      const environmentUrl = requireWeb('environment_url', body.environment_url ?? '');
      const texts = {
        description,
        logUrl,
        environmentUrl,
        ...(environment === undefined ? {} : { environment }),
      };
      const made = addStatus(
        world.store,
        one,
        { state, creator: identity.login, ...texts },
        body.auto_inactive ?? true,
      );
      return created(statusOf(world, request.api, one, made));
    },
  },
};
