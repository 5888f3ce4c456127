import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A folder with a git repository of its own, and a way to run git in it without the user's configuration. */
export interface Clone {
  root: string;
  git(...args: readonly string[]): Promise<string>;
  /** Commits everything that lies there; returns the commit. */
  commit(message: string): Promise<string>;
  remove(): Promise<void>;
}

export async function makeClone(): Promise<Clone> {
  const root = await mkdtemp(join(tmpdir(), 'hd-clone-'));
  const env = {
    PATH: process.env['PATH'],
    HOME: root,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'test',
    GIT_AUTHOR_EMAIL: 'test@example.org',
    GIT_COMMITTER_NAME: 'test',
    GIT_COMMITTER_EMAIL: 'test@example.org',
  };
  const git = async (...args: readonly string[]): Promise<string> =>
    (await run('git', ['-C', root, ...args], { env })).stdout.trim();
  await git('init', '--quiet', '--initial-branch=main');
  return {
    root,
    git,
    async commit(message) {
      await git('add', '--all');
      await git('commit', '--quiet', '--message', message);
      return git('rev-parse', 'HEAD');
    },
    remove: () => rm(root, { recursive: true }),
  };
}
