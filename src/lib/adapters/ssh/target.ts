/** One host as OpenSSH's own configuration has it, hd.yml's overrides included. */
export interface SshTarget {
  /** As people call it. */
  host: string;
  hostname: string;
  port: number;
  user: string;
  /** 0: whichever the name has. */
  family: 0 | 4 | 6;
  bindAddress?: string;
  /** The names that known_hosts is asked for, the first that is known counts. */
  hostKeyNames: readonly string[];
  knownHostsFiles: readonly string[];
  /** Only if the configuration sets one. */
  connectTimeoutMs?: number;
  /** ServerAliveInterval and ServerAliveCountMax, if the configuration sets the first. */
  keepalive?: { ms: number; lost: number };
  authentication: Authentication;
  /** What the configuration allows, in its order. */
  algorithms: {
    kex: readonly string[];
    hostKey: readonly string[];
    cipher: readonly string[];
    mac: readonly string[];
  };
  /** The hop before this host. */
  jump?: SshTarget;
  /** `ssh` and its options, for a person to paste; the host itself is not in it. */
  ssh: readonly string[];
}

export interface Authentication {
  publicKey: boolean;
  identityFiles: readonly string[];
  identitiesOnly: boolean;
  certificateFiles: readonly string[];
  agentSocket?: string;
}

/** `10.0.4.12:22`, `[fe80::1]:22`. */
export function address(target: SshTarget): string {
  return `${target.hostname.includes(':') ? `[${target.hostname}]` : target.hostname}:${target.port}`;
}

/** The command that a person runs to see for himself: `ssh prod-2 true`. */
export function sshCommand(
  target: SshTarget,
  options: readonly string[] = [],
  withUser = false,
): readonly string[] {
  return [...target.ssh, ...options, withUser ? `${target.user}@${target.host}` : target.host, 'true'];
}
