import type { Commit } from '../../domain/version.ts';
import type { GitHub, Sources } from '../../ports.ts';
import { inside, refusePointer } from './paths.ts';
import { CommitTree } from './tree.ts';
import { createWorktreeSources } from './worktree.ts';

export { createWorktreeSources } from './worktree.ts';

/**
 * The files of a commit (D1): from the clone around `root` when it has the commit, else through GitHub, else,
 * for a project that is not on GitHub, from the working tree.
 */
export function createSources(options: {
  root: string;
  /** Asked only when the clone does not have the commit. */
  github?: () => Promise<GitHub | undefined>;
  /** Instead of the limit on each of git's answers. */
  answerMs?: number | undefined;
}): Sources {
  const origins = new Map<Commit, Promise<Sources>>();
  const originOf = (commit: Commit): Promise<Sources> => {
    const origin = origins.get(commit) ?? choose(commit);
    origins.set(commit, origin);
    return origin;
  };

  const choose = async (commit: Commit): Promise<Sources> => {
    const tree = await CommitTree.open(options.root, commit, options.answerMs);
    if (tree !== undefined) return { read: (_, path) => tree.read(path), list: (_, path) => tree.list(path) };
    const github = await options.github?.();
    if (github === undefined) return createWorktreeSources({ root: options.root });
    return {
      read: (of, path) => github.readFile(of, path),
      list: (of, path) => github.listFiles(of, path),
    };
  };

  return {
    async read(commit, path) {
      const file = await (await originOf(commit)).read(commit, inside(path));
      if (file !== undefined) refusePointer(path, file.content);
      return file;
    },
    async list(commit, path) {
      return (await originOf(commit)).list(commit, inside(path));
    },
  };
}
