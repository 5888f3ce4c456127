import type { components } from '@octokit/openapi-types';
import { ApiError, invalid } from './api-error.ts';
import { deploymentOf } from './deployments.ts';
import { environmentCore, isReviewer, reviewersOf, rulesOf } from './environments.ts';
import { utc } from './git-objects.ts';
import type { Identity } from './options.ts';
import { user } from './people.ts';
import { ok, type Operations, type World } from './operation.ts';
import type { Environment, Gate, Review } from './review-state.ts';
import { findRun } from './runs.ts';
import type { Run } from './state.ts';

type Schemas = components['schemas'];

/** An environment that jobs of a run wait for. */
export interface Pending {
  environment: Environment;
  gates: readonly Gate[];
}

/** What a run waits for. */
export function pendingOf({ store: { state } }: World, run: Run): Pending[] {
  const waits = (gate: Gate): boolean =>
    gate.run === run.id && state.jobs.some((job) => job.id === gate.job && job.status === 'waiting');
  const gates = state.gates.filter(waits);
  return state.environments.flatMap((environment) => {
    const own = gates.filter((gate) => gate.environment === environment.id);
    return own.length === 0 ? [] : [{ environment, gates: own }];
  });
}

/** Is it for them to say: a required reviewer, and not who started the run if that is forbidden. */
function mayReview(world: World, run: Run, { environment, gates }: Pending, identity: Identity): boolean {
  return (
    identity.job === undefined &&
    gates.some((gate) => gate.state === 'waiting') &&
    isReviewer(world, environment, identity.login) &&
    !(environment.preventSelfReview && run.actor === identity.login)
  );
}

function pendingDeploymentOf(
  world: World,
  api: string,
  run: Run,
  pending: Pending,
  identity: Identity,
): Schemas['pending-deployment'] {
  const { environment, gates } = pending;
  const { waitTimer, reviewers } = rulesOf(world, environment);
  const { id, node_id, name, url, html_url } = environmentCore(world, api, environment);
  const started = Math.min(...gates.map((gate) => gate.startedAt));
  return {
    environment: { id, node_id, name, url, html_url },
    wait_timer: waitTimer,
    wait_timer_started_at: waitTimer === 0 ? null : utc(started),
    current_user_can_approve: mayReview(world, run, pending, identity),
    reviewers: reviewersOf(world, api, reviewers),
  };
}

/** The environments that somebody wants to review. @throws 403 for a job; 422 if it is not for them, or none waits */
function asked(world: World, run: Run, ids: readonly number[], identity: Identity): Pending[] {
  if (identity.job) throw new ApiError(403, 'Resource not accessible by integration');
  const all = pendingOf(world, run);
  const found = all.filter(({ environment }) => ids.includes(environment.id));
  if (found.length === 0 || found.length < ids.length)
    throw invalid('There are no pending deployment requests for one or more of the environments');
  const refused = found.find((pending) => !mayReview(world, run, pending, identity));
  if (refused === undefined) return found;
  const self = run.actor === identity.login && isReviewer(world, refused.environment, identity.login);
  throw invalid('There was a problem approving one of the gates', [
    self
      ? `Self-review is prevented by the environment ${refused.environment.name}`
      : `${identity.login} is not a required reviewer of the environment ${refused.environment.name}`,
  ]);
}

/** Reviews of runs that wait for an environment. */
export const reviews: Operations = {
  'actions/get-pending-deployments-for-run': {
    needs: 'actions=read',
    run: (world, request) => {
      const run = findRun(world, request);
      const rows = pendingOf(world, run);
      return ok(rows.map((one) => pendingDeploymentOf(world, request.api, run, one, request.identity)));
    },
  },
  'actions/review-pending-deployments-for-run': {
    needs: 'actions=read',
    run: (world, request) => {
      const run = findRun(world, request);
      const { environment_ids: ids, state, comment } = request.body;
      const pending = asked(world, run, ids, request.identity);
      const user = request.identity.login;
      const review: Review = { run: run.id, environments: ids, state, user, comment };
      world.store.state.reviews.push(review);
      world.runs.review(review);
      const own = pending.flatMap(({ gates }) => gates.map((gate) => gate.deployment));
      return ok(
        world.store.state.deployments
          .filter((one) => own.includes(one.id))
          .map((one) => deploymentOf(world, request.api, one)),
      );
    },
  },
  'actions/get-reviews-for-run': {
    needs: 'actions=read',
    run: (world, request) => {
      const run = findRun(world, request);
      const { reviews: all, environments } = world.store.state;
      const rows = all.filter((one) => one.run === run.id);
      return ok(
        rows.map((one): Schemas['environment-approvals'] => ({
          environments: environments
            .filter(({ id }) => one.environments.includes(id))
            .map((each) => environmentCore(world, request.api, each)),
          state: one.state,
          user: user(request.api, world.origin, one.user),
          comment: one.comment,
        })),
      );
    },
  },
};
