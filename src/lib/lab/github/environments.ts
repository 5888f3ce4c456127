import type { components } from '@octokit/openapi-types';
import { invalid, notFound } from './api-error.ts';
import { utc } from './git-objects.ts';
import { findLogin, reviewerLogins, teamId } from './members.ts';
import { ok, page, type ApiRequest, type Operations, type World } from './operation.ts';
import { nodeId, user } from './people.ts';
import { pageUrl, repoUrl } from './repository.ts';
import type { Environment, Reviewer } from './review-state.ts';
import { teamOf } from './teams.ts';

type Schemas = components['schemas'];

const MAX_REVIEWERS = 6;
/** 30 days, in minutes. */
const MAX_WAIT = 43_200;

/** What every answer says of an environment. */
export function environmentCore(world: World, api: string, one: Environment) {
  const name = encodeURIComponent(one.name);
  return {
    id: one.id,
    node_id: nodeId('Environment', one.id),
    name: one.name,
    url: `${repoUrl(world, api)}/environments/${name}`,
    html_url: `${pageUrl(world)}/deployments/activity_log?environments_filter=${name}`,
    created_at: one.createdAt,
    updated_at: one.updatedAt,
  };
}

/** A required reviewer with the person or the team. */
export function reviewersOf(
  world: World,
  api: string,
  reviewers: readonly Reviewer[],
): Schemas['pending-deployment']['reviewers'] {
  return reviewers.flatMap((one): Schemas['pending-deployment']['reviewers'] => {
    if (one.type === 'User')
      return reviewerLogins(world, one).map((login) => ({
        type: 'User',
        reviewer: user(api, world.origin, login),
      }));
    const slugs = Object.keys(world.settings.teams).filter((slug) => teamId(slug) === one.id);
    return slugs.map((slug) => ({ type: 'Team', reviewer: teamOf(world, api, slug) }));
  });
}

function environmentOf(world: World, api: string, one: Environment): Schemas['environment'] {
  const rule = (type: string, at: number) => ({
    id: one.id * 10 + at,
    node_id: nodeId('Gate', `${one.id}:${type}`),
    type,
  });
  const { waitTimer, reviewers } = rulesOf(world, one);
  return {
    ...environmentCore(world, api, one),
    protection_rules: [
      ...(waitTimer === 0 ? [] : [{ ...rule('wait_timer', 1), wait_timer: waitTimer }]),
      ...(reviewers.length === 0
        ? []
        : [
            {
              ...rule('required_reviewers', 2),
              prevent_self_review: one.preventSelfReview,
              reviewers: reviewersOf(world, api, reviewers),
            },
          ]),
      ...(one.branchPolicy === null ? [] : [rule('branch_policy', 3)]),
    ],
    deployment_branch_policy: one.branchPolicy,
  };
}

/** The rules that hold: without Enterprise a private repository has neither. */
export function rulesOf(
  { settings }: World,
  { waitTimer, reviewers }: Environment,
): Pick<Environment, 'waitTimer' | 'reviewers'> {
  return settings.features.protectionRules ? { waitTimer, reviewers } : { waitTimer: 0, reviewers: [] };
}

/** Whatever the case of the name, as on GitHub. */
function named(world: World, name: string): Environment | undefined {
  return world.store.state.environments.find((one) => one.name.toLowerCase() === name.toLowerCase());
}

/** What a workflow, or a deployment, calls an environment makes it, without any rule. */
export function ensureEnvironment(world: World, name: string): Environment {
  const known = named(world, name);
  if (known !== undefined) return known;
  const now = utc(Date.now());
  const made: Environment = {
    ...{ id: world.store.id(), name, waitTimer: 0, preventSelfReview: false, reviewers: [] },
    ...{ branchPolicy: null, createdAt: now, updatedAt: now },
  };
  world.store.state.environments.push(made);
  world.store.changed();
  return made;
}

/** @throws 404 */
function find(world: World, request: ApiRequest): Environment {
  const found = named(world, request.param('environment_name'));
  if (found === undefined) throw notFound();
  return found;
}

type Asked = Pick<Environment, 'waitTimer' | 'reviewers' | 'preventSelfReview' | 'branchPolicy'>;

/** @throws 422 */
function check(world: World, { waitTimer, reviewers, branchPolicy }: Asked): void {
  const plan = (rule: string) =>
    invalid(
      `Failed to create the environment protection rule. Please ensure the billing plan supports the ${rule} protection rule.`,
    );
  if (!world.settings.features.protectionRules) {
    if (reviewers.length > 0) throw plan('required reviewers');
    if (waitTimer > 0) throw plan('wait timer');
  }
  if (waitTimer < 0 || waitTimer > MAX_WAIT) throw invalid(`wait_timer must be between 0 and ${MAX_WAIT}`);
  if (reviewers.length > MAX_REVIEWERS) throw invalid(`no more than ${MAX_REVIEWERS} reviewers are allowed`);
  if (reviewers.some((one) => reviewersOf(world, '', [one]).length === 0))
    throw invalid('Validation Failed', [{ resource: 'Gate', field: 'reviewers', code: 'invalid' }]);
  if (branchPolicy !== null && branchPolicy.protected_branches === branchPolicy.custom_branch_policies)
    throw invalid("protected_branches and custom_branch_policies can't have the same value");
}

export const environments: Operations = {
  'repos/get-all-environments': {
    needs: 'actions=read',
    run: (world, request) => {
      const all = world.store.state.environments;
      return page(request, all, (rows) => ({
        total_count: all.length,
        environments: rows.map((one) => environmentOf(world, request.api, one)),
      }));
    },
  },
  'repos/get-environment': {
    needs: 'actions=read',
    run: (world, request) => ok(environmentOf(world, request.api, find(world, request))),
  },
  'repos/create-or-update-environment': {
    needs: 'administration=write',
    run: (world, request) => {
      // what is left out is put back
      const body = request.body ?? {};
      const asked: Asked = {
        waitTimer: body.wait_timer ?? 0,
        preventSelfReview: body.prevent_self_review ?? false,
        reviewers: (body.reviewers ?? []).map(({ type = 'User', id = 0 }) => ({ type, id })),
        branchPolicy: body.deployment_branch_policy ?? null,
      };
      check(world, asked);
      const one = ensureEnvironment(world, request.param('environment_name'));
      Object.assign(one, asked, { updatedAt: utc(Date.now()) });
      return ok(environmentOf(world, request.api, one));
    },
  },
  'repos/delete-an-environment': {
    needs: 'administration=write',
    run: (world, request) => {
      const { environments: all } = world.store.state;
      all.splice(all.indexOf(find(world, request)), 1);
      return { status: 204 };
    },
  },
};

/** May this login review what waits for the environment? */
export function isReviewer(world: World, one: Environment, login: string): boolean {
  const known = findLogin(world.settings, login);
  return rulesOf(world, one).reviewers.some((each) =>
    reviewerLogins(world, each).some((own) => own === known),
  );
}
