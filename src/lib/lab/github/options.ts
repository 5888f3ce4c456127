import { readFile } from 'node:fs/promises';
import { z } from 'zod';

const level = z.enum(['read', 'write']);

const grant = z.strictObject({
  login: z.string(),
  /** To the repository: write, if absent; `read` is somebody from outside the organization. */
  access: level.optional(),
  /** Absent: everything that the emulator knows. */
  permissions: z.record(z.string(), level).optional(),
});

/** What depends on GitHub's plan and version. */
const features = {
  /** Required reviewers and wait timers, which private repositories have with Enterprise only. */
  protectionRules: z.boolean(),
  /** `return_run_details` of a dispatch; older Enterprise Servers refuse what they don't know. */
  runDetails: z.boolean(),
};

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
  /** By slug: the logins of a team of the owner's, which is an organization. */
  teams: z.record(z.string(), z.array(z.string())).default({}),
  features: z
    .strictObject({
      protectionRules: features.protectionRules.default(true),
      runDetails: features.runDetails.default(true),
    })
    .prefault({}),
  runner: z.strictObject({ env: z.record(z.string(), z.string()).default({}) }).default({ env: {} }),
});

export type GitHubOptions = z.input<typeof schema>;
export type Settings = z.output<typeof schema>;
export type Level = z.output<typeof level>;

/** Whom a token speaks for. */
export interface Identity {
  login: string;
  access?: Level | undefined;
  permissions?: Readonly<Record<string, Level>> | undefined;
  /** The token of a running job (`GITHUB_TOKEN`): what it does starts no workflow. */
  job?: true;
}

/** @throws if an option is missing, unknown or of the wrong type */
export function parseOptions(options: GitHubOptions): Settings {
  return schema.parse(options);
}

/** @throws if one is not a feature */
export function parseFeatures(data: unknown): object {
  return z.strictObject(features).partial().parse(data);
}

export async function readOptions(file: string): Promise<Settings> {
  return schema.parse(JSON.parse(await readFile(file, 'utf8')));
}
