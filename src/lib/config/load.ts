import { constants, open, stat } from 'node:fs/promises';
import { dirname, join, parse, resolve } from 'node:path';
import manifest from '../../../package.json' with { type: 'json' };
import { HdError } from '../domain/errors.ts';
import type { Config, RepositoryName } from '../domain/environment.ts';
import { Exit } from '../domain/exit.ts';
import { parseConfig } from './parse.ts';
import { ConfigError, displayName } from './problems.ts';

export interface LoadOptions {
  cwd: string;
  /** Instead of looking for it; relative to `cwd`. */
  file?: string;
  /** What the git remote `origin` of the folder points to; asked only if hd.yml has no `repository`. */
  remote?: (root: string) => Promise<RepositoryName | undefined>;
  /** hd's own version, for `requires`. */
  version?: string;
}

const NAME = 'hd.yml';
const LARGEST_BYTES = 1024 * 1024;

/** The nearest hd.yml from `cwd` upward; undefined if there is none. */
export async function findConfig(cwd: string): Promise<string | undefined> {
  const { root } = parse(resolve(cwd));
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const file = join(folder, NAME);
    // Whatever is wrong with it (a folder, no permission) is said when it is read.
    const there = await stat(file).then(
      () => true,
      (error: unknown) => !['ENOENT', 'ENOTDIR', 'EACCES'].includes(systemCode(error)),
    );
    if (there) return file;
    if (folder === root) return undefined;
  }
}

/**
 * Finds hd.yml upward from `cwd`, reads and checks it.
 * @throws ConfigError with all problems, or an HdError of code `no-config`; both exit 2
 */
export async function loadConfig(options: LoadOptions): Promise<Config> {
  const { cwd } = options;
  const file = options.file === undefined ? await findConfig(cwd) : resolve(cwd, options.file);
  if (file === undefined) {
    throw new HdError('no-config', Exit.usage, `no ${NAME} from ${resolve(cwd)} up to /`, {
      outcome: 'config',
      facts: [{ label: 'write', text: 'one; docs/hd.yml.md has every key, examples/ has whole ones' }],
      next: [{ remark: 'a sample to try it in', command: ['hd', 'lab', 'up'] }],
    });
  }
  const name = displayName(cwd, file);
  const text = await readText(file, name);
  const root = dirname(file);
  const repository = /^["']?repository["']?\s*:/m.test(text) ? undefined : await options.remote?.(root);
  return parseConfig(text, {
    file,
    root,
    name,
    version: options.version ?? manifest.version,
    ...(repository === undefined ? {} : { repository }),
  });
}

async function readText(file: string, name: string): Promise<string> {
  const fail = (message: string, write?: string): never => {
    throw new ConfigError([{ file: name, path: '', message, ...(write === undefined ? {} : { write }) }]);
  };
  let bytes: Buffer;
  try {
    // Without O_NONBLOCK a pipe would be waited for.
    const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const about = await handle.stat();
      if (about.isDirectory()) return fail('is a folder, not a file');
      if (!about.isFile()) return fail('is not a regular file');
      if (about.size > LARGEST_BYTES) return fail(`is larger than 1 MiB (${about.size} bytes)`);
      bytes = await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const code = systemCode(error);
    if (code === 'ENOENT') return fail('there is no such file');
    if (code === 'EACCES' || code === 'EPERM') return fail('can not be read: no permission');
    return fail(`can not be read: ${code}`);
  }
  if (bytes.includes(0)) return fail('has a NUL in it: it is not text');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return fail('is not UTF-8');
  }
}

function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';
}
