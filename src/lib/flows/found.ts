import type { Lease } from '../engine/lease.ts';
import type { LedgerLine } from '../domain/ledger.ts';
import { foldHosts } from '../domain/names.ts';
import type { Change } from './change.ts';
import { driftOf } from './drift.ts';
import { lastConfirmed, unsettled, type Unsettled } from './history.ts';
import type { NewEntry } from './ledger.ts';
import type { SeenHost } from './observe.ts';
import type { World } from './world.ts';

/**
 * What a deployment found before it began, and would make unseen: a lease that was taken over, a deployment whose
 * operator left no last word, hosts that run something else than the ledger said. A line of the ledger each.
 */
export function found(
  world: World,
  change: Change,
  lease: Lease,
  lines: readonly LedgerLine[],
  seen: readonly SeenHost[],
  at: string,
): NewEntry[] {
  const { environment, actor, verb, resumes } = change;
  const base = { at, hd: world.version, environment: environment.name, actor, verb };
  const takenOver = takenOverFrom(lease).map(({ hosts, reason }): NewEntry => {
    world.reporter.event({ type: 'note', mark: 'warn', text: `lock taken over: ${reason}` });
    return { ...base, hosts, kind: 'taken-over', reason };
  });
  const open = unsettled(lines);
  if (open !== undefined) return [...takenOver, ...leftBehind(open, base)];
  const recorded = lastConfirmed(lines)?.release;
  if (resumes !== undefined || recorded === undefined) return takenOver;
  const observed = seen.map((each) => each.observed);
  const drift = driftOf(environment.name, observed, recorded, lines);
  if (drift.length === 0) return takenOver;
  const hosts = seen.map((each) => each.host.name);
  return [...takenOver, { ...base, hosts, kind: 'drift', evidence: drift.map((each) => each.text) }];
}

/** The same holder, on however many hosts, is one. */
function takenOverFrom({ replaced }: Lease): { hosts: string[]; reason: string }[] {
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
