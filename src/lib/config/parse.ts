import semver from 'semver';
import type { Config, RepositoryName } from '../domain/environment.ts';
import { buildConfig, parseRepository } from './build.ts';
import { resolveExtends } from './extends.ts';
import { ownFlaws } from './inherited.ts';
import { splitMessage, toFlaws } from './issues.ts';
import { child, plain, readYaml, type Flaw, type Located } from './located.ts';
import { ConfigError, toProblems } from './problems.ts';
import { crossChecks } from './rules.ts';
import {
  environment,
  file as fileSchema,
  project,
  type EnvironmentText,
  type ProjectText,
} from './schema.ts';

export interface Origin {
  /** Absolute path of hd.yml, and of the folder it is in. */
  file: string;
  root: string;
  /** As messages name the file. */
  name: string;
  /** hd's own version, for `requires`. */
  version: string;
  /** The git remote's, for a file without `repository`. */
  repository?: RepositoryName;
}

/**
 * The text of hd.yml → Config.
 * @throws ConfigError with everything that is wrong
 */
export function parseConfig(text: string, origin: Origin): Config {
  const { tree, flaws: syntax, lines } = readYaml(text);
  const fail = (flaws: readonly Flaw[]): never => {
    throw new ConfigError(toProblems(origin.name, text, lines, flaws));
  };
  if (tree === undefined) return fail(syntax);
  if (tree.kind !== 'map')
    return fail([
      {
        span: tree.span,
        path: [],
        message: 'the top level is not a map',
        write: 'keys: app, images, environments',
      },
    ]);

  const age = tooOld(tree, origin.version);
  if (age !== undefined) return fail([age]);

  const head = readProject(tree);
  const body = readEnvironments(tree);
  const flaws = [...syntax, ...head.flaws, ...body.flaws];
  if (head.value === undefined || flaws.length > 0) return fail(flaws);
  const { repository } = head.value;
  return buildConfig(
    { file: origin.file, root: origin.root },
    head.value,
    body.value,
    repository === undefined ? origin.repository : parseRepository(repository),
  );
}

/** A file for another hd is not read any further: its unknown keys are no mistakes. */
function tooOld(tree: Located, version: string): Flaw | undefined {
  const requires = child(tree, 'requires');
  if (requires?.kind !== 'scalar' || typeof requires.value !== 'string') return undefined;
  if (semver.validRange(requires.value) === null) return undefined;
  if (semver.satisfies(version, requires.value, { includePrerelease: true })) return undefined;
  return {
    span: requires.span,
    path: requires.path,
    message: `this is hd ${version}, the file needs ${requires.value}`,
    write: `nothing here; install an hd that is ${requires.value}`,
  };
}

function readProject(tree: Located): { value?: ProjectText; flaws: readonly Flaw[] } {
  const parsed = project.safeParse(only(tree, (name) => name !== 'environments'));
  if (parsed.success) return { value: parsed.data, flaws: [] };
  return { flaws: toFlaws(parsed.error.issues, { path: [], node: tree }) };
}

const environments = fileSchema.pick({ environments: true });
const MOST = { environments: 50, flaws: 100 };

function readEnvironments(tree: Located): {
  value: ReadonlyMap<string, EnvironmentText>;
  flaws: readonly Flaw[];
} {
  const value = new Map<string, EnvironmentText>();
  const all = child(tree, 'environments');
  if (all?.kind !== 'map') {
    const issues = environments.safeParse(only(tree, (name) => name === 'environments')).error?.issues;
    return { value, flaws: toFlaws(issues ?? [], { path: [], node: tree }) };
  }
  const place = { span: all.span, path: all.path };
  if (all.entries.size === 0) return { value, flaws: [{ ...place, message: 'the map is empty' }] };
  if (all.entries.size > MOST.environments) {
    return { value, flaws: [{ ...place, message: `more than ${MOST.environments} environments` }] };
  }
  const flaws: Flaw[] = [];
  for (const [name, { key }] of all.entries) {
    const [bad] = environments.shape.environments.keyType.safeParse(name).error?.issues ?? [];
    if (bad !== undefined) flaws.push({ span: key, path: all.path, ...splitMessage(bad.message) });
  }
  const around = { environments: [...all.entries.keys()], roles: child(tree, 'roles') };
  const { merged, flaws: circles } = resolveExtends(all.entries);
  flaws.push(...circles);
  const crossed = new Map<string, readonly Flaw[]>();
  // Those that others inherit from come first.
  for (const [name, node] of merged) {
    if (flaws.length > MOST.flaws) break;
    const parsed = environment.safeParse(plain(node));
    if (parsed.success) value.set(name, parsed.data);
    else flaws.push(...toFlaws(parsed.error.issues, { path: ['environments', name], node }));
    const found = crossChecks(node, { ...around, name });
    crossed.set(name, found);
    flaws.push(...ownFlaws(name, node, found, crossed));
  }
  return { value, flaws };
}

function only(tree: Located, wanted: (name: string) => boolean): unknown {
  if (tree.kind !== 'map') return plain(tree);
  return plain({ ...tree, entries: new Map([...tree.entries].filter(([name]) => wanted(name))) });
}
