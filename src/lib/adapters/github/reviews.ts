import { Exit } from '../../domain/exit.ts';
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

  /** Of those that are asked for; a review of one ends its waiting. */
  const stillPending = async (run: number, environments: readonly number[]) =>
    (await pendingDeployments(run)).filter(({ id }) => environments.includes(id));

  const isReviewed = async (run: number, { environments, state, comment }: Review): Promise<boolean> => {
    if ((await stillPending(run, environments)).length > 0) return false;
    const [viewer, reviews] = await Promise.all([ask.viewer(), approvals(run)]);
    return reviews.some(
      (each) =>
        each.user.login === viewer &&
        each.state === state &&
        each.comment === comment &&
        environments.every((id) => each.environments.some((environment) => environment.id === id)),
    );
  };

  return {
    pendingDeployments,

    async review(run, review) {
      const { environments, state, comment } = review;
      try {
        await calls.write(
          `review run ${run}`,
          async () => {
            const said = { environment_ids: [...environments], state, comment };
            await actions.reviewPendingDeploymentsForRun({ ...at, ...once, run_id: run, ...said });
            return true;
          },
          async () => ((await isReviewed(run, review)) ? true : undefined),
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
    const pending = await stillPending(run, environments).catch(() => undefined);
    if (pending === undefined) return undefined;
    if (pending.length === 0)
      return new HdError('review-over', Exit.refused, `run ${run} no longer waits for this review`, {
        cause: error,
      });
    const closed = pending.find(({ mayApprove }) => !mayApprove);
    const said =
      closed === undefined
        ? undefined
        : await sentence(run, closed).catch(() => `${closed.environment} does not let you review run ${run}`);
    return said === undefined
      ? undefined
      : new HdError('not-reviewer', Exit.notAllowed, said, { cause: error });
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
