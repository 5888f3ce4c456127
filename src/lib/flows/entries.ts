import type { JournalHead, LedgerEntry } from '../domain/ledger.ts';
import { stopText } from '../domain/lock.ts';
import { DEPLOYMENT_MARK } from '../domain/plan.ts';
import type { Change } from './change.ts';
import type { NewEntry } from './ledger.ts';
import type { Told } from './told.ts';

export type EntryBase = Omit<NewEntry, 'kind' | 'at'>;

/** What every line of a deployment says. */
export function entryOf(change: Change, deployment: string, hd: string): EntryBase {
  const { environment, plan, verb, actor, leaves, worktree, resumes, target } = change;
  const files = target.target.deployment;
  return {
    hd,
    environment: environment.name,
    actor,
    verb,
    deployment,
    plan: plan.hash,
    release: resumes?.back?.failed ?? plan.release,
    hosts: plan.hosts,
    ...(files === DEPLOYMENT_MARK || files === deployment ? {} : { files }),
    ...(leaves === undefined ? {} : { leaves }),
    ...(worktree === undefined ? {} : { worktree }),
    ...(resumes === undefined ? {} : { resumed: resumes.times }),
    ...(resumes?.back === undefined ? {} : { restored: resumes.back.restored.release }),
  };
}

/** What is going to be done, before it is begun: the stages, and why each is there. */
export function plannedStages({ plan }: Change): Pick<LedgerEntry, 'stages'> {
  return { stages: plan.stages.map(({ name, hosts, what, because }) => ({ name, hosts, what, because })) };
}

/** What its last line says of the outcome. */
export function endingOf(told: Told, change: Change): Partial<LedgerEntry> {
  const files = filesOf(told, change);
  const findings = [...(told.firstProof?.findings ?? []), ...(told.proof?.findings ?? [])];
  const failed = findings.filter((each) => each.state !== 'passed');
  return {
    outcome: told.outcome,
    ...(files === undefined ? {} : { files }),
    ...(told.restored === undefined ? {} : { restored: told.restored.release }),
    begun: [...told.begun],
    ...reasonOf(told),
    ...(told.downtime === undefined ? {} : { downtimeMs: told.downtime.ms }),
    ...(told.proof === undefined ? {} : { checks: { passed: told.proof.passed, of: told.proof.of } }),
    ...(failed.length === 0 ? {} : { failed }),
    durationsMs: { ...told.durations },
    ...journalsOf(told),
  };
}

function reasonOf({ failure, stoppedBy }: Told): Pick<LedgerEntry, 'reason' | 'stoppedBy'> {
  const reason = failure?.text ?? (stoppedBy === undefined ? undefined : stopText(stoppedBy));
  if (reason === undefined) return {};
  if (stoppedBy === undefined) return { reason };
  const { actor: name, proven, machine } = stoppedBy;
  return { reason, stoppedBy: { name, proven, machine } };
}

/** What the journals come to, on every host that was seen after the last effect. */
function journalsOf({ sight }: Told): Pick<LedgerEntry, 'journals'> {
  const heads = sight.seen.flatMap(({ host, observed }): [string, JournalHead][] =>
    observed.journal === undefined ? [] : [[host.name, observed.journal]],
  );
  return heads.length === 0 ? {} : { journals: Object.fromEntries(heads) };
}

/** Whose directory holds the files, if it is not this deployment's own: going back, or nothing was shipped. */
function filesOf(told: Told, { target, plan, resumes }: Change): string | undefined {
  const { deployment } = target.target;
  if (deployment !== DEPLOYMENT_MARK) return deployment === resumes?.deployment ? undefined : deployment;
  if (plan.hosts.length > 0) return undefined;
  return told.sight.seen.map((each) => each.observed.current?.deployment).find((each) => each !== undefined);
}
