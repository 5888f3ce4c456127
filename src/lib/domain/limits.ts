import { span } from './values.ts';

/**
 * How long hd waits for one answer where neither a flag nor a configuration says otherwise, in milliseconds. Each is a
 * limit in all, not only between two bytes; `--answer-timeout`, when it is given, stands in the place of each
 * (docs/reliability.md).
 */
export const ANSWER_MS = {
  /** To a TCP connection, key exchange and authentication of SSH, all tries together; ConnectTimeout says otherwise. */
  connect: 10_000,
  /** To one program on a host. */
  host: 30_000,
  /** To one request. */
  github: 15_000,
  registry: 10_000,
  /** A program of this machine that reads: git, gh, ssh -G, ssh-keygen, a credential helper. */
  program: 10_000,
  /** git, where it signs or pushes: it may wait for a passphrase, and for a network. */
  push: 120_000,
} as const;

export const ANSWER_FLAG = '--answer-timeout';
export const STAGE_FLAG = '--timeout';
export const RECONNECT_FLAG = '--reconnect';
export const GITHUB_FLAG = '--github-wait';

/** A stage has this long on each host, `--timeout` else; a switch never less than hd.yml gives its steps. */
export const STAGE_MS = 300_000;

/** How long a lost host is tried again; `--reconnect` else. */
export const RECONNECT_MS = 60_000;

/** How long GitHub's rate limit, a run that does not appear, or a silence of GitHub's is sat out; `--github-wait` else. */
export const GITHUB_WAIT_MS = 120_000;

/** A limit as a person sets it: `60s`, and from two minutes on `2m`. */
export function limitSpan(ms: number): string {
  return ms >= 1000 && ms < 120_000 ? `${Math.round(ms / 1000)}s` : span(ms);
}

/** `10s (--answer-timeout)`: a limit that was met, and what sets it. */
export function limitText(ms: number, by: string = ANSWER_FLAG): string {
  return `${limitSpan(ms)} (${by})`;
}
