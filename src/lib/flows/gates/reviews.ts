import type { Standing } from '../../domain/approval.ts';
import type { Known } from '../../domain/policy.ts';
import type { Change } from '../change.ts';
import type { World } from '../world.ts';
import { known } from './facts.ts';

/** How a review by GitHub's own environment is called where roles have their names. */
const REVIEWER = 'reviewer';
/** As many digits of a plan's hash as people are shown. */
const SHORT = 12;

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
    const own = await github?.run(run);
    const of = `${github?.repository.owner ?? ''}/${github?.repository.name ?? ''}`;
    // A run that is over, or is another workflow's or repository's, was reviewed for something else.
    const same = world.env['GITHUB_REPOSITORY'] === of && own?.workflow === environment.github?.workflow;
    if (own === undefined || own.status !== 'running' || !same) return nobody;
    const hash = plan.hash.slice(0, SHORT);
    if (!own.title.includes(hash))
      return {
        unknown: `run ${run} does not name plan ${hash}: its workflow's run-name must hold inputs.plan`,
      };
    const name = environment.github?.environment ?? environment.name;
    const reviews = (await github?.reviews(run)) ?? [];
    const said = reviews.filter((each) => each.state !== 'pending' && each.environments.includes(name));
    const { url } = own;
    const at = world.clock.now();
    const votes = said.map(({ by, state, comment }) => ({
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
