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
  /** Of GitHub Actions. */
  run?: string;
  /** `d48, deploy v1.4.1`. */
  purpose: string;
}

/** A lease of 30 s, renewed every 10 s. */
export const LEASE_SECONDS = 30;
export const RENEW_MS = 10_000;
