import { HdError } from '../../domain/errors.ts';
import { Exit } from '../../domain/exit.ts';
import { GITHUB_FLAG, limitText } from '../../domain/limits.ts';
import { list } from '../../domain/names.ts';
import { age, time } from '../../domain/values.ts';
import type { GitHub, PendingDeployment, RunReview, WorkflowRun } from '../../ports.ts';
import { followRun, patiently, type Followed, type WorkflowText } from '../follow/run.ts';
import { orStop } from '../follow/stop.ts';
import type { World } from '../world.ts';
import { followWorld, REVIEW_MS, RUN_FLAG, RUN_MS } from './errand.ts';

/** The row, below that of the run, that says what it waits for. */
const ROW = 'approve';

/** A run that waits for people, where nobody wants to wait with it. */
export class WaitsForReview extends Error {
  readonly run: WorkflowRun;
  readonly pending: readonly PendingDeployment[];

  constructor(run: WorkflowRun, pending: readonly PendingDeployment[]) {
    super(`run ${run.id} waits for a review`);
    this.run = run;
    this.pending = pending;
  }
}

/** What is asked of GitHub while a run is followed. */
type Asked = Pick<GitHub, 'run' | 'jobs' | 'jobLog' | 'viewer' | 'pendingDeployments' | 'review' | 'reviews'>;

export interface FollowWish {
  environment: string;
  /** False: `--no-wait`. */
  wait: boolean;
  /** What the run is to do, for the question: `v1.4.0 on orin`. */
  what: string;
}

/**
 * Follows a run to its end; while it waits for a review it says who is asked and since when, and offers to approve it to
 * whoever may.
 * @throws WaitsForReview with `--no-wait`; HdError exit 9 as followRun does, and with `--no-wait` also for a run that
 * stands behind another, or finds no runner, for `--github-wait`
 */
export async function followReviewed(
  world: World,
  github: Asked,
  run: Pick<WorkflowRun, 'id'>,
  workflow: WorkflowText,
  wish: FollowWish,
): Promise<Followed> {
  const waiting = new Waiting(world, github, wish);
  return followRun(
    run.id,
    {
      workflow,
      limit: { ms: world.runMs ?? RUN_MS, flag: RUN_FLAG },
      reviewMs: REVIEW_MS,
      onLook: async (seen) => {
        waiting.requireBegun(seen);
        await waiting.look(seen.run);
      },
    },
    followWorld(world, github),
  );
}

/** One run's waiting for people, from look to look. */
class Waiting {
  readonly #world: World;
  readonly #github: Asked;
  readonly #wish: FollowWish;
  #since: number | undefined;
  #asked = false;
  /** Since when no job of it is at work. */
  #idleSince: number | undefined;

  constructor(world: World, github: Asked, wish: FollowWish) {
    this.#world = world;
    this.#github = github;
    this.#wish = wish;
  }

