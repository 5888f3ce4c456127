import { posix } from 'node:path';
import { HdError } from '../../domain/errors.ts';
import { Exit } from '../../domain/exit.ts';
import { shortCommit, type Commit } from '../../domain/version.ts';
import type { SourceFile } from '../../ports.ts';
import { runGit } from '../git.ts';
import { circle, inside, isAtOrBelow, leaves } from './paths.ts';

interface Entry {
  mode: string;
  sha: string;
}

const SYMLINK = '120000';
const HOPS = 20;

/**
 * The tree of one commit in a local clone: one process lists it, and one reads all files that are asked for
 * in the same turn of the event loop.
 */
export class CommitTree {
  readonly #root: string;
  readonly #commit: Commit;
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #answerMs: number | undefined;
  #waiting: { sha: string; done: (content: Buffer) => void; fail: (error: unknown) => void }[] = [];

  private constructor(
    root: string,
    commit: Commit,
    entries: ReadonlyMap<string, Entry>,
    answerMs: number | undefined,
  ) {
    this.#answerMs = answerMs;
    this.#root = root;
    this.#commit = commit;
    this.#entries = entries;
  }

  /**
   * Undefined if there is no clone, or it does not have the commit.
   * @param answerMs instead of the limit on each of git's answers
   */
  static async open(root: string, commit: Commit, answerMs?: number): Promise<CommitTree | undefined> {
    if (!/^[0-9a-f]{40}$/.test(commit)) return undefined;
    const args = ['ls-tree', '-r', '-z', '--full-tree', commit];
    const listed = await runGit(root, args, { timeoutMs: answerMs });
    if (listed.status !== 0) return undefined;
    const entries = listed.stdout
      .toString('utf8')
      .split('\0')
      .flatMap((line) => {
        const [, mode, type, sha, path] = /^(\d{6}) (\w+) ([0-9a-f]+)\t(.+)$/s.exec(line) ?? [];
        if (mode === undefined || type !== 'blob' || sha === undefined || path === undefined) return [];
        return [[path, { mode, sha }] as const];
      });
    return new CommitTree(root, commit, new Map(entries), answerMs);
  }

  async read(path: string): Promise<SourceFile | undefined> {
    const entry = this.#entries.get(await this.#follow(inside(path)));
    if (entry === undefined) return undefined;
    return { content: await this.#blob(entry.sha), executable: entry.mode === '100755' };
  }

  async list(path: string): Promise<readonly string[]> {
    const asked = inside(path);
    const actual = await this.#follow(asked);
    return [...this.#entries.keys()]
      .filter((name) => isAtOrBelow(name, actual))
      .map((name) => (asked === actual ? name : `${asked}${name.slice(actual.length)}`));
  }

  /** Resolves every symlink on the way, as long as it stays in the commit. */
  async #follow(path: string): Promise<string> {
    let rest = path === '' ? [] : path.split('/');
    let at: string[] = [];
    for (let hops = 0; rest.length > 0;) {
      const [step = '', ...after] = rest;
      const here = [...at, step].join('/');
      const entry = this.#entries.get(here);
      if (entry?.mode !== SYMLINK) {
        at = [...at, step];
        rest = after;
        continue;
      }
      hops += 1;
      if (hops > HOPS) circle(path);
      const target = (await this.#blob(entry.sha)).toString('utf8');
      const next = posix.normalize(posix.join(...at, '.', target));
      if (posix.isAbsolute(target) || /^\.\.(?:\/|$)/.test(next)) leaves(here, target);
      rest = [...next.split('/').filter((part) => part !== '.' && part !== ''), ...after];
      at = [];
    }
    return at.join('/');
  }

  #blob(sha: string): Promise<Buffer> {
    return new Promise((done, fail) => {
      if (this.#waiting.length === 0) setImmediate(() => void this.#readAll());
      this.#waiting.push({ sha, done, fail });
    });
  }

  async #readAll(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    try {
      const input = waiting.map(({ sha }) => `${sha}\n`).join('');
      const { status, stdout } = await runGit(this.#root, ['cat-file', '--batch'], {
        input,
        timeoutMs: this.#answerMs,
      });
      if (status !== 0) throw this.#unreadable();
      let at = 0;
      for (const { sha, done, fail } of waiting) {
        const end = stdout.indexOf('\n', at);
        const [, size] = /^[0-9a-f]+ blob (\d+)$/.exec(stdout.toString('latin1', at, end)) ?? [];
        if (size === undefined) {
          fail(this.#unreadable(sha));
          at = end + 1;
        } else {
          done(stdout.subarray(end + 1, end + 1 + Number(size)));
          at = end + 1 + Number(size) + 1;
        }
      }
    } catch (error) {
      for (const { fail } of waiting) fail(error);
    }
  }

  #unreadable(sha?: string): HdError {
    const what = sha === undefined ? 'files' : `the object ${sha.slice(0, 12)}`;
    const message = `the clone at ${this.#root} can not give ${what} of ${shortCommit(this.#commit)}`;
    return new HdError('source-unreadable', Exit.usage, message, {
      facts: [{ label: 'why', text: 'it is incomplete, or the files are larger than 64 MiB together' }],
      next: [{ remark: 'if it was cloned without files', command: ['git', 'fetch', '--refetch', 'origin'] }],
    });
  }
}
