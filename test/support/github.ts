import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { mkdir, writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { startGitHub, type GitHubEmulator, type GitHubOptions } from '../../src/lib/lab/github/index.ts';

/** What goes wrong, as the emulator's /_lab/faults takes it. */
export interface Fault {
  match?: { method?: string; path?: string };
  times?: number;
  after?: number;
  kind: 'status' | 'secondary-limit' | 'rate-limit' | 'timeout' | 'cut' | 'lost';
  status?: number;
  retryAfter?: number;
}

export interface Asked {
  method: string;
  path: string;
  status: number;
}

/** An emulated GitHub with a clone to commit in. */
export interface Bench {
  github: GitHubEmulator;
  clone: string;
  /** Commits these files (undefined removes one), pushes the branch and gives the commit. */
  commit(
    files: Readonly<Record<string, string | undefined>>,
    message?: string,
    branch?: string,
  ): Promise<string>;
  git(...args: string[]): Promise<string>;
  fault(fault: Fault): Promise<void>;
  clearFaults(): Promise<void>;
  /** The rate limit begins anew, as it does each hour. */
  anHourLater(): Promise<void>;
  check(check: { sha: string; name: string; status?: string; conclusion?: string }): Promise<void>;
  /** What GitHub's plan or version has: `{ protectionRules: false }`, `{ runDetails: false }`. */
  features(change: { protectionRules?: boolean; runDetails?: boolean }): Promise<void>;
  /** Waits until the run waits for its environment, or has ended: its conclusion, or else its status. */
  settled(run: number): Promise<string>;
  /** Any other of the lab's own routes: JSON or text. */
  lab(method: string, path: string, body?: object): Promise<unknown>;
  /** What was asked since the last call. */
  asked(): Promise<readonly Asked[]>;
  /** What GitHub's own description does not allow: must be empty. */
  violations(): Promise<readonly unknown[]>;
  stop(): Promise<void>;
}

export const OWNER = 'acme';
export const REPOSITORY = 'healthdelta';
export const TOKEN = 'token-of-login-a';
/** Of login-b; may read, and nothing else. */
export const WEAK_TOKEN = 'token-of-login-b';
/** Of login-b too, who is in the team acme/leads; may do everything. */
export const LEAD_TOKEN = 'token-of-a-lead';
/** Of login-d, from outside: may read, and write issues. */
export const OUTSIDER_TOKEN = 'token-of-login-d';

export async function startBench(runner: GitHubOptions['runner'] = {}): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'hd-github-'));
  const github = await startGitHub({
    stateDir: join(folder, 'github'),
    owner: OWNER,
    repo: REPOSITORY,
    tokens: {
      [TOKEN]: { login: 'login-a' },
      [WEAK_TOKEN]: {
        login: 'login-b',
        permissions: {
          metadata: 'read',
          contents: 'read',
          actions: 'read',
          checks: 'read',
          statuses: 'read',
        },
      },
      [LEAD_TOKEN]: { login: 'login-b' },
      [OUTSIDER_TOKEN]: {
        ...{ login: 'login-d', access: 'read' },
        permissions: {
          metadata: 'read',
          contents: 'read',
          actions: 'read',
          members: 'read',
          issues: 'write',
        },
      },
    },
    teams: { leads: ['login-b'] },
    runner,
  });
  const clone = join(folder, 'clone');
  const environment = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    GIT_CONFIG_NOSYSTEM: '1',
    ...{ GIT_AUTHOR_NAME: 'login-a', GIT_AUTHOR_EMAIL: 'login-a@lab.invalid' },
    ...{ GIT_COMMITTER_NAME: 'login-a', GIT_COMMITTER_EMAIL: 'login-a@lab.invalid' },
  };
  const git = async (...args: string[]) => {
    const { stdout } = await execa('git', args, { cwd: clone, env: environment, extendEnv: false });
    return stdout;
  };
  const lab = async (method: string, path: string, body?: object) => {
    const answer = await fetch(`${github.url}/_lab/${path}`, {
      method,
      ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    const json = answer.headers.get('content-type')?.startsWith('application/json') === true;
    return json ? (JSON.parse(text) as unknown) : text;
  };
  await mkdir(clone);
  await git('clone', '--quiet', github.repoPath, '.');

  return {
    github,
    clone,
    git,
    lab,
    async commit(files, message = 'Change something', branch = 'main') {
      await git('checkout', '--quiet', '-B', branch);
      for (const [path, content] of Object.entries(files)) {
        const file = join(clone, path);
        if (content === undefined) await rm(file);
        else {
          await mkdir(dirname(file), { recursive: true });
          await writeFile(file, content, { mode: path.endsWith('.sh') ? 0o755 : 0o644 });
        }
      }
      await git('add', '--all');
      await git('commit', '--quiet', '--allow-empty', '--message', message);
      await git('push', '--quiet', 'origin', `HEAD:refs/heads/${branch}`);
      return git('rev-parse', 'HEAD');
    },
    async fault(fault) {
      await lab('POST', 'faults', fault);
    },
    async clearFaults() {
      await lab('DELETE', 'faults');
    },
    async anHourLater() {
      await lab('DELETE', 'limits');
    },
    async check(check) {
      await lab('POST', 'checks', check);
    },
    async features(change) {
      await lab('PATCH', 'features', change);
    },
    async settled(run) {
      const { status, conclusion } = (await lab('GET', `runs/${run}/settled`)) as Record<
        string,
        string | null
      >;
      return conclusion ?? status ?? '';
    },
    async asked() {
      const asked = (await lab('GET', 'requests')) as Asked[];
      await lab('DELETE', 'requests');
      return asked;
    },
    violations: async () => (await lab('GET', 'violations')) as unknown[],
    async stop() {
      await github.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