  /** With `--no-wait` nobody wants to wait for another run either. */
  requireBegun({ run, jobs }: Pick<Followed, 'run' | 'jobs'>): void {
    const { clock, githubWaitMs } = this.#world;
    const idle = !jobs.some(({ status }) => status === 'running');
    this.#idleSince = idle ? (this.#idleSince ?? clock.now()) : undefined;
    if (this.#wish.wait || this.#idleSince === undefined) return;
    if (clock.now() - this.#idleSince < githubWaitMs) return;
    throw new HdError(
      'run-queued',
      Exit.inconclusive,
      `${run.workflow} #${run.number} was not begun within ${limitText(githubWaitMs, GITHUB_FLAG)}`,
      { outcome: 'inconclusive', facts: [{ label: 'seen', text: run.url }] },
    );
  }

  async look(run: WorkflowRun): Promise<void> {
    const { clock, reporter } = this.#world;
    if (run.status !== 'waiting') {
      if (this.#since !== undefined) await this.#over(run);
      return;
    }
    const pending = await this.#ask(() => this.#github.pendingDeployments(run.id));
    if (pending.length === 0) return;
    const first = this.#since === undefined;
    this.#since ??= Math.min(Date.parse(run.updatedAt ?? '') || clock.now(), clock.now());
    const text = this.#text(pending);
    if (!this.#wish.wait) throw new WaitsForReview(run, pending);
    const mine = this.#asked ? [] : await this.#mine(run, pending);
    if (mine.length > 0) await this.#offer(run, mine, text);
    else if (first) this.#say(run, pending, text);
    reporter.event({ type: 'item', stage: 'run', name: ROW, mark: 'busy', text });
  }

  /** What the person at the terminal may approve: never what was started by themselves, also where GitHub lets them. */
  async #mine(
    run: WorkflowRun,
    pending: readonly PendingDeployment[],
  ): Promise<readonly PendingDeployment[]> {
    const mine = pending.filter(({ mayApprove }) => mayApprove);
    if (mine.length === 0 || !this.#world.prompt.interactive) return [];
    return (await this.#ask(() => this.#github.viewer())) === run.by ? [] : mine;
  }

  #ask<T>(ask: () => Promise<T>): Promise<T> {
    return patiently(ask, followWorld(this.#world, this.#github));
  }

  #text(pending: readonly PendingDeployment[]): string {
    const { clock, zone } = this.#world;
    const now = clock.now();
    const since = this.#since ?? now;
    const parts = pending.map(({ environment, reviewers, waitsUntil }) =>
      [
        reviewers.length > 0 ? `${environment}: asked of ${list(reviewers, 'or')}` : environment,
        ...(waitsUntil === undefined || waitsUntil <= now
          ? []
          : [`not before ${time(waitsUntil, zone, now)}`]),
      ].join(', '),
    );
    return `${parts.join('; ')}, since ${time(since, zone, now)} (${age(now - since)} ago)`;
  }

  #say({ number }: WorkflowRun, pending: readonly PendingDeployment[], text: string): void {
    const asked = pending.some(({ reviewers }) => reviewers.length > 0);
    const how = asked ? `; hd approve ${this.#wish.environment} --comment WHY` : '';
    this.#world.reporter.event({ type: 'note', mark: 'idle', text: `run #${number} waits: ${text}${how}` });
  }

  /** Once, at a terminal; a comment says yes, and without one it goes on waiting. */
  async #offer(run: WorkflowRun, mine: readonly PendingDeployment[], text: string): Promise<void> {
    const { prompt, reporter } = this.#world;
    this.#asked = true;
    // The row ends, so that the question stands below it.
    reporter.event({
      type: 'stage',
      name: 'run',
      mark: 'idle',
      text: `#${run.number} waits: ${text}`,
      link: run.url,
    });
    const typed = await prompt.text(`Approve ${this.#wish.what}, with a comment (empty: wait)`);
    const comment = this.#world.redact(typed);
    if (comment === '') return;
    const names = list(
      mine.map(({ environment }) => environment),
      'and',
    );
    try {
      const environments = mine.map(({ id }) => id);
      await this.#github.review(run.id, { environments, state: 'approved', comment });
      reporter.event({ type: 'note', mark: 'ok', text: `approved: ${names}` });
    } catch (error) {
      if (!(error instanceof HdError)) throw error;
      reporter.event({ type: 'note', mark: 'warn', text: `not approved: ${error.message}` });
    }
  }

  async #over(run: WorkflowRun): Promise<void> {
    const { reporter, signal } = this.#world;
    this.#since = undefined;
    const reviews = await orStop(signal, reviewsOf(this.#github, run.id));
    const by = reviews.filter((each) => each.state === 'approved').map((each) => each.by);
    const text = by.length === 0 ? 'waits no longer' : `approved by ${list(by, 'and')}`;
    reporter.event({ type: 'item', stage: 'run', name: ROW, mark: 'ok', text });
  }
}

/** What people said to a run; nothing if it can't be read, since the run itself tells how it went on. */
export async function reviewsOf(github: Pick<GitHub, 'reviews'>, run: number): Promise<readonly RunReview[]> {
  try {
    return await github.reviews(run);
  } catch (error) {
    if (!(error instanceof HdError)) throw error;
    return [];
  }
}
