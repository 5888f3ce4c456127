import type { Lease } from '../engine/lease.ts';
import type { LedgerLine } from '../domain/ledger.ts';
import { foldHosts } from '../domain/names.ts';
import type { ObservedHost } from '../domain/observed.ts';
import { driftOf } from './drift.ts';
import { lastConfirmed, unsettled, type Unsettled } from './history.ts';
import type { NewEntry } from './ledger.ts';

export interface Found {
  /** What every line says. */
  base: Omit<NewEntry, 'kind' | 'hosts'>;
  /** Leases that were taken over. */
  replaced: Lease['replaced'];
  lines: readonly LedgerLine[];
  observed: readonly ObservedHost[];
  /** What runs was left by the deployment that is taken up. */
  resumes: boolean;
}

/**
 * What a deployment found before it began, and would make unseen: a lease that was taken over, a deployment whose
 * operator left no last word, hosts that run something else than the ledger said. A line of the ledger each.
 */
export function foundEntries({ base, replaced, lines, observed, resumes }: Found): NewEntry[] {
  const takenOver = takenOverEntries(base, replaced);
  const open = unsettled(lines);
  if (open !== undefined) return [...takenOver, ...leftBehind(open, base)];
  const recorded = lastConfirmed(lines)?.release;
  if (resumes || recorded === undefined) return takenOver;
  const drift = driftOf(base.environment, observed, recorded, lines);
  if (drift.length === 0) return takenOver;
  const hosts = observed.map((each) => each.host);
  return [...takenOver, { ...base, hosts, kind: 'drift', evidence: drift.map((each) => each.text) }];
}

/** Leases that ended without their holder; whoever takes the lock writes that down, whatever it is for (D3). */
export function takenOverEntries(base: Found['base'], replaced: Lease['replaced']): NewEntry[] {
  return holdersOf(replaced).map(({ hosts, reason }) => ({ ...base, hosts, kind: 'taken-over', reason }));
}

/** The same holder, on however many hosts, is one. */
function holdersOf(replaced: Lease['replaced']): { hosts: string[]; reason: string }[] {
  const holders = Map.groupBy(replaced, ({ state: { holder } }) => {
    const who = holder.run === undefined ? `process ${holder.pid}` : `GitHub Actions run ${holder.run}`;
    return `${holder.actor} on ${holder.machine}, ${who} (${holder.purpose})`;
  });
  return [...holders].map(([who, leases]) => {
    const hosts = leases.map(({ host }) => host);
    return { hosts, reason: `the lease of ${who} ended on ${foldHosts(hosts)}` };
  });
}

/** One that ended with a word of its own needs no other. */
function leftBehind({ started, last }: Unsettled, base: Omit<NewEntry, 'kind' | 'hosts'>): NewEntry[] {
  if (last.kind === 'finished' || last.kind === 'interrupted') return [];
  const { deployment, plan, release, hosts, verb } = started;
  return [
    {
      ...base,
      kind: 'interrupted',
      verb,
      hosts,
      reason: 'its operator left no last word',
      ...(deployment === undefined ? {} : { deployment }),
      ...(plan === undefined ? {} : { plan }),
      ...(release === undefined ? {} : { release }),
    },
  ];
}
