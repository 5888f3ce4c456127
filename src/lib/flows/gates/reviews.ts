import type { Standing } from '../../domain/approval.ts';
import type { Known } from '../../domain/policy.ts';
import type { Change } from '../change.ts';
import type { World } from '../world.ts';
import { known } from './facts.ts';

/** How a review by GitHub's own environment is called where roles have their names. */
const REVIEWER = 'reviewer';

/**
 * How the approval by the GitHub environment stands (T16: one reviewer is enough there). Inside the run that was
 * reviewed, GitHub itself is asked who said yes; anywhere else nobody has been asked yet.
 */
export async function reviewStanding(world: World, { environment, plan }: Change): Promise<Known<Standing>> {
  const run = Number(world.env['GITHUB_RUN_ID']);
  const inside = world.env['GITHUB_ACTIONS'] === 'true' && Number.isSafeInteger(run) && run > 0;
  const role = { role: REVIEWER, needed: 1, meaning: 'approval', votes: [], asked: [] };
  const nobody: Standing = { state: 'not-asked', plan: plan.hash, roles: [role], notCounted: [] };
  if (!inside) return nobody;
  return known(async () => {
    const github = await world.github();
    const workflow = environment.github?.workflow;
    const running = await github?.run(run);
    // A run that is over, or is another workflow's, was reviewed for something else.
    if (
      running === undefined ||
      running.status !== 'running' ||
      (workflow !== undefined && running.workflow !== workflow)
    )
      return nobody;
    const name = environment.github?.environment ?? environment.name;
    const reviews = (await github?.reviews(run)) ?? [];
    const own = reviews.filter((each) => each.state !== 'pending' && each.environments.includes(name));
    const url = `${github?.webUrl ?? ''}/${github?.repository.owner ?? ''}/${github?.repository.name ?? ''}/actions/runs/${run}`;
    const at = world.clock.now();
    const votes = own.map(({ by, state, comment }) => ({
      ...{ by, comment, at, url, role: REVIEWER, meaning: 'approval' },
      decision: state === 'approved' ? ('approve' as const) : ('reject' as const),
    }));
    const rejected = votes.find((each) => each.decision === 'reject');
    const approved = votes.filter((each) => each.decision === 'approve');
    const state = rejected !== undefined ? 'rejected' : approved.length > 0 ? 'approved' : 'not-asked';
    return {
      ...nobody,
      state,
      roles: [{ ...role, votes: approved }],
      ...(rejected === undefined ? {} : { rejected }),
    };
  });
}
