import { Exit } from '../../domain/exit.ts';
import { HdError } from '../../domain/errors.ts';
import type { Commit } from '../../domain/version.ts';
import type { GitHub } from '../../ports.ts';
import type { Calls } from './calls.ts';

interface Entry {
  path: string;
  mode: string;
  sha: string;
}

/** Regular files; a symlink or a submodule is not a file of the commit. */
const isFile = (entry: Entry) => entry.mode === '100644' || entry.mode === '100755';
const isFolder = (entry: Entry) => entry.mode === '040000';

/** The tree knows which file is executable; the contents API does not. */
export function createFiles(calls: Calls): Pick<GitHub, 'readFile' | 'listFiles'> {
  const { octokit, at } = calls;
  const { git, repos } = octokit.rest;
  // A commit's tree never changes.
  const trees = new Map<string, Promise<{ entries: Entry[]; truncated: boolean }>>();

  const tree = (sha: string, recursive: boolean) => {
    const key = `${sha} ${recursive}`;
    const known = trees.get(key) ?? load(sha, recursive);
    trees.set(key, known);
    return known;
  };

  const load = async (sha: string, recursive: boolean) => {
    const { data } = await calls.read(`list the files of ${sha}`, () =>
      git.getTree({ ...at, tree_sha: sha, ...(recursive && { recursive: 'true' }) }),
    );
    return { entries: data.tree, truncated: data.truncated };
  };

  /** In a repository too large for one answer: folder by folder. */
  const walk = async (commit: Commit, path: string): Promise<Entry | undefined> => {
    let folder = commit;
    const segments = path.split('/');
    for (const [index, segment] of segments.entries()) {
      const entry = (await tree(folder, false)).entries.find((candidate) => candidate.path === segment);
      if (entry === undefined || index === segments.length - 1) return entry;
      if (!isFolder(entry)) return undefined;
      folder = entry.sha;
    }
    return undefined;
  };

  const find = async (commit: Commit, path: string) => {
    const whole = await tree(commit, true);
    return whole.truncated ? walk(commit, path) : whole.entries.find((entry) => entry.path === path);
  };

  /** The contents API gives up to 1 MB; the blob API, which is asked then, up to 100 MB. */
  const contentOf = async (commit: Commit, path: string, blob: string) => {
    const { data } = await repos.getContent({ ...at, path, ref: commit });
    const inline = !Array.isArray(data) && 'content' in data && data.encoding === 'base64';
    const encoded = inline ? data.content : (await git.getBlob({ ...at, file_sha: blob })).data.content;
    return new Uint8Array(Buffer.from(encoded, 'base64'));
  };

  return {
    async readFile(commit, path) {
      const entry = await find(commit, path);
      if (entry === undefined || !isFile(entry)) return undefined;
      const content = await calls.read(`read ${path} of ${commit}`, () => contentOf(commit, path, entry.sha));
      return { content, executable: entry.mode === '100755' };
    },

    async listFiles(commit, path) {
      const below = path.replace(/^\.?\/*|\/+$/g, '');
      let { entries, truncated } = await tree(commit, true);
      if (truncated) {
        const top = below === '' ? undefined : await walk(commit, below);
        if (top !== undefined && isFile(top)) return [below];
        const part = top === undefined ? { entries: [], truncated: below === '' } : await tree(top.sha, true);
        entries = part.entries.map((entry) => ({ ...entry, path: `${below}/${entry.path}` }));
        ({ truncated } = part);
      }
      if (truncated)
        throw new HdError(
          'too-many-files',
          Exit.usage,
          `${below || 'the repository'} has more files than GitHub lists`,
        );
      return entries
        .filter((entry) => isFile(entry))
        .map((entry) => entry.path)
        .filter((file) => below === '' || file === below || file.startsWith(`${below}/`));
    },
  };
}
