import type { BreakGlass } from '../../domain/approval.ts';
import type { Environment } from '../../domain/environment.ts';
import { HdError } from '../../domain/errors.ts';
import { Exit } from '../../domain/exit.ts';
import type { LedgerEntry } from '../../domain/ledger.ts';
import { isUnknown } from '../../domain/policy.ts';
import { releaseName } from '../../domain/release.ts';
import type { Next } from '../../domain/verdict.ts';
import type { GateVerdict } from '../../gates/gate.ts';
import type { GitHub, GitHubIssue } from '../../ports.ts';
import type { Change } from '../change.ts';
import type { World } from '../world.ts';
import type { BreakGlassWish } from './break-glass.ts';
import { ownReview } from './four-eyes.ts';
import type { Judgement } from './judge.ts';
import {
  emergencyOf,
  isTitledFor,
  lateReviewIssue,
  reviewIssue,
  reviewLabels,
  reviewNumber,
} from './review-issue.ts';
import { evidenceOf } from './rows.ts';
import { soon } from './soon.ts';

/**
 * One emergency at a time: those before are reviewed first, each by somebody else than who broke the glass. Those that
 * GitHub could not be told of get their issue now.
 * @param emergencies their first words in the ledger, oldest first
 * @throws HdError exit 3 while a review is open, or when GitHub can't say that it is not
 */
export async function requireReviewed(
  world: World,
  environment: Environment,
  emergencies: readonly LedgerEntry[],
): Promise<void> {
  const late = (): OpenReview | undefined =>
    emergencies.length === 0
      ? undefined
      : { why: MAYBE, where: 'GitHub does not say soon whether it is', next: [] };
  const open = await soon(world, openReview(world, environment, emergencies), late);
  if (open === undefined) return;
  throw new HdError('review-open', Exit.refused, `an emergency of ${environment.name} ${open.why}`, {
    facts: [{ label: 'seen', text: open.where }],
    next: [...open.next, { remark: 'what was done', command: ['hd', 'history', environment.name] }],
    urgent: [{ remark: 'the same once more, with', command: ['--again'] }],
  });
}

interface OpenReview {
  why: string;
  where: string;
  next: readonly Next[];
}

const MAYBE = 'may not be reviewed yet';
const NOT_YET = 'is not reviewed yet';

async function openReview(
  world: World,
  environment: Environment,
  emergencies: readonly LedgerEntry[],
): Promise<OpenReview | undefined> {
  try {
    const github = await world.github();
    if (github === undefined) return undefined;
    const { reviews, without } = await findReviews(github, environment, emergencies);
    const untold = without.filter(({ breakGlass }) => breakGlass?.review === undefined);
    const late = await openLate(github, environment, untold);
    const [gone] = without.flatMap(({ breakGlass }) => breakGlass?.review ?? []);
    if (gone !== undefined) return { why: `${NOT_YET}: its issue is not there`, where: gone, next: [] };
    const open = oldestFirst([...reviews, ...late], emergencies).find(({ issue }) => issue.open);
    if (open !== undefined) return { why: NOT_YET, where: open.issue.url, next: [] };
    return await closedForNothing(github, reviews);
  } catch (error) {
    if (!(error instanceof HdError)) throw error;
    if (emergencies.length === 0) return undefined;
    return { why: MAYBE, where: error.message, next: [] };
  }
}

interface Review {
  issue: GitHubIssue;
  /** What the ledger says of it; undefined if it stands too far back. */
  emergency: LedgerEntry | undefined;
}

/**
 * Those with the label, and those that the ledger names: without its label an issue is a review all the same.
 * @returns without: emergencies that have no issue
 */
