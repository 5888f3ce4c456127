import type { ApprovalRequest, Standing } from '../approval.ts';
import { isFilled } from './count.ts';
import { code, mention, oneLine, utc } from './markdown.ts';
import { noteLine, readNote } from './note.ts';

/** Comments that hd makes itself: they begin with a note, so that they are never taken for somebody's word. */

/** To those who have not answered yet. */
export function reminder(request: ApprovalRequest, standing: Standing): string {
  const open = standing.roles.filter((role) => !isFilled(role));
  const lines = open.map(({ role, asked, votes }) => {
    const said = new Set(votes.map((vote) => vote.by.toLowerCase()));
    const who = asked.filter((each) => !said.has(each.toLowerCase()));
    return `- ${code(role)}: ${who.map(mention).join(', ')}`;
  });
  return text('reminder', request, [
    `Since ${utc(request.askedAt)} this waits for:`,
    '',
    ...lines,
    '',
    ends(request),
  ]);
}

/** To those who are told when nobody answers. */
export function escalation(request: ApprovalRequest, to: readonly string[]): string {
  const since = utc(request.askedAt);
  return text('escalation', request, [
    `${to.map(mention).join(', ')}: since ${since} this waits, and those who were asked have not answered.`,
    '',
    ends(request),
  ]);
}

/** Before hd closes the issue: why, in one sentence. */
export function closing(request: Pick<ApprovalRequest, 'plan' | 'url'>, why: string): string {
  return text('closed', request, [`${oneLine(why)}.`], { why: oneLine(why) });
}

/** Why hd has closed it; undefined if the comment does not say so. */
export function readClosing(body: string): string | undefined {
  const why = readNote('closed', body)?.['why'];
  return typeof why === 'string' ? why : undefined;
}

function ends({ expiresAt }: ApprovalRequest): string {
  return `It expires at ${utc(expiresAt)}.`;
}

function text(
  kind: 'reminder' | 'escalation' | 'closed',
  { plan, url }: Pick<ApprovalRequest, 'plan' | 'url'>,
  lines: readonly string[],
  more: object = {},
): string {
  // The address makes it differ from the same comment in another issue.
  return [noteLine(kind, { v: 1, plan, url, ...more }), ...lines, ''].join('\n');
}
