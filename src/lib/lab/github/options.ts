import { readFile } from 'node:fs/promises';
import { z } from 'zod';

const level = z.enum(['read', 'write']);

const grant = z.strictObject({
  login: z.string(),
  /** Absent: everything that the emulator knows. */
  permissions: z.record(z.string(), level).optional(),
});

const schema = z.strictObject({
  /** Holds repo.git, state.json, logs, assets. */
  stateDir: z.string(),
  /** 0, the default, takes a free one. */
  port: z.int().min(0).max(65_535).default(0),
  owner: z.string(),
  repo: z.string(),
  defaultBranch: z.string().default('main'),
  readyFile: z.string().optional(),
  tokens: z.record(z.string(), grant).default({}),
  runner: z.strictObject({ env: z.record(z.string(), z.string()).default({}) }).default({ env: {} }),
});

export type GitHubOptions = z.input<typeof schema>;
export type Settings = z.output<typeof schema>;
export type Level = z.output<typeof level>;

/** Whom a token speaks for. */
export interface Identity {
  login: string;
  permissions?: Readonly<Record<string, Level>> | undefined;
  /** The token of a running job (`GITHUB_TOKEN`): what it does starts no workflow. */
  job?: true;
}

/** @throws if an option is missing, unknown or of the wrong type */
export function parseOptions(options: GitHubOptions): Settings {
  return schema.parse(options);
}

export async function readOptions(file: string): Promise<Settings> {
  return schema.parse(JSON.parse(await readFile(file, 'utf8')));
}
