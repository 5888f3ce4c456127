import type { LedgerEntry } from '../domain/ledger.ts';
import type { Change } from './change.ts';
import type { Told } from './told.ts';

export type EntryBase = Omit<LedgerEntry, 'v' | 'prev' | 'kind' | 'at'>;

/** What every line of a deployment says. */
export function entryOf(change: Change, deployment: string, hd: string): EntryBase {
  const { environment, plan, verb, actor, leaves, worktree } = change;
  return {
    hd,
    environment: environment.name,
    actor,
    verb,
    deployment,
    plan: plan.hash,
    release: plan.release,
    hosts: plan.hosts,
    ...(leaves === undefined ? {} : { leaves }),
    ...(worktree === undefined ? {} : { worktree }),
  };
}

/** What its last line says of the outcome. */
export function endingOf(told: Told, change: Change): Partial<LedgerEntry> {
  const files = change.target.target.deployment;
  const findings = [...(told.firstProof?.findings ?? []), ...(told.proof?.findings ?? [])];
  const failed = findings.filter((each) => each.state !== 'passed');
  return {
    outcome: told.outcome,
    ...(files.startsWith('d') ? { files } : {}),
    ...(told.restored === undefined ? {} : { restored: told.restored.release }),
    ...(told.failure === undefined ? {} : { reason: told.failure.text }),
    ...(told.downtime === undefined ? {} : { downtimeMs: told.downtime.ms }),
    ...(told.proof === undefined ? {} : { checks: { passed: told.proof.passed, of: told.proof.of } }),
    ...(failed.length === 0 ? {} : { failed }),
    durationsMs: { ...told.durations },
  };
}
