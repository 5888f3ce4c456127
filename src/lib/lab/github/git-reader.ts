import type { Writable } from 'node:stream';
import { execa } from 'execa';

export interface GitObject {
  sha: string;
  type: 'commit' | 'tree' | 'blob' | 'tag';
  size: number;
}

interface Waiting {
  command: 'info' | 'contents';
  done: (found: (GitObject & { content: Buffer }) | undefined) => void;
  fail: (error: Error) => void;
}

/**
 * Reads a repository's objects by one `git cat-file --batch-command` (git-cat-file(1), "BATCH OUTPUT") that stays
 * until it is closed: a process of its own for each question costs more than the answer.
 */
export class GitReader {
  private readonly path: string;
  private readonly env: Readonly<Record<string, string>>;
  private stdin: Writable | undefined;
  private read: Buffer = Buffer.alloc(0);
  private waiting: Waiting[] = [];
  private closed = false;

  constructor(path: string, env: Readonly<Record<string, string>>) {
    this.path = path;
    this.env = env;
  }

  /** What a revision names; undefined if it names nothing, or more than one thing. */
  info(revision: string): Promise<GitObject | undefined> {
    return this.ask('info', revision);
  }

  /** The object that a revision names, with its content as git keeps it. */
  object(revision: string): Promise<(GitObject & { content: Buffer }) | undefined> {
    return this.ask('contents', revision);
  }

  /** Answers what was asked, and nothing from here on. */
  close(): void {
    this.closed = true;
    this.stdin?.end();
  }

  private ask(command: Waiting['command'], revision: string): ReturnType<GitReader['object']> {
    // A line each: what has a line's end in it names nothing.
    if (/[\n\0]/.test(revision) || revision === '') return Promise.resolve(undefined);
    if (this.closed) return Promise.reject(new Error('the repository is closed'));
    const stdin = (this.stdin ??= this.start());
    return new Promise((done, fail) => {
      this.waiting.push({ command, done, fail });
      stdin.write(`${command} ${revision}\n`);
    });
  }

  private start(): Writable {
    const git = execa('git', ['cat-file', '--batch-command'], {
      ...{ cwd: this.path, env: { ...this.env, GIT_DIR: this.path } },
      ...{ stdin: 'pipe', stdout: 'pipe', stderr: 'ignore', buffer: false, reject: false },
    });
    git.stdout.on('data', (chunk: Buffer) => {
      this.read = Buffer.concat([this.read, chunk]);
      while (this.answer());
    });
    git.stdin.on('error', () => undefined);
    void git.then(() => {
      for (const { fail } of this.waiting) fail(new Error('git cat-file ended'));
      [this.stdin, this.read, this.waiting] = [undefined, Buffer.alloc(0), []];
    });
    return git.stdin;
  }

  /** Takes one whole answer off what was read. */
  private answer(): boolean {
    const [first] = this.waiting;
    const end = this.read.indexOf('\n');
    if (first === undefined || end < 0) return false;
    const header = this.read.toString('utf8', 0, end);
    const [, sha = '', type, size] = /^([0-9a-f]{40}) (commit|tree|blob|tag) (\d+)$/.exec(header) ?? [];
    const contentEnd = end + 1 + (first.command === 'contents' && type !== undefined ? Number(size) + 1 : 0);
    if (this.read.length < contentEnd) return false;
    const content = Buffer.from(this.read.subarray(end + 1, Math.max(end + 1, contentEnd - 1)));
    this.read = this.read.subarray(contentEnd);
    this.waiting.shift();
    first.done(
      type === undefined ? undefined : { sha, type: type as GitObject['type'], size: Number(size), content },
    );
    return true;
  }
}
