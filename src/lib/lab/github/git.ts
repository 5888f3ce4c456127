import { access, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { COMMIT_FORMAT, isSha, parseChanges, parseCommit, parseCommits } from './git-objects.ts';
import {
  parseTag,
  parseTree,
  type Change,
  type GitCommit,
  type GitTag,
  type TreeEntry,
} from './git-objects.ts';
import { GitReader } from './git-reader.ts';
import { readRefs } from './git-refs.ts';

const BOT = {
  GIT_AUTHOR_NAME: 'lab',
  GIT_AUTHOR_EMAIL: 'lab@users.noreply.github.com',
  GIT_COMMITTER_NAME: 'GitHub',
  GIT_COMMITTER_EMAIL: 'noreply@github.com',
};
/** Commands of a hook's caller, or of the operator's shell, must not leak into the lab's repository. */
const CLEAN = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0' };

/** What stands at a path of a tree that is made. */
interface NewEntry {
  path: string;
  mode: string;
  content?: string;
  sha?: string | null;
}

/** A bare repository by the git command line: the single truth for refs, tags, commits and files. */
export class Git {
  readonly path: string;
  private readonly reader: GitReader;
  constructor(path: string) {
    this.path = path;
    this.reader = new GitReader(path, CLEAN);
  }

  /** Nothing is read from here on. */
  close(): void {
    this.reader.close();
  }

  /** Creates the repository with a first, empty commit on the branch, unless it is there. */
  async ensure(branch: string): Promise<void> {
    const there = await access(this.path).then(
      () => true,
      () => false,
    );
    if (there) return;
    await mkdir(this.path, { recursive: true });
    await this.text(['init', '--quiet', '--bare', `--initial-branch=${branch}`]);
    const tree = await this.text(['mktree'], '');
    const commit = await this.text(['commit-tree', tree, '-m', 'Initial commit']);
    await this.text(['update-ref', `refs/heads/${branch}`, commit]);
  }

  /** Standard output without the last newline. @throws if git does not exit 0 */
  async text(
    argv: readonly string[],
    input?: string,
    env: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    const done = await execa('git', argv, {
      cwd: this.path,
      env: { ...BOT, ...CLEAN, GIT_DIR: this.path, ...env },
      ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
      timeout: 60_000,
    });
    return done.stdout;
  }

  /** Undefined if git does not exit 0. */
  private async maybe(argv: readonly string[]): Promise<string | undefined> {
    const done = await execa('git', argv, {
      cwd: this.path,
      env: { ...CLEAN, GIT_DIR: this.path },
      stdin: 'ignore',
      reject: false,
      timeout: 60_000,
    });
    return done.exitCode === 0 ? done.stdout : undefined;
  }

  /** Every branch and tag, or every ref below others → what it points to (a tag object, for an annotated tag). */
  async refs(...below: readonly string[]): Promise<Map<string, string>> {
    const folders = (below.length === 0 ? ['refs/heads', 'refs/tags'] : below).map((folder) => `${folder}/`);
    const refs = [...(await readRefs(this.path))];
    return new Map(refs.filter(([name]) => folders.some((folder) => name.startsWith(folder))));
  }

  /** What an exact ref (`refs/tags/v1`) points to. */
  async ref(name: string): Promise<string | undefined> {
    return (await readRefs(this.path)).get(name);
  }

  async type(sha: string): Promise<string | undefined> {
    return isSha(sha) ? (await this.reader.info(sha))?.type : undefined;
  }

  /** The commit of a branch, tag, full ref, or full or short sha. */
  async resolve(name: string): Promise<string | undefined> {
    if (/[\s~^:?*[\\]|\.\.|@\{/.test(name)) return undefined;
    const candidates = [name.replace(/^refs\//, ''), `heads/${name}`, `tags/${name}`].map(
      (ref) => `refs/${ref}`,
    );
    if (/^[0-9a-f]{4,40}$/.test(name)) candidates.push(name);
    const found = await Promise.all(candidates.map((each) => this.reader.info(`${each}^{commit}`)));
    return found.find((each) => each !== undefined)?.sha;
  }

  /** Commits by arguments of git log. @param argv revisions that are shas, paths after `--` */
  async log(argv: readonly string[]): Promise<GitCommit[]> {
    return parseCommits(await this.text(['log', '-z', `--format=${COMMIT_FORMAT}`, ...argv]));
  }

  async commit(sha: string): Promise<GitCommit | undefined> {
    const found = isSha(sha) ? await this.reader.object(sha) : undefined;
    return found?.type === 'commit' ? parseCommit(sha, found.content.toString()) : undefined;
  }

  async tagObject(sha: string): Promise<GitTag | undefined> {
    const found = isSha(sha) ? await this.reader.object(sha) : undefined;
    return found?.type === 'tag' ? parseTag(sha, found.content.toString()) : undefined;
  }

  /** Writes a tag object, without a ref. @throws if the object is not of the type */
  async makeTag(tag: Omit<GitTag, 'sha'>): Promise<string> {
    const { tagger, object } = tag;
    const seconds = Math.floor(Date.parse(tagger.date) / 1000);
    const lines = [
      `object ${object.sha}`,
      `type ${object.type}`,
      `tag ${tag.tag}`,
      `tagger ${tagger.name} <${tagger.email}> ${seconds} +0000`,
    ];
    return this.text(['mktag'], `${lines.join('\n')}\n\n${tag.message}\n`);
  }

  /**
   * Writes a tree, without a commit.
   * @param entries content or an object for each path; null removes it
   * @param base the tree that they are put over
   * @throws if an object is not there
   */
  async makeTree(entries: readonly NewEntry[], base?: string): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'lab-index-'));
    const env = { GIT_INDEX_FILE: join(folder, 'index') };
    try {
      await this.text(['read-tree', ...(base === undefined ? ['--empty'] : [base])], undefined, env);
      for (const { path, mode, content, sha } of entries) {
        const object =
          content === undefined ? sha : await this.text(['hash-object', '-w', '--stdin'], content);
        const line = `${object === null ? '0' : mode} ${object ?? '0'.repeat(40)}\t${path}`;
        await this.text(['update-index', '--index-info'], `${line}\n`, env);
      }
      return await this.text(['write-tree'], undefined, env);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** Writes a commit, without a ref. */
  async makeCommit(commit: Omit<GitCommit, 'sha'>): Promise<string> {
    const parents = commit.parents.flatMap((sha) => ['-p', sha]);
    const who = (role: string, { name, email, date }: GitCommit['author']): Record<string, string> => ({
      [`GIT_${role}_NAME`]: name,
      [`GIT_${role}_EMAIL`]: email,
      [`GIT_${role}_DATE`]: date,
    });
    return this.text(['commit-tree', commit.tree, ...parents], commit.message, {
      ...who('AUTHOR', commit.author),
      ...who('COMMITTER', commit.committer),
    });
  }

  /** The commit that merges one into the other; undefined if they conflict. */
  async merge(into: string, from: string, message: string): Promise<string | undefined> {
    const tree = await this.maybe(['merge-tree', '--write-tree', into, from]);
    return tree && this.text(['commit-tree', tree, '-p', into, '-p', from, '-m', message]);
  }

  /** Entries of a tree; of a commit, its root's. Paths are from that tree. @throws if there is no such tree */
  async tree(sha: string, recursive: boolean, folder = ''): Promise<TreeEntry[]> {
    const found = await this.reader.object(`${sha}^{tree}`);
    if (found === undefined) throw new Error(`${sha} is no tree`);
    const below = parseTree(found.content).map(async (entry): Promise<TreeEntry[]> => {
      const own = await this.sized({ ...entry, path: folder + entry.path });
      const inside = recursive && own.type === 'tree' ? await this.tree(own.sha, true, `${own.path}/`) : [];
      return [own, ...inside];
    });
    return (await Promise.all(below)).flat();
  }

  /** What stands at a path of a commit; the root for an empty path. */
  async entry(commit: string, path: string): Promise<TreeEntry | undefined> {
    const names = path.split('/').filter((name) => name !== '');
    const root = await this.reader.info(`${commit}^{tree}`);
    let found: TreeEntry | undefined = root && { mode: '040000', type: 'tree', sha: root.sha, path: '' };
    for (const name of names) {
      if (found?.type !== 'tree') return undefined;
      const folder = await this.reader.object(found.sha);
      found = parseTree(folder?.content ?? Buffer.alloc(0)).find((entry) => entry.path === name);
    }
    return found && this.sized({ ...found, path: names.join('/') });
  }

  private async sized(entry: TreeEntry): Promise<TreeEntry> {
    const size = entry.type === 'blob' ? (await this.reader.info(entry.sha))?.size : undefined;
    return { ...entry, ...(size === undefined ? {} : { size }) };
  }

  /** @throws if there is no such blob */
  async blob(sha: string): Promise<Buffer> {
    const found = await this.reader.object(sha);
    if (found?.type !== 'blob') throw new Error(`${sha} is no blob`);
    return found.content;
  }

  /** What differs from one commit (or tree) to another, without looking for renames. */
  async changes(from: string, to: string): Promise<Change[]> {
    const flags = ['--raw', '--numstat', '-z', '--no-renames', '--abbrev=40', '--no-ext-diff'];
    return parseChanges(await this.text(['diff', ...flags, from, to, '--']));
  }

  /** How many commits only the right side has, and only the left. */
  async distance(base: string, head: string): Promise<{ ahead: number; behind: number }> {
    const text = await this.text(['rev-list', '--left-right', '--count', `${base}...${head}`]);
    const [behind = 0, ahead = 0] = text.split('\t').map(Number);
    return { ahead, behind };
  }

  async mergeBase(base: string, head: string): Promise<string | undefined> {
    return this.maybe(['merge-base', base, head]);
  }

  /** @param before what the ref must point to now; absent, it must not be there */
  async setRef(name: string, sha: string, before?: string): Promise<void> {
    await this.text(['update-ref', '--', name, sha, before ?? '0'.repeat(40)]);
  }

  async deleteRef(name: string, before: string): Promise<void> {
    await this.text(['update-ref', '-d', '--', name, before]);
  }

  async validRef(name: string): Promise<boolean> {
    return name.startsWith('refs/') && (await this.maybe(['check-ref-format', name])) !== undefined;
  }
}
