import type { LedgerEntry } from '../../domain/ledger.ts';
import type { GitHubIssue } from '../../ports.ts';
import { brokenBy } from './review-issue.ts';

/**
 * Why a review that was closed counts for nothing: nobody else than who broke the glass is known to have closed it.
 * @param emergency what the ledger says of it; undefined if it stands too far back: then the text of the issue does
 * @returns undefined for a review that is done
 */
export function ownReview(
  { author, body, closedBy }: GitHubIssue,
  emergency: Pick<LedgerEntry, 'actor'> | undefined,
): string | undefined {
  if (closedBy === undefined) return 'GitHub does not say who closed the review';
  if (closedBy.endsWith('[bot]')) return `${closedBy} closed the review, and a program reviews nothing`;
  const actor = emergency?.actor;
  if (sameLogin(closedBy, actor?.name ?? brokenBy(body)))
    return `${closedBy}, who broke the glass, closed the review too`;
  // A name that no token proved may be anybody's: who opened the issue is as near as one comes.
  if (actor?.proven !== true && sameLogin(closedBy, author))
    return `${closedBy}, who opened the review, closed it too`;
  return undefined;
}

function sameLogin(one: string, other: string | undefined): boolean {
  return one.toLowerCase() === other?.toLowerCase();
}
