import { Exit } from '../domain/exit.ts';
import { HdError } from '../domain/errors.ts';
import type { Freeze, LockHolder, LockState } from '../domain/lock.ts';
import type { Host, LockAnswer } from '../ports.ts';

/** A lock that somebody else holds, or that others have waited for longer. */
export class LockedError extends HdError {
  override readonly name = 'LockedError';
  readonly host: string;
  /** Absent if nobody holds it, and others come first. */
  readonly held: LockState | undefined;
  constructor(host: string, held: LockState | undefined, message: string) {
    super('locked', Exit.locked, message, { outcome: 'locked' });
    this.host = host;
    this.held = held;
  }
}

/** Deployments are stopped by hand. */
export class FrozenError extends HdError {
  override readonly name = 'FrozenError';
  readonly host: string;
  readonly freeze: Freeze;
  constructor(host: string, freeze: Freeze) {
    super('frozen', Exit.locked, `${freeze.actor} has stopped deployments on ${host} by hand`, {
      outcome: 'locked',
    });
    this.host = host;
    this.freeze = freeze;
  }
}

/** Why a host does not give its lock. */
export type Refusal =
  | Extract<LockAnswer, { held: unknown } | { behind: unknown } | { frozen: unknown }>
  /** A step that was left to itself still runs there. */
  | { busy: HdError };

export interface Refused {
  host: Host;
  why: Refusal;
}

/** What it comes to where nobody waits. */
export function errorOf({ host: { name }, why }: Refused): HdError {
  if ('busy' in why) return why.busy;
  if ('frozen' in why) return new FrozenError(name, why.frozen);
  if ('held' in why)
    return new LockedError(name, why.held, `${why.held.holder.actor} holds the lock on ${name}`);
  return new LockedError(name, undefined, `${who(why.behind)} waits for the lock on ${name} and comes first`);
}

/** `login-b (deploy v1.4.1)`. */
export function who({ actor, purpose }: LockHolder): string {
  return `${actor} (${purpose})`;
}
