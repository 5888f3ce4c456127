import { parseConfig } from '../../config/parse.ts';
import { ConfigError } from '../../config/problems.ts';
import type { Config, Environment } from '../../domain/environment.ts';
import { HdError, UnreachableError } from '../../domain/errors.ts';
import { Exit } from '../../domain/exit.ts';
import type { Policy, Roles } from '../../domain/policy.ts';
import { samePlace } from '../../domain/same-place.ts';
import { shortCommit, type Commit } from '../../domain/version.ts';
import type { GitHub } from '../../ports.ts';
import type { World } from '../world.ts';
import { soon } from './soon.ts';

/** Where hd.yml is kept in the repository (design.md). */
const FILE = 'hd.yml';

/** What an environment demands, and who fills its roles. */
export interface Rules {
  /** Undefined: it demands nothing. */
  policy: Policy | undefined;
  roles: Roles;
  /** All of the file that they stand in. */
  config: Config;
  /** The branch that says so; absent if only the file here could. */
  from?: { branch: string; commit: Commit };
}

/**
 * The rules of an environment as the release branch on GitHub has them, so that nobody who asks for a deployment can
 * change them in the own working tree (D10). Which branch that is, the default branch says. An environment that is
 * not there yet has the rules of the file here.
 * @throws UnreachableError if GitHub can't be asked and the file here has rules; HdError exit 3 if its file is broken
 */
export async function rulesOf(world: World, environment: Environment): Promise<Rules> {
  const here = rulesHere(world, environment);
  try {
    const github = await world.github();
    if (github === undefined) return here;
    return (await rulesOnGitHub(world, github, environment)) ?? here;
  } catch (error) {
    // What has no rules here needs GitHub for its tag, or for nothing.
    if (error instanceof UnreachableError && environment.policy === undefined) return here;
    throw error;
  }
}

function rulesHere({ config }: World, { policy }: Environment): Rules {
  return { policy, roles: config.roles, config };
}

/** A rollback waits for nobody: GitHub has this long to say what the rules are (D9). */
const ROLLBACK_MS = 3000;

/**
 * The same for a rollback, which goes on by the rules of the file here if GitHub does not answer soon.
 * @param reading begun before
 */
export async function rulesOfRollback(
  world: World,
  environment: Environment,
  reading = rulesOf(world, environment),
): Promise<Rules> {
  const here = rulesHere(world, environment);
  const asked = reading.catch((error: unknown) => {
    if (error instanceof HdError) return here;
    throw error;
  });
  return soon(world, asked, () => here, ROLLBACK_MS);
}

/**
 * Begins to read the rules while something else goes on: GitHub's answers take as long as a look at the hosts. What
 * goes wrong is thrown to whoever awaits them, if anybody does.
 */
export function rulesAhead(asked: Promise<Rules>): Promise<Rules> {
  asked.catch(() => undefined);
  return asked;
}

async function rulesOnGitHub(world: World, github: GitHub, of: Environment): Promise<Rules | undefined> {
  const first = await fileOf(world, github, await github.defaultBranch());
  if (first === undefined) return undefined;
  const { branch } = first.config.release;
  const found = branch === first.branch ? first : await fileOf(world, github, branch);
  const environments = Object.values(found?.config.environments ?? {});
  const environment =
    environments.find((each) => each.name === of.name) ?? environments.find((each) => isAlike(each, of));
  if (found === undefined || environment === undefined) return undefined;
  const from = { branch: found.branch, commit: found.commit };
  return { policy: environment.policy, roles: found.config.roles, config: found.config, from };
}

/** Another name for the same place does not get round its rules. */
function isAlike(one: Environment, other: Environment): boolean {
  const names = new Set(other.hosts.map((host) => host.name));
  const shared = one.hosts.some((host) => names.has(host.name));
  const own = one.directory !== other.directory && one.project !== other.project;
  return (shared && !own) || samePlace(one, other) !== undefined;
}

interface Found {
  config: Config;
  branch: string;
  commit: Commit;
}

async function fileOf(world: World, github: GitHub, branch: string): Promise<Found | undefined> {
  const commit = await github.branchHead(branch);
  const file = commit === undefined ? undefined : await github.readFile(commit, FILE);
  if (commit === undefined || file === undefined) return undefined;
  const name = `${FILE} of ${branch} (${shortCommit(commit)})`;
  try {
    const { root, repository } = world.config;
    const config = parseConfig(new TextDecoder().decode(file.content), {
      ...{ file: world.config.file, root, name, version: world.version },
      ...(repository === undefined ? {} : { repository }),
    });
    return { config, branch, commit };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new HdError('policy-unreadable', Exit.refused, `${name} has errors: its policy is not known`, {
      facts: error.problems
        .slice(0, 3)
        .map(({ path, message }) => ({ label: 'seen', text: `${path}: ${message}` })),
      cause: error,
    });
  }
}
