import type { ApprovalRequest } from '../../domain/approval.ts';
import { readClosing } from '../../domain/approval/hd-comments.ts';
import { oneLine } from '../../domain/approval/markdown.ts';
import { isOwn, readRequest } from '../../domain/approval/read.ts';
import { HdError, UsageError } from '../../domain/errors.ts';
import { Exit } from '../../domain/exit.ts';
import { list } from '../../domain/names.ts';
import type { World } from '../world.ts';
import type { DecideRequest } from './decide-request.ts';
import { approvalGitHub, LABEL, labelOf } from './github.ts';
import { planOf } from './list.ts';

/** Why there is nothing to decide: the request that was meant has been rejected, has expired, was overtaken or closed. */
export async function whyNothingWaits(
  world: World,
  { environments, plan, run }: DecideRequest,
  me: string,
): Promise<HdError> {
  const names = list(
    environments.map((each) => each.name),
    'or',
  );
  const next = [{ remark: 'what waits', command: ['hd', 'approvals'] }];
  if (run !== undefined)
    return new HdError('nothing-waits', Exit.refused, `run ${run} does not wait for a review in ${names}`, {
      next,
    });
  const last = await lastRequest(
    world,
    environments.map((each) => each.name),
    plan?.toLowerCase(),
  );
  const environment = environments.find((each) => each.name === last?.environment);
  if (last === undefined || environment === undefined)
    return plan === undefined
      ? new HdError('nothing-waits', Exit.refused, `nothing waits for approval on ${names}`, { next })
      : new UsageError(`nobody was asked to approve a plan ${plan.slice(0, 12)} of ${names}`, undefined, {
          next,
        });
  const standing = (await planOf(world, environment, last, me))?.standing;
  const why =
    standing === undefined
      ? 'its environment asks nobody any more'
      : await whyOver(world, standing.state, last, standing.rejected?.by);
  return new HdError(
    'nothing-waits',
    Exit.refused,
    `plan ${last.plan.slice(0, 12)} of ${last.environment} does not wait: ${why}`,
    {
      facts: [{ label: 'seen', text: last.url }],
      next,
    },
  );
}

async function lastRequest(
  world: World,
  environments: readonly string[],
  plan: string | undefined,
): Promise<ApprovalRequest | undefined> {
  const github = await approvalGitHub(world);
  const [only] = environments;
  const labels = environments.length === 1 && only !== undefined ? [LABEL, labelOf(only)] : [LABEL];
  const all = (await github.issues({ labels, state: 'all' })).flatMap((issue) => readRequest(issue) ?? []);
  return all
    .filter((each) => isOwn(each) && environments.includes(each.environment))
    .filter((each) => plan === undefined || each.plan.startsWith(plan))
    .sort((a, b) => b.number - a.number)[0];
}

async function whyOver(
  world: World,
  state: string,
  { number, open }: ApprovalRequest,
  rejectedBy: string | undefined,
): Promise<string> {
  if (rejectedBy !== undefined) return `${rejectedBy} rejected it`;
  if (state === 'expired') return 'it has expired';
  if (state === 'altered') return 'its text was changed, and is not what people were asked any more';
  if (open) return 'it was overtaken by another plan';
  const comments = await (await approvalGitHub(world)).comments(number);
  const said = comments.map(({ body }) => readClosing(body)).findLast((each) => each !== undefined);
  return said === undefined ? 'it was closed by hand' : oneLine(said);
}
