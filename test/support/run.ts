import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  env?: Record<string, string | undefined>;
  cwd?: string;
  /** Called with the child once it runs, and with what it has written so far on stderr each time it writes. */
  onStderr?: (child: ChildProcess, stderr: string) => void;
}

/** hd's entry with the tests' own commands. */
export const TEST_CLI = join(import.meta.dirname, 'cli', 'run.ts');

const CLEAN: Record<string, string | undefined> = Object.fromEntries(
  [
    'CI',
    'GITHUB_ACTIONS',
    'GITHUB_STEP_SUMMARY',
    'NO_COLOR',
    'FORCE_COLOR',
    'CLICOLOR',
    'CLICOLOR_FORCE',
  ].map((name) => [name, undefined]),
);

/** Runs node on a script without a terminal, its stdin closed, and waits for its end. */
export function run(argv: readonly string[], { env = {}, cwd, onStderr }: RunOptions = {}): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, argv, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...CLEAN, LC_ALL: 'C.UTF-8', TZ: 'UTC', ...env },
      ...(cwd === undefined ? {} : { cwd }),
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      onStderr?.(child, stderr);
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}
