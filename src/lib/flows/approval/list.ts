import type { ApprovalRequest, Standing } from '../../domain/approval.ts';
import { isFilled } from '../../domain/approval/count.ts';
import { isOwn, isWhole, readRequest } from '../../domain/approval/read.ts';
import { rolesOf } from '../../domain/approval/roles.ts';
import { sha256 } from '../../domain/canonical.ts';
import type { Environment } from '../../domain/environment.ts';
import type { GitHub, PendingDeployment, WorkflowRun } from '../../ports.ts';
import { quorumFor } from '../gates/quorum.ts';
import { rulesOf } from '../gates/policy.ts';
import type { World } from '../world.ts';
import { approvalGitHub, LABEL } from './github.ts';
import { githubName } from './reviewers.ts';
import { countedNow, membersOf } from './standing.ts';

/** A plan that waits for people in their roles, or is approved and waits to be carried out. */
export interface WaitingPlan {
  kind: 'plan';
  environment: Environment;
  request: ApprovalRequest;
  standing: Standing;
  /** I ask for it. */
  mine: boolean;
  /** Roles that I am in, whether they are filled or not. */
  roles: readonly string[];
  /** It waits for my word. */
  forMe: boolean;
}

/** A run of a workflow that waits in a GitHub environment. */
export interface WaitingRun {
  kind: 'run';
  environment: Environment;
  run: WorkflowRun;
  pending: PendingDeployment;
  mine: boolean;
  forMe: boolean;
}

export type Waiting = WaitingPlan | WaitingRun;

/**
 * What waits for approval on GitHub, in the order of the environments. Needs no host: whether a request's text is what was
 * asked, only the ledger knows, and `hd deploy` compares it before anything is done.
 * @param me a login that GitHub proves; undefined for nobody's token
 */
export async function listWaiting(
  world: World,
  environments: readonly Environment[],
  me: string | undefined,
): Promise<readonly Waiting[]> {
  const github = await approvalGitHub(world);
  const [plans, runs] = await Promise.all([
    waitingPlans(world, github, environments, me),
    waitingRuns(github, environments, me),
  ]);
  const rank = ({ environment }: Waiting): number => environments.indexOf(environment);
  return [...plans, ...runs].sort((a, b) => rank(a) - rank(b));
}

async function waitingPlans(
  world: World,
  github: GitHub,
  environments: readonly Environment[],
  me: string | undefined,
): Promise<WaitingPlan[]> {
  const requests = (await github.issues({ labels: [LABEL], state: 'open' })).flatMap((issue) => {
    const request = readRequest(issue);
    return request !== undefined && isOwn(request) ? [request] : [];
  });
  const found = await Promise.all(
    environments.map(async (environment) => {
      // Of an environment only the newest one waits; older ones are overtaken.
      const [request] = requests
        .filter((each) => each.environment === environment.name)
        .sort((a, b) => b.number - a.number);
      const plan = request && (await planOf(world, environment, request, me));
      return plan !== undefined && WAITS.has(plan.standing.state) ? [plan] : [];
    }),
  );
  return found.flat();
}

/** One whose text was changed waits in vain, and that is to be seen. */
const WAITS: ReadonlySet<Standing['state']> = new Set(['waiting', 'approved', 'altered']);

/** How a request stands, by what GitHub says alone; undefined if its environment asks nobody any more. */
export async function planOf(
  world: World,
  environment: Environment,
  request: ApprovalRequest,
  me: string | undefined,
): Promise<WaitingPlan | undefined> {
  const { policy, roles } = await rulesOf(world, environment);
  const quorum = policy === undefined ? undefined : quorumFor(request.verb, policy);
  if (quorum === undefined) return undefined;
  const rules = { quorum, roles };
  const [standing, members] = await Promise.all([
    countedNow(world, rules, isWhole(request) ? { request, shown: sha256(request.body) } : { request }),
    membersOf(await approvalGitHub(world), rules, me === undefined ? [] : [me]),
  ]);
  const own = me === undefined ? [] : rolesOf(me, { ...rules, members });
  const mine = isSame(request.requester, me);
  const said = standing.roles.some(({ votes }) => votes.some(({ by }) => isSame(by, me)));
  const open = standing.roles.some((role) => own.includes(role.role) && !isFilled(role));
  const forMe = standing.state === 'waiting' && !mine && !said && open;
  return { kind: 'plan', environment, request, standing, mine, roles: own, forMe };
}

async function waitingRuns(
  github: GitHub,
  environments: readonly Environment[],
  me: string | undefined,
): Promise<WaitingRun[]> {
  const runs = await github.waitingRuns();
  const found = await Promise.all(
    runs.map(async (run) => {
      const pending = await github.pendingDeployments(run.id);
      return pending.flatMap((each): WaitingRun[] => {
        const environment = environments.find((one) => githubName(one) === each.environment);
        if (environment === undefined) return [];
        const mine = isSame(run.by, me);
        return [{ kind: 'run', environment, run, pending: each, mine, forMe: each.mayApprove && !mine }];
      });
    }),
  );
  return found.flat();
}

/** `deploy v1.4.0 to prod`. */
export function whatOf(each: Waiting): string {
  const { name } = each.environment;
  if (each.kind === 'run') return `${each.run.workflow} #${each.run.number} in ${each.pending.environment}`;
  const { verb, what } = each.request;
  return verb === 'rollback' ? `roll ${name} back to ${what}` : `deploy ${what} to ${name}`;
}

function isSame(login: string, me: string | undefined): boolean {
  return me !== undefined && login.toLowerCase() === me.toLowerCase();
}
