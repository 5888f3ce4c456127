import type {
  ApprovalRequest,
  RecordedApproval,
  RecordedRequest,
  Standing,
  Vote,
} from '../../domain/approval.ts';
import type { StandingFacts } from '../../domain/approval/count.ts';
import type { LedgerEntry, LedgerLine } from '../../domain/ledger.ts';
import { releaseName } from '../../domain/release.ts';
import { cameToNothing } from '../history.ts';

/** A request as the ledger tells it. */
export interface Asked {
  entry: LedgerEntry;
  request: RecordedRequest;
  /** What came of it, as far as the ledger says so. */
  end?: NonNullable<StandingFacts['end']>;
}

/**
 * The newest request for a plan, and what came of it: another plan of the environment was asked for later, somebody
 * rejected it, or it was deployed.
 * @param lines the whole ledger of the environment
 */
export function recordedRequest(lines: readonly LedgerLine[], plan: string): Asked | undefined {
  const at = lines.findLastIndex(({ entry }) => entry.plan === plan && entry.request !== undefined);
  const entry = lines[at]?.entry;
  if (entry?.request === undefined) return undefined;
  const end = endOf(
    lines.slice(at + 1).map((line) => line.entry),
    plan,
  );
  return { entry, request: entry.request, ...(end === undefined ? {} : { end }) };
}

function endOf(later: readonly LedgerEntry[], plan: string): Asked['end'] {
  const idle = new Set(later.filter(cameToNothing).map((each) => each.deployment));
  for (const { kind, plan: of, request, approval, deployment } of later) {
    if (request !== undefined) return { state: 'overtaken' };
    if (of !== plan) continue;
    if (kind === 'refused' && approval !== undefined)
      return { state: 'rejected', by: { ...approval, at: Date.parse(approval.at), decision: 'reject' } };
    if (kind === 'started' && !idle.has(deployment)) return { state: 'closed' };
  }
  return undefined;
}

/** The request that the ledger tells of; what its issue says is to be asked of GitHub. */
export function requestOf({ entry, request }: Asked): ApprovalRequest {
  const { environment, verb, release, plan = '', actor, at } = entry;
  return {
    number: request.issue,
    url: request.url,
    environment,
    verb: verb === 'rollback' ? verb : 'deploy',
    what: release === undefined ? '' : releaseName(release),
    plan,
    requester: actor.name,
    askedAt: Date.parse(at),
    expiresAt: Date.parse(request.expires),
    ...{ open: false, author: '', body: '' },
  };
}

/** The approvals that counted, for the ledger: who, when, in which role, with what meaning, in which comment. */
export function approvedEntries({ roles }: Standing): RecordedApproval[] {
  return roles.flatMap(({ votes }) => votes.map(recorded));
}

export function recorded({ by, role, meaning, comment, at, url }: Vote): RecordedApproval {
  return { by, role, meaning, comment, at: new Date(at).toISOString(), url };
}
