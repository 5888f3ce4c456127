import { Exit, type ExitCode } from '../../domain/exit.ts';
import { HdError } from '../../domain/errors.ts';
import type { GitHub, PendingDeployment } from '../../ports.ts';
import { once, type Calls } from './calls.ts';
import { answered } from './failures.ts';
import { reviewersOf } from './reviewers.ts';

type Reviews = Pick<GitHub, 'pendingDeployments' | 'review' | 'reviews'>;
type Review = Parameters<GitHub['review']>[1];
/** What a refusal is explained with. */
type Asking = Pick<GitHub, 'viewer' | 'run' | 'environment'>;

export function createReviews(calls: Calls, ask: Asking): Reviews {
  const { octokit, at } = calls;
  const { actions } = octokit.rest;

  const pendingDeployments = async (run: number): Promise<PendingDeployment[]> => {
    const { data } = await calls.read(`read what run ${run} waits for`, () =>
      actions.getPendingDeploymentsForRun({ ...at, run_id: run }),
    );
    return data.map((each) => ({
      id: Number(each.environment.id),
      environment: each.environment.name ?? '',
      mayApprove: each.current_user_can_approve,
      reviewers: reviewersOf(each.reviewers, at.owner),
      ...(each.wait_timer > 0 &&
        each.wait_timer_started_at !== null && {
          waitsUntil: Date.parse(each.wait_timer_started_at) + each.wait_timer * 60_000,
        }),
    }));
  };

  const approvals = async (run: number) =>
    (
      await calls.read(`read the reviews of run ${run}`, () =>
        actions.getReviewsForRun({ ...at, run_id: run }),
      )
    ).data;

  /** The same words may have been said to an attempt before, so they are counted. */
  const said = async (run: number, { environments, state, comment }: Review): Promise<number> => {
    const [viewer, reviews] = await Promise.all([ask.viewer(), approvals(run)]);
    const same = reviews.filter(
      (each) =>
        each.user.login === viewer &&
        each.state === state &&
        each.comment === comment &&
        environments.every((id) => each.environments.some((environment) => environment.id === id)),
    );
    return same.length;
  };

  return {
    pendingDeployments,

    async review(run, review) {
      const { environments, state, comment } = review;
      const before = await said(run, review);
      try {
        await calls.write(
          `review run ${run}`,
          async () => {
            const body = { environment_ids: [...environments], state, comment };
            await actions.reviewPendingDeploymentsForRun({ ...at, ...once, run_id: run, ...body });
            return true;
          },
          async () => ((await said(run, review)) > before ? true : undefined),
        );
      } catch (error) {
        throw (await whyNot(error, run, environments)) ?? error;
      }
    },

    async reviews(run) {
      return (await approvals(run)).map(({ user, state, comment, environments }) => ({
        by: user.login,
        state,
        comment,
        environments: environments.flatMap(({ name }) => name ?? []),
      }));
    },
  };

  /** GitHub says no more than that there is nothing to approve or reject. */
  async function whyNot(
    error: unknown,
    run: number,
    environments: readonly number[],
  ): Promise<HdError | undefined> {
    const cause = error instanceof HdError ? error.cause : undefined;
    if (![403, 422].includes(answered(cause) ?? 0)) return undefined;
    const why = await reason(run, environments).catch(() => undefined);
    return why && new HdError(...why, { cause: error });
  }

  async function reason(
    run: number,
    environments: readonly number[],
  ): Promise<[code: string, exit: ExitCode, message: string] | undefined> {
    const waiting = (await pendingDeployments(run)).filter(({ id }) => environments.includes(id));
    const closed = waiting.find(({ mayApprove }) => !mayApprove);
    if (closed === undefined && waiting.length > 0) return undefined;
    if (closed === undefined || (await isReviewed(run, closed)))
      return ['review-over', Exit.refused, `run ${run} no longer waits for this review`];
    return ['not-reviewer', Exit.notAllowed, await sentence(run, closed)];
  }

  /** One that waits for its timer alone is still listed. */
  async function isReviewed(run: number, { id, waitsUntil }: PendingDeployment): Promise<boolean> {
    if (waitsUntil === undefined) return false;
    return (await approvals(run)).some(
      ({ state, environments }) => state === 'approved' && environments.some((each) => each.id === id),
    );
  }

  async function sentence(run: number, { environment, reviewers }: PendingDeployment): Promise<string> {
    const viewer = await ask.viewer();
    if (viewer === undefined)
      return `a token that speaks for no user, such as a job's, can't review a deployment to ${environment}`;
    const [{ by }, rules] = await Promise.all([ask.run(run), ask.environment(environment)]);
    return by === viewer && rules?.preventSelfReview === true
      ? `${viewer} started run ${run}, and ${environment} does not let anybody review an own request`
      : `${viewer} is no required reviewer of ${environment}: those are ${reviewers.join(', ')}`;
  }
}
