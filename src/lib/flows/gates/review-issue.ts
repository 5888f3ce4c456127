import type { BreakGlass } from '../../domain/approval.ts';
import type { LedgerEntry } from '../../domain/ledger.ts';
import { list } from '../../domain/names.ts';
import { releaseName } from '../../domain/release.ts';
import type { GitHub, GitHubIssue } from '../../ports.ts';

type NewIssue = Parameters<GitHub['createIssue']>[0];

/** What the issue says in which an emergency is looked at afterwards. */
export interface ReviewTold extends Pick<BreakGlass, 'incident' | 'reason' | 'gates'> {
  environment: string;
  /** `deploy v1.4.0`. */
  what: string;
  /** Who broke the glass. */
  actor: string;
  plan: string;
  /** A line each. */
  skipped: readonly string[];
  /** Logins and teams that were passed over. */
  told: readonly string[];
  /** Tells its emergency from every other one. */
  mark: readonly string[];
}

/** The issue that is opened when the glass is broken, at a moment in RFC 3339. */
export function reviewIssue(at: string, said: Omit<ReviewTold, 'mark'>): NewIssue {
  return issueOf({ ...said, mark: [said.environment, at] });
}

/** The issue that could not be opened at the time; its mark names the entry. */
export function lateReviewIssue(environment: string, entry: LedgerEntry): NewIssue {
  const { verb, release, actor, plan = '', breakGlass } = entry;
  const { incident = '', reason = '', gates = [] } = breakGlass ?? {};
  const what = release === undefined ? verb : `${verb} ${releaseName(release)}`;
  const skipped = gates.map((gate) => `${gate}: GitHub could not be told at the time`);
  const said = { environment, what, actor: actor.name, plan, incident, reason, gates };
  return issueOf({ ...said, skipped, told: [], mark: markOf(entry) });
}

export function reviewLabels(environment: string): string[] {
  return ['hd-review', `hd:${environment}`];
}

/** By the number, since the repository may have another name by now. */
export function reviewNumber({ breakGlass }: LedgerEntry): number | undefined {
  const digits = /\d+$/.exec(breakGlass?.review ?? '')?.[0];
  return digits === undefined ? undefined : Number(digits);
}

/** Whether an issue of that number is the one that was opened for it, and not one of another repository. */
export function isTitledFor({ number, title }: GitHubIssue, emergency: LedgerEntry): boolean {
  if (reviewNumber(emergency) !== number) return false;
  const end = titleEnd(emergency.environment, emergency.breakGlass?.gates ?? []);
  return title.startsWith(TITLE) && title.endsWith(end);
}

/** The one emergency that an issue is about: the ledger names it, or its mark names one that GitHub was not told of. */
export function emergencyOf(
  issue: GitHubIssue,
  emergencies: readonly LedgerEntry[],
): LedgerEntry | undefined {
  const mark = firstMark(issue.body);
  return (
    emergencies.find(({ breakGlass }) => breakGlass?.review === issue.url) ??
    emergencies.find((each) => isTitledFor(issue, each)) ??
    emergencies.find((each) => each.breakGlass?.review === undefined && markText(markOf(each)) === mark)
  );
}

/** Who broke the glass, as the text of a review says. */
export function brokenBy(body: string): string | undefined {
  return /^\*\*(.+?)\*\* broke the glass/m.exec(body)?.[1];
}

/** As many digits of a plan's hash as people are shown. */
const SHORT = 12;

const TITLE = 'Review: ';

function titleEnd(environment: string, gates: readonly string[]): string {
  return ` to ${environment} went through ${list(gates, 'and')}`;
}

function issueOf(said: ReviewTold): NewIssue {
  return {
    title: `${TITLE}${said.what}${titleEnd(said.environment, said.gates)}`,
    labels: reviewLabels(said.environment),
    body: bodyOf(said),
  };
}

/** Text of a person is quoted, so that it is nothing but text; the mark stands before it. */
function bodyOf(said: ReviewTold): string {
  const { environment, what, actor, incident, reason, skipped, plan, told, mark } = said;
  const quoted = (text: string): string => `\`${text.replace(/[`\s]+/g, ' ').trim()}\``;
  const names = told.map((name) => `@${name}`).join(', ');
  return [
    markText(mark),
    '',
    `**${actor}** broke the glass: ${what} to ${environment}, plan \`${plan.slice(0, SHORT)}\`.`,
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

function markOf({ environment, deployment = '-', at }: LedgerEntry): readonly string[] {
  return [environment, deployment, at];
}

function markText(mark: readonly string[]): string {
  return `<!-- hd:emergency ${mark.join(' ')} -->`;
}

/** Of one that has several only the first counts, so that an issue stands for one emergency. */
function firstMark(body: string): string | undefined {
  return /<!-- hd:emergency .*?-->/.exec(body)?.[0];
}
