import { parse } from 'yaml';
import { UsageError } from '../../domain/errors.ts';

/** What hd reads of a release's compose files, merged in the order of `-f` as Compose does. */
export interface ComposeModel {
  services: Readonly<Record<string, ComposeService>>;
  /** Top-level `configs` and `secrets` that are files. */
  fileObjects: readonly FileObject[];
}

export interface ComposeService {
  image?: string;
  /** With a profile, a service does not run by default. */
  profiled: boolean;
  envFiles: readonly { path: string; required: boolean }[];
  binds: readonly Bind[];
  /** Names of the file objects it uses. */
  uses: readonly string[];
}

/** A bind mount of a path relative to the project's directory. */
export interface Bind {
  source: string;
  target: string;
  readOnly: boolean;
}

export interface FileObject {
  kind: 'configs' | 'secrets';
  name: string;
  path: string;
}

type Yaml = Record<string, unknown>;

/**
 * @param files path and text of each compose file, in order
 * @throws UsageError naming the file, if one does not parse, or uses what hd cannot follow
 */
export function composeModel(files: readonly { path: string; text: string }[]): ComposeModel {
  const services: Record<string, ComposeService> = {};
  const fileObjects = new Map<string, FileObject>();
  for (const { path, text } of files) {
    const document = parseFile(path, text);
    const own = mapping(document['services']);
    for (const name of Object.keys(own)) {
      for (const service of extended(path, own, name)) services[name] = mergeService(services[name], service);
    }
    for (const kind of ['configs', 'secrets'] as const) {
      for (const [name, object] of Object.entries(mapping(document[kind]))) {
        const file = mapping(object)['file'];
        if (typeof file === 'string' && isRelative(file))
          fileObjects.set(`${kind}.${name}`, { kind, name, path: tidy(file) });
      }
    }
  }
  return { services, fileObjects: [...fileObjects.values()] };
}

function parseFile(path: string, text: string): Yaml {
  let document: unknown;
  try {
    document = parse(text, { maxAliasCount: 100, merge: true, logLevel: 'error' });
  } catch (error) {
    const [what = ''] = String(error instanceof Error ? error.message : error).split('\n');
    throw new UsageError(`${path} of the release does not parse: ${what.replace(/:$/, '')}`);
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new UsageError(`${path} of the release is not a compose file: no mapping at its top`);
  }
  if ((document as Yaml)['include'] !== undefined) throw notFollowed(path, 'include');
  // They take away what an earlier file says, and hd's own file, the last, would bring it back.
  const tag = /^[^#\n]*[:\-,[{]\s*(!reset|!override)\b/m.exec(text)?.[1];
  if (tag !== undefined) {
    throw new UsageError(
      `${path} of the release uses ${tag}, which hd can't follow`,
      'what remains in files of its own',
    );
  }
  return document as Yaml;
}

/** The service after those of the same file that it extends, the farthest first. */
function extended(path: string, own: Yaml, name: string, seen: readonly string[] = []): Yaml[] {
  const service = mapping(own[name]);
  const { extends: base } = service;
  if (base === undefined) return [service];
  if (mapping(base)['file'] !== undefined) throw notFollowed(path, `services.${name}.extends.file`);
  const other = typeof base === 'string' ? base : String(mapping(base)['service']);
  if (seen.includes(other)) throw new UsageError(`${path} of the release: ${name} extends itself`);
  return [...extended(path, own, other, [...seen, name, other]), service];
}

function notFollowed(path: string, key: string): UsageError {
  return new UsageError(
    `${path} uses ${key}, whose files hd would not ship`,
    `the file in compose: of hd.yml instead`,
  );
}

function mergeService(base: ComposeService | undefined, service: Yaml): ComposeService {
  const image = typeof service['image'] === 'string' ? service['image'] : base?.image;
  const binds = new Map((base?.binds ?? []).map((bind) => [bind.target, bind]));
  for (const volume of list(service['volumes'])) {
    const target = targetOf(volume);
    if (target !== undefined) binds.delete(target);
    const bind = bindOf(volume);
    if (bind !== undefined) binds.set(bind.target, bind);
  }
  const names = (kind: string): string[] =>
    list(service[kind]).map(
      (entry) => `${kind}.${typeof entry === 'string' ? entry : String(mapping(entry)['source'])}`,
    );
  return {
    ...(image === undefined ? {} : { image }),
    profiled: list(service['profiles']).length > 0 || (base?.profiled ?? false),
    envFiles: [...(base?.envFiles ?? []), ...envFilesOf(service['env_file'])],
    binds: [...binds.values()],
    uses: [...new Set([...(base?.uses ?? []), ...names('configs'), ...names('secrets')])],
  };
}

function envFilesOf(value: unknown): ComposeService['envFiles'] {
  return (typeof value === 'string' ? [value] : list(value)).flatMap((entry) => {
    const path = typeof entry === 'string' ? entry : mapping(entry)['path'];
    if (typeof path !== 'string') return [];
    return [{ path: isRelative(path) ? tidy(path) : path, required: mapping(entry)['required'] !== false }];
  });
}

/** Where a volume of any kind is mounted: a later file's entry replaces an earlier one there. */
function targetOf(volume: unknown): string | undefined {
  if (typeof volume !== 'string') {
    const { target } = mapping(volume);
    return typeof target === 'string' ? target : undefined;
  }
  const [first, second] = volume.split(':');
  return second ?? first;
}

/** Compose's short form is `SOURCE:TARGET[:MODE]`; a source without a slash or dot is a named volume. */
function bindOf(volume: unknown): Bind | undefined {
  if (typeof volume === 'string') {
    const [source, target, mode = ''] = volume.split(':');
    if (source === undefined || target === undefined || !/^\.{1,2}(\/|$)/.test(source)) return undefined;
    if (volume.includes('$')) return undefined;
    return { source: tidy(source), target, readOnly: mode.split(',').includes('ro') };
  }
  const { type, source, target, read_only: readOnly } = mapping(volume);
  if (type !== 'bind' || typeof source !== 'string' || typeof target !== 'string' || !isRelative(source))
    return undefined;
  return { source: tidy(source), target, readOnly: readOnly === true };
}

function isRelative(path: string): boolean {
  return !/^[/~]|\$/.test(path);
}

/** `./a//b/` → `a/b`; the project's own directory is `.`. */
function tidy(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return parts.length === 0 ? '.' : parts.join('/');
}

function mapping(value: unknown): Yaml {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Yaml) : {};
}

function list(value: unknown): unknown[] {
  if (Array.isArray(value)) return value as unknown[];
  return typeof value === 'object' && value !== null ? Object.keys(value) : [];
}
