import type { Policy, Roles } from './policy.ts';

/** What hd.yml says of a login: the password is in the operator's environment. */
export interface LoginSource {
  username: string;
  passwordEnv: string;
}

/** hd.yml, read and checked: every default filled in, every duration in milliseconds, `extends` resolved. */
export interface Config {
  /** Absolute path of hd.yml, and of the folder it is in. */
  file: string;
  root: string;
  app: string;
  repository?: RepositoryName;
  /** By compose service: what a release replaces (D6). */
  images: Readonly<Record<string, ImageSource>>;
  registries: Readonly<Record<string, { insecure: boolean; login?: LoginSource }>>;
  release: { branch: string; workflow: string };
  /** Whether the ledger's head is kept on GitHub, and the ref below which it is committed too. */
  ledger: { publish: boolean; gitRef?: string };
  /** Who fills which role of a policy. */
  roles: Roles;
  environments: Readonly<Record<string, Environment>>;
}

export interface RepositoryName {
  owner: string;
  name: string;
}

/** For headers: `acme/healthdelta`, or the application's name. */
export function repositoryText(config: Pick<Config, 'repository' | 'app'>): string {
  return config.repository === undefined
    ? config.app
    : `${config.repository.owner}/${config.repository.name}`;
}

export interface ImageSource {
  /** With the registry's host: `ghcr.io/acme/healthdelta-backend`. */
  repository: string;
  /** Template of the tag that a release's workflow pushes: `v{version}`. */
  tag: string;
  /** Template of the tag that a build of a commit pushes: `{sha}`. */
  commitTag: string;
}

export interface Environment {
  name: string;
  /** Its name must be typed or given with `--confirm`; no `--worktree`. */
  production: boolean;
  hosts: readonly HostSpec[];
  /** Absolute, on the host; compose's project directory (D5). */
  directory: string;
  /** Compose's project name; never changes (D5). */
  project: string;
  /** Paths below the repository's root. */
  compose: readonly string[];
  /** Kept on the host, below `directory`; never read back. */
  envFiles: readonly string[];
  /** Base of every HTTP check, as `probe` sees it. */
  url?: string;
  probe: 'host' | 'operator';
  rollout: Rollout;
  checks: Checks;
  /** Where GitHub shows its deployments; absent, it does not. */
  github?: { environment: string; workflow?: string; rollbackWorkflow?: string };
  /** Where a change is carried out: by this hd, or by a run of the environment's workflow. */
  via: 'here' | 'workflow';
  policy?: Policy;
  /** How many confirmed releases stay on a host (D8). */
  keep: number;
}

/** `local` is this machine, without SSH. */
export interface HostSpec {
  /** As people call it; unless `address` says otherwise, a Host of the ssh configuration. */
  name: string;
  local: boolean;
  address?: string;
  port?: number;
  user?: string;
  identityFile?: string;
}

export interface Rollout {
  strategy: 'recreate';
  /** From the container's start: no exit, no restart, ready passed (D7). */
  settleMs: number;
  /** Until every service runs, and is healthy where it has a healthcheck. */
  timeoutMs: number;
  /** Longer than this without an answer during the switch fails the deployment. */
  maxDowntimeMs?: number;
}

export interface Checks {
  live?: HttpCheck;
  ready?: HttpCheck;
  version?: VersionCheck;
  smoke: readonly SmokeCheck[];
  logs: LogsCheck;
}

/** How often to ask again (S3-28…34); a network failure and a wrong answer are told apart. */
export interface Retry {
  attempts: number;
  delayMs: number;
  initialWaitMs: number;
  /** For one attempt. */
  timeoutMs: number;
}

export interface HttpCheck extends Retry {
  path: string;
  expect: HttpExpectation;
}

export interface HttpExpectation {
  status: number;
  /** Dotted path into the JSON body → the value it must equal. */
  json?: Readonly<Record<string, string | number | boolean | null>>;
  /** The answer must come within this. */
  withinMs?: number;
}

export interface VersionCheck extends HttpCheck {
  /** Dotted paths into the JSON body. */
  versionField: string;
  commitField: string;
}

export type SmokeCheck =
  | (HttpCheck & { kind: 'http'; name: string; tokenEnv?: string })
  /** Run on the operator's machine; exit 0 passes. */
  | { kind: 'command'; name: string; run: readonly string[]; timeoutMs: number };

export interface LogsCheck {
  sinceMs: number;
  /** Literal texts; one of them in a line fails the check. */
  forbid: readonly string[];
}