async function findReviews(
  github: GitHub,
  { name }: Environment,
  emergencies: readonly LedgerEntry[],
): Promise<{ reviews: readonly Review[]; without: readonly LedgerEntry[] }> {
  const issues = await github.issues({ labels: reviewLabels(name), state: 'all' });
  const labelled = issues.map((issue) => ({ issue, emergency: emergencyOf(issue, emergencies) }));
  const lacking = (reviews: readonly Review[]): LedgerEntry[] =>
    emergencies.filter((each) => !reviews.some(({ emergency }) => emergency === each));
  const hidden = await Promise.all(
    lacking(labelled).map(async (emergency) => {
      const number = reviewNumber(emergency);
      const issue = number === undefined ? undefined : await github.issue(number);
      if (issue === undefined || !isTitledFor(issue, emergency)) return [];
      return emergencyOf(issue, emergencies) === emergency ? [{ issue, emergency }] : [];
    }),
  );
  const reviews = oldestFirst([...labelled.toReversed(), ...hidden.flat()], emergencies);
  return { reviews, without: lacking(reviews) };
}

/** Those that the ledger does not have stand before it. */
function oldestFirst(reviews: readonly Review[], emergencies: readonly LedgerEntry[]): readonly Review[] {
  const place = ({ emergency }: Review): number =>
    emergency === undefined ? -1 : emergencies.indexOf(emergency);
  return reviews.toSorted((one, other) => place(one) - place(other));
}

/** Opens the issues that could not be opened at the time. */
async function openLate(
  github: GitHub,
  { name }: Environment,
  untold: readonly LedgerEntry[],
): Promise<readonly Review[]> {
  const made: Review[] = [];
  for (const emergency of untold)
    made.push({ issue: await github.createIssue(lateReviewIssue(name, emergency)), emergency });
  return made;
}

/** The oldest that is closed, and that nobody else is known to have looked at. */
async function closedForNothing(github: GitHub, reviews: readonly Review[]): Promise<OpenReview | undefined> {
  const closed = await Promise.all(
    reviews.map(async ({ issue, emergency }) => {
      const whole = issue.closedBy === undefined ? await github.issue(issue.number) : issue;
      return { issue: whole ?? issue, emergency };
    }),
  );
  for (const { issue, emergency } of closed) {
    const own = ownReview(issue, emergency);
    if (own === undefined) continue;
    const reopen = {
      remark: 'reopen it, and let somebody else close it',
      command: ['gh', 'issue', 'reopen', issue.url],
    };
    return { why: `${NOT_YET}: ${own}`, where: issue.url, next: [reopen] };
  }
  return undefined;
}

/**
 * Tells those who were passed over, and opens the issue in which the emergency is reviewed. That GitHub can't be told
 * stops nobody: it is said, and the ledger says it.
 * @returns what the ledger keeps
 */
export async function recordEmergency(
  world: World,
  change: Change,
  judgement: Judgement,
  skipped: readonly GateVerdict[],
  { incident, reason }: BreakGlassWish,
): Promise<Omit<BreakGlass, 'by'>> {
  const gates = skipped.map((each) => each.gate);
  const entry = { incident, reason, gates };
  const { environment, plan, actor, verb } = change;
  const issue = reviewIssue(new Date(world.clock.now()).toISOString(), {
    ...entry,
    environment: environment.name,
    what: `${verb} ${releaseName(plan.release)}`,
    actor: actor.name,
    plan: plan.hash,
    skipped: evidenceOf(skipped),
    told: passedOver(judgement, skipped),
  });
  const untold = (why: string): typeof entry => {
    const text = `no review was opened, and nobody was told: ${why}`;
    world.reporter.event({ type: 'note', mark: 'warn', text });
    return entry;
  };
  const tell = async (): Promise<Omit<BreakGlass, 'by'>> => {
    const github = await world.github();
    if (github === undefined) return entry;
    return { ...entry, review: (await github.createIssue(issue)).url };
  };
  const asked = tell().catch((error: unknown) => {
    if (error instanceof HdError) return error;
    throw error;
  });
  const made = await soon(world, asked, (why) => why);
  if (typeof made === 'string') return untold(made);
  return made instanceof HdError ? untold(made.message) : made;
}

/** Those whose approval was not waited for. */
function passedOver({ standing }: Judgement, skipped: readonly GateVerdict[]): string[] {
  if (!skipped.some((each) => each.gate === 'approvals')) return [];
  if (standing === undefined || isUnknown(standing)) return [];
  const asked = standing.roles.flatMap((role) => role.asked);
  return [...new Set(asked)].sort();
}
