import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { HdError } from '../../domain/errors.ts';
import { Exit } from '../../domain/exit.ts';
import type { Sources } from '../../ports.ts';
import { circle, inside, leaves, refusePointer } from './paths.ts';

/** Not of the project: git's own folder, and what hd keeps for hosts that are this machine. */
const OURS = new Set(['.git', '.hd']);
const MOST_FILES = 10_000;

/** The files as they lie in the working tree, whatever commit is asked for (`--worktree`, D1). */
export function createWorktreeSources({ root }: { root: string }): Sources {
  /** The file's real path; undefined if there is nothing. */
  const locate = async (path: string): Promise<string | undefined> => {
    const [top, real] = await Promise.all([realpath(root), realpath(join(root, path)).catch(absent(path))]);
    if (real !== undefined && real !== top && !real.startsWith(top + sep)) leaves(path, real);
    return real;
  };

  const walk = async (path: string, found: string[]): Promise<void> => {
    const real = await locate(path);
    if (real === undefined) return;
    if (!(await stat(real)).isDirectory()) {
      if (found.push(path) > MOST_FILES) {
        throw new HdError(
          'source-too-many',
          Exit.usage,
          `more than ${MOST_FILES} files to ship, ${path} the last`,
        );
      }
      return;
    }
    const entries = await readdir(real, { withFileTypes: true });
    for (const { name } of entries.filter((entry) => !OURS.has(entry.name))) {
      // A link to a folder is not followed: it could lead back here.
      const below = path === '' ? name : `${path}/${name}`;
      const link = entries.some((entry) => entry.name === name && entry.isSymbolicLink());
      const target = link ? await locate(below) : undefined;
      if (target !== undefined && (await stat(target)).isDirectory()) continue;
      await walk(below, found);
    }
  };

  return {
    async read(_commit, path) {
      const real = await locate(inside(path));
      const about = real === undefined ? undefined : await stat(real);
      if (real === undefined || about?.isFile() !== true) return undefined;
      const content = await readFile(real);
      refusePointer(path, content);
      return { content, executable: (about.mode & 0o100) !== 0 };
    },
    async list(_commit, path) {
      const found: string[] = [];
      await walk(inside(path), found);
      return found.sort();
    },
  };
}

function absent(path: string): (error: unknown) => undefined {
  return (error) => {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return;
    if (code === 'ELOOP') circle(path);
    throw error;
  };
}
