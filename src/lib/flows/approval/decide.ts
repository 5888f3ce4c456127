import { repositoryText } from '../../domain/environment.ts';
import { HdError, UsageError } from '../../domain/errors.ts';
import { Exit } from '../../domain/exit.ts';
import type { Answer } from '../answer.ts';
import type { World } from '../world.ts';
import { approvalGitHub, provenLogin } from './github.ts';
import { whyNothingWaits } from './gone.ts';
import { listWaiting, whatOf, type Waiting } from './list.ts';
import { decidePlan } from './decide-plan.ts';
import type { DecideRequest } from './decide-request.ts';
import { decideRun } from './decide-run.ts';

/** `hd approve` and `hd reject`: a word to a plan that waits for roles, or a review of a run that waits in an environment. */
export async function decide(world: World, request: DecideRequest): Promise<Answer> {
  if (!/[\p{L}\p{N}]/u.test(request.comment))
    throw new UsageError('--comment gives no reason', '--comment WHY');
  if (request.plan !== undefined && !/^[0-9a-f]{12,64}$/i.test(request.plan))
    throw new UsageError(`--plan ${request.plan} is no hash of a plan`, 'its first 12 digits, or all 64');
  const me = await deciding(world);
  world.reporter.event({
    type: 'header',
    verb: request.decision,
    parts: [repositoryText(world.config), me],
  });
  const all = await listWaiting(world, request.environments, me);
  const chosen = await choose(
    world,
    request,
    all.filter((each) => isMeant(each, request)),
    me,
  );
  return chosen.kind === 'plan'
    ? decidePlan(world, request, chosen, me)
    : decideRun(world, request, chosen, me);
}

/** @throws HdError exit 4 for a token that is nobody's: a word is somebody's */
async function deciding(world: World): Promise<string> {
  const login = await provenLogin(world, await approvalGitHub(world));
  if (login !== undefined) return login;
  throw new HdError(
    'not-proven',
    Exit.notAllowed,
    'GitHub does not say who this is, and only a proven login decides',
    {
      next: [{ remark: 'sign in, or set GH_TOKEN to a token of your own', command: ['gh', 'auth', 'login'] }],
    },
  );
}

function isMeant(each: Waiting, { plan, run }: DecideRequest): boolean {
  if (each.kind === 'plan' && each.standing.state === 'altered') return false;
  if (plan !== undefined) return each.kind === 'plan' && each.request.plan.startsWith(plan.toLowerCase());
  if (run !== undefined) return each.kind === 'run' && each.run.id === run;
  return true;
}

/** The one that waits; of several a person chooses, and without a terminal a flag does. */
async function choose(
  world: World,
  request: DecideRequest,
  waiting: readonly Waiting[],
  me: string,
): Promise<Waiting> {
  const [only] = waiting;
  if (only === undefined) throw await whyNothingWaits(world, request, me);
  if (waiting.length === 1) return only;
  if (!world.prompt.interactive)
    throw new UsageError(
      `${waiting.length} wait for approval, and it is not said which is meant`,
      waiting.map(flagOf).join(' or '),
      { next: [{ command: ['hd', 'approvals'] }] },
    );
  const rows = waiting.map((each) => ({ text: `${whatOf(each)}  ${flagOf(each)}`, disabled: false }));
  return waiting[await world.prompt.choose(rows, '  WAITS FOR APPROVAL')] ?? only;
}

function flagOf(each: Waiting): string {
  return each.kind === 'plan' ? `--plan ${each.request.plan.slice(0, 12)}` : `--run ${each.run.id}`;
}
