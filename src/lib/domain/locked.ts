import type { LockState } from './lock.ts';
import { foldHosts } from './names.ts';
import type { ObservedHost } from './observed.ts';
import { age, time } from './values.ts';

type Observed = Pick<ObservedHost, 'host' | 'at' | 'lock' | 'freeze'>;

/** The lease on a host, unless it ran out by the host's own clock. */
export function leaseOf({ lock, at }: Pick<Observed, 'lock' | 'at'>): LockState | undefined {
  return lock !== undefined && lock.expires * 1000 > at ? lock : undefined;
}

/**
 * What `hd status` says of the lock: `free`, `held …`, `frozen …`.
 * @param zone IANA name of the zone to write times in
 */
export function lockText(hosts: readonly Observed[], zone: string): string {
  const held = hosts.flatMap((each) => heldText(each) ?? [])[0];
  const texts = [held, freezeText(hosts, zone)].filter((text) => text !== undefined);
  return texts.length === 0 ? 'free' : texts.join('; ');
}

function heldText(observed: Observed): string | undefined {
  const lease = leaseOf(observed);
  if (lease === undefined) return undefined;
  const { actor, machine, purpose } = lease.holder;
  const left = Math.ceil(lease.expires - observed.at / 1000);
  return `held on ${observed.host} by ${actor} on ${machine}: ${purpose}; renewed until ${left}s from now`;
}

/** `frozen by login-c since 09:05:00 (2h ago): reports`; undefined if deployments are not stopped by hand. */
export function freezeText(hosts: readonly Observed[], zone: string): string | undefined {
  const on = hosts.filter((each) => each.freeze !== undefined);
  const [first] = on;
  if (first?.freeze === undefined) return undefined;
  const { at: now, freeze } = first;
  const clock = (seconds: number): string => time(seconds * 1000, zone, now);
  const where = on.length === hosts.length ? '' : ` on ${foldHosts(on.map((each) => each.host))} only`;
  const since = `since ${clock(freeze.since)} (${age(now - freeze.since * 1000)} ago)`;
  const until = freeze.until === undefined ? '' : `, until ${clock(freeze.until)}`;
  return `frozen${where} by ${freeze.actor} ${since}${until}: ${freeze.why}`;
}
