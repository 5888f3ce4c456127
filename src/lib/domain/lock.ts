/** The lease on a host (D3), as its lock file says. Times are epoch seconds of the host's own clock. */
export interface LockState {
  fence: number;
  holder: LockHolder;
  since: number;
  expires: number;
}

export interface LockHolder {
  actor: string;
  machine: string;
  pid: number;
  /** Names the process for ever (boot, process namespace, pid, start time), where the system can tell. */
  process?: string;
  /** Of GitHub Actions. */
  run?: string;
  /** `d48, deploy v1.4.1`. */
  purpose: string;
  /** Of the plan that is carried out. */
  plan?: string;
}

/** Deployments are stopped by hand. Times are epoch seconds of the host's own clock. */
export interface Freeze {
  actor: string;
  machine: string;
  why: string;
  since: number;
  /** Absent for one that ends only by hand. */
  until?: number;
}

/** Somebody wants to go back, and asks the holder of the lease to stop at the next safe point. */
export interface StopRequest {
  actor: string;
  /** A GitHub token proved the login. */
  proven: boolean;
  machine: string;
  /** The lease that is to end. */
  fence: number;
  /** Epoch seconds of the host's own clock. */
  at: number;
}

/** A lease of 30 s, renewed every 10 s. */
export const LEASE_SECONDS = 30;
export const RENEW_MS = 10_000;
/** How often a holder looks whether it is asked to stop. */
export const ASKED_MS = 2_000;
/** Who waits in line and has not asked again for so long has lost the place. */
export const PLACE_SECONDS = 10;

/** Why a deployment that was asked to stop has ended. */
export function stopText({ actor, machine }: Pick<StopRequest, 'actor' | 'machine'>): string {
  return `${actor} on ${machine} asked it to stop to roll back`;
}
