import type { BreakGlass } from '../../domain/approval.ts';
import type { Environment } from '../../domain/environment.ts';
import { HdError } from '../../domain/errors.ts';
import { Exit } from '../../domain/exit.ts';
import type { LedgerEntry } from '../../domain/ledger.ts';
import { list } from '../../domain/names.ts';
import { isUnknown } from '../../domain/policy.ts';
import { releaseName } from '../../domain/release.ts';
import { duration } from '../../domain/values.ts';
import type { Next } from '../../domain/verdict.ts';
import type { GateVerdict } from '../../gates/gate.ts';
import type { GitHub, GitHubIssue } from '../../ports.ts';
import type { Change } from '../change.ts';
import type { World } from '../world.ts';
import type { BreakGlassWish } from './break-glass.ts';
import { ownReview } from './four-eyes.ts';
import type { Judgement } from './judge.ts';
import { evidenceOf } from './rows.ts';
import { soon, SOON_MS } from './soon.ts';

/** Of the issue in which an emergency is looked at afterwards. */
const LABEL = 'hd-review';

/**
 * One emergency at a time: those before are reviewed first, each by somebody else than who broke the glass. The last
 * one gets its issue now if GitHub could not be told of it.
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
  throw new HdError('review-open', Exit.refused, `the last emergency of ${environment.name} ${open.why}`, {
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
  const last = emergencies.at(-1);
  try {
    const github = await world.github();
    if (github === undefined) return undefined;
    const { all, gone } = await reviewsOf(github, environment, emergencies);
    if (gone !== undefined) return { why: `${NOT_YET}: its issue is gone`, where: gone, next: [] };
    const open = all.find((each) => each.open) ?? (await lateReview(github, environment, all, last));
    if (open !== undefined) return { why: NOT_YET, where: open.url, next: [] };
    return await closedForNothing(github, all, emergencies);
  } catch (error) {
    if (!(error instanceof HdError)) throw error;
    if (last === undefined) return undefined;
    return { why: MAYBE, where: error.message, next: [] };
  }
}

/**
 * Those with the label, and those that the ledger names: without its label an issue is a review all the same.
 * @returns gone: the address of one that was deleted
 */
async function reviewsOf(
  github: GitHub,
  environment: Environment,
  emergencies: readonly LedgerEntry[],
): Promise<{ all: readonly GitHubIssue[]; gone: string | undefined }> {
  const labelled = await github.issues({ labels: labelsOf(environment), state: 'all' });
  const named = emergencies.flatMap(({ breakGlass }) => breakGlass?.review ?? []);
  const hidden = named.filter((url) => !labelled.some((each) => each.url === url));
  const found = await Promise.all(hidden.map((url) => github.issue(Number(/\d+$/.exec(url)?.[0]))));
  return {
    all: [...labelled, ...found.flatMap((each) => each ?? [])],
    gone: hidden.find((_, index) => found[index] === undefined),
  };
}

/** The newest that is closed, and that nobody else is known to have looked at. */
async function closedForNothing(
  github: GitHub,
  all: readonly GitHubIssue[],
  emergencies: readonly LedgerEntry[],
): Promise<OpenReview | undefined> {
  const closed = await Promise.all(
    all.map(async (each) =>
      each.closedBy === undefined ? ((await github.issue(each.number)) ?? each) : each,
    ),
  );
  for (const issue of closed) {
    const own = ownReview(issue, emergencyOf(issue, emergencies));
    if (own === undefined) continue;
    const reopen = {
      remark: 'reopen it, and let somebody else close it',
      command: ['gh', 'issue', 'reopen', issue.url],
    };
    return { why: `${NOT_YET}: ${own}`, where: issue.url, next: [reopen] };
  }
  return undefined;
}

/** The one that an issue is about; one that was opened late is named by its plan alone. */
function emergencyOf(
  { url, body }: GitHubIssue,
  emergencies: readonly LedgerEntry[],
): LedgerEntry | undefined {
  return (
    emergencies.find(({ breakGlass }) => breakGlass?.review === url) ??
    emergencies.findLast(({ breakGlass, plan }) => breakGlass?.review === undefined && isOf(body, plan))
  );
}

function isOf(body: string, plan: string | undefined): boolean {
  return plan !== undefined && body.includes(plan.slice(0, SHORT));
}

/** Opens the issue that could not be opened at the time. */
async function lateReview(
  github: GitHub,
  environment: Environment,
  all: readonly GitHubIssue[],
  last: LedgerEntry | undefined,
): Promise<GitHubIssue | undefined> {
  const { breakGlass, plan, actor, release, verb = 'deploy' } = last ?? {};
  if (breakGlass === undefined || breakGlass.review !== undefined) return undefined;
  if (all.some((each) => isOf(each.body, plan))) return undefined;
  const { incident, reason, gates } = breakGlass;
  const what = `${verb} ${release === undefined ? '' : releaseName(release)} to ${environment.name}`;
  const said = { actor: actor?.name ?? '', incident, reason, plan: plan ?? '', told: [] };
  const skipped = gates.map((gate) => `${gate}: GitHub could not be told at the time`);
  return github.createIssue({
    title: titleOf(what, gates),
    labels: labelsOf(environment),
    body: reviewText({ ...said, what, skipped }),
  });
}

/** As many digits of a plan's hash as people are shown. */
const SHORT = 12;

function labelsOf({ name }: Environment): string[] {
  return [LABEL, `hd:${name}`];
}

function titleOf(what: string, gates: readonly string[]): string {
  return `Review: ${what} went through ${list(gates, 'and')}`;
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
  const what = `${verb} ${releaseName(plan.release)} to ${environment.name}`;
  const told = passedOver(judgement, skipped);
  const said = { actor: actor.name, incident, reason, plan: plan.hash, told, skipped: evidenceOf(skipped) };
  const untold = (why: string): typeof entry => {
    const text = `no review was opened, and nobody was told: ${why}`;
    world.reporter.event({ type: 'note', mark: 'warn', text });
    return entry;
  };
  const tell = async (): Promise<Omit<BreakGlass, 'by'>> => {
    const github = await world.github();
    if (github === undefined) return entry;
    const issue = {
      title: titleOf(what, gates),
      labels: labelsOf(environment),
      body: reviewText({ ...said, what }),
    };
    return { ...entry, review: (await github.createIssue(issue)).url };
  };
  const asked = tell().catch((error: unknown) => {
    if (error instanceof HdError) return error;
    throw error;
  });
  const made = await soon(world, asked, () => `GitHub does not answer in ${duration(SOON_MS)}`);
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

interface ReviewText {
  what: string;
  actor: string;
  incident: string;
  reason: string;
  /** A line each. */
  skipped: readonly string[];
  plan: string;
  told: readonly string[];
}

/** Text of a person is quoted, so that it is nothing but text. */
function reviewText({ what, actor, incident, reason, skipped, plan, told }: ReviewText): string {
  const quoted = (text: string): string => `\`${text.replace(/[`\s]+/g, ' ').trim()}\``;
  const names = told.map((name) => `@${name}`).join(', ');
  return [
    `**${actor}** broke the glass: ${what}, plan \`${plan.slice(0, SHORT)}\`.`,
    '',
    `- incident: ${quoted(incident)}`,
    `- reason: ${quoted(reason)}`,
    ...skipped.map((line) => `- skipped: ${quoted(line)}`),
    '',
    ...(names === '' ? [] : [`Not asked, and told herewith: ${names}.`, '']),
    `Somebody other than ${actor} closes this issue when it was looked at. Until then no other emergency of this environment begins without \`--again\`.`,
    '',
  ].join('\n');
}
