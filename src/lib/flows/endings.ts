import type { HdError } from '../domain/errors.ts';
import type { Lease } from '../engine/lease.ts';
import type { Change } from './change.ts';
import type { Sight } from './observe.ts';
import type { Proof } from './prove.ts';
import type { Told } from './told.ts';

/** Who stopped it: the operator, another who asked for it, or one who took the lock over. */
export function interruptionOf(
  lease: Pick<Lease, 'lost' | 'stoppedBy'>,
): Pick<Told, 'outcome' | 'failure' | 'lockLost' | 'stoppedBy'> {
  const lost = lease.lost();
  const stoppedBy = lease.stoppedBy();
  if (lost !== undefined) {
    const failure = { text: `the lock on ${lost} was taken over`, facts: [] };
    return { outcome: 'interrupted', failure, lockLost: true };
  }
  return { outcome: 'interrupted', ...(stoppedBy === undefined ? {} : { stoppedBy }) };
}

/** Nothing was found wrong, but a host of a rollback was away, or a check could not be asked at all. */
export function isUnproved(change: Pick<Change, 'away'>, sight: Sight, { findings, passed }: Proof): boolean {
  const asked = findings.filter(({ evidence }) => evidence.attempts > 0);
  const away = change.away?.length ?? 0;
  return passed === asked.length && passed > 0 && sight.unseen.length === away;
}

/**
 * With the hosts whose ledger could not be written at the end. If that is all of them, nobody can read of it later: what
 * serves was proved, but it is no confirmed release.
 * @param late by host, why
 */
export function withUnrecorded(told: Told, late: ReadonlyMap<string, HdError>, hosts: number): Told {
  const unrecorded = [...late.keys()];
  if (unrecorded.length < hosts || told.outcome === 'failed') return { ...told, unrecorded };
  const [error] = late.values();
  const failure = told.failure ?? { text: `the ledger: ${error?.message ?? 'not written'}`, facts: [] };
  const outcome = told.lockLost === true ? told.outcome : 'inconclusive';
  return { ...told, outcome, failure, unrecorded };
}
