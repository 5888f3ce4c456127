import { rulesOf } from './environments.ts';
import { reviewerNames } from './members.ts';
import type { World } from './operation.ts';
import type { Page, Row } from './page.ts';
import { pendingOf } from './reviews.ts';
import { latestJobs, type Job, type Run } from './state.ts';

/** A run: what it waits for and who may say so, what was said, its jobs and what they left. */
export function runPage(world: World, start: string, id: number): Page | undefined {
  const { state } = world.store;
  const found = state.runs.find((each) => each.id === id);
  if (found === undefined) return undefined;
  const jobs = latestJobs(state, found);
  return {
    title: `${found.title} #${found.number}`,
    rows: [
      ['run', runText(found)],
      ['workflow', found.workflow],
      ['ref', `${found.ref} at ${found.sha}`],
      ...waiting(world, found),
      ...said(world, found),
      ...jobs.map((each): Row => [each.name, jobText(each), `${start}/actions/runs/${id}/job/${each.id}`]),
      ...jobs.flatMap((job) =>
        job.annotations.map(({ level, title, message }): Row => [
          level,
          title === null ? message : `${title}: ${message}`,
        ]),
      ),
      ...state.artifacts
        .filter((one) => one.run === id)
        .map((one): Row => ['artifact', `${one.name}, until ${one.expiresAt}`]),
      ...jobs.flatMap((job): Row[] => (job.summary === '' ? [] : [['summary', job.summary]])),
    ],
  };
}

function waiting(world: World, run: Run): Row[] {
  return pendingOf(world, run).map(({ environment }): Row => {
    const { reviewers, waitTimer } = rulesOf(world, environment);
    const names = reviewers.map((one) => reviewerNames(world, one)).flat();
    const rules = [
      ...(names.length === 0 ? [] : [`a review by one of ${names.join(', ')}`]),
      ...(waitTimer === 0 ? [] : [`its timer of ${waitTimer} minutes`]),
    ];
    return ['waits for', `${environment.name}: ${rules.join(', ')}`];
  });
}

function said({ store: { state } }: World, run: Run): Row[] {
  return state.reviews
    .filter((one) => one.run === run.id)
    .map((one): Row => [one.state, `by ${one.user}: ${one.comment}`]);
}

export function runText({ status, conclusion, event, actor, updatedAt }: Run): string {
  return `${conclusion ?? status}, by ${event} of ${actor}, ${updatedAt}`;
}

export function jobText({ status, conclusion, startedAt, completedAt }: Job): string {
  return `${conclusion ?? status}, ${startedAt ?? ''} to ${completedAt ?? ''}`;
}
