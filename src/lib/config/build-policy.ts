import type { Policy, Quorum, StandingGate, WindowPolicy } from '../domain/policy.ts';
import type { PolicyText } from './schema/policy.ts';

type Whole<T> = NonNullable<T>;

const STANDING: readonly StandingGate[] = ['checks', 'branch', 'immutable', 'drift', 'ledger', 'disk'];

/** A policy in hd.yml's own names and forms → the domain's. */
export function buildPolicy(text: PolicyText): Policy {
  const { approvals, rollback_approvals: back, window, rate, promoted_from: from, incidents } = text;
  return {
    ...(approvals !== undefined && {
      approvals:
        typeof approvals === 'string' ? { by: 'github' } : { by: 'roles', quorum: buildQuorum(approvals) },
    }),
    ...(back !== undefined && { rollbackApprovals: buildQuorum(back) }),
    ...(window !== undefined && { window: buildWindow(window) }),
    ...(rate !== undefined && { rate: { deploys: rate.deploys, perMs: rate.per } }),
    ...(from !== undefined && { promotedFrom: { environment: from.environment, ...within(from) } }),
    ...(incidents !== undefined && { incidents: { label: incidents.label, ...within(incidents) } }),
    without: STANDING.filter((gate) => text[gate] === false),
    requiredChecks: Array.isArray(text.checks) ? text.checks : [],
    breakGlass: text.break_glass,
    asking: buildAsking(text.asking),
  };
}

function within({ within: ms }: { within?: number | undefined }): { withinMs?: number } {
  return ms === undefined ? {} : { withinMs: ms };
}

function buildQuorum(text: Whole<PolicyText['rollback_approvals']>): Quorum {
  return Object.fromEntries(
    Object.entries(text).map(([role, share]) => [
      role,
      typeof share === 'number' ? { count: share, meaning: 'approval' } : share,
    ]),
  );
}

function buildWindow({
  days,
  from,
  to,
  zone,
  holidays,
  blackouts,
  freezes,
}: Whole<PolicyText['window']>): WindowPolicy {
  return {
    ...{ days, from, to, zone, freezes },
    ...(holidays === undefined ? {} : { holidays }),
    blackouts: blackouts.map((each) => ({ ...each, to: each.to ?? each.from })),
  };
}

function buildAsking({ remind, escalate, expire }: PolicyText['asking']): Policy['asking'] {
  return {
    remindMs: remind,
    ...(escalate === undefined ? {} : { escalate: { afterMs: escalate.after, to: escalate.to } }),
    expireMs: expire,
  };
}
