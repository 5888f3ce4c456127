import { AsyncLocalStorage } from 'node:async_hooks';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { HdError } from '../domain/errors.ts';
import { Exit } from '../domain/exit.ts';
import { limitText } from '../domain/limits.ts';

export interface RunOptions {
  cwd?: string;
  env?: Readonly<Record<string, string | undefined>>;
  input?: string | Uint8Array;
  /** Default two minutes. */
  timeoutMs?: number;
}

export interface Ran {
  status: number;
  stdout: string;
  stderr: string;
}

const given = new AsyncLocalStorage<number | undefined>();

/** All that runs within has this limit on each wait, in the place of its own (`--answer-timeout`). */
export function withAnswerTime<T>(ms: number | undefined, work: () => Promise<T>): Promise<T> {
  return given.run(ms, work);
}

/** Runs a program to its end and gives back its status, whatever it is; 127 if there is no such program. */
export async function attempt(argv: readonly [string, ...string[]], options: RunOptions = {}): Promise<Ran> {
  const [file, ...args] = argv;
  const timeoutMs = given.getStore() ?? options.timeoutMs ?? 120_000;
  const child = execa(file, args, {
    reject: false,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: { ...options.env } }),
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
  });
  const time = { over: false };
  // execa's own limit goes on waiting as long as anybody that the program started holds its output.
  const timer = setTimeout(() => {
    time.over = true;
    child.kill('SIGKILL');
    child.stdout.destroy();
    child.stderr.destroy();
  }, timeoutMs);
  const result = await child.finally(() => clearTimeout(timer));
  const why = time.over ? `no end in ${limitText(timeoutMs)}` : (result.originalMessage ?? '');
  const ended = time.over ? undefined : result.exitCode;
  return {
    status: ended ?? (result.code === 'ENOENT' ? 127 : 124),
    stdout: result.stdout,
    stderr: ended === undefined ? [result.stderr, why].join('\n').trim() : result.stderr,
  };
}

/**
 * Runs a program that must succeed, and gives back its standard output.
 * @throws HdError `lab-failed` with the end of what the program said
 */
export async function run(argv: readonly [string, ...string[]], options: RunOptions = {}): Promise<string> {
  const ran = await attempt(argv, options);
  if (ran.status === 0) return ran.stdout;
  throw new HdError('lab-failed', Exit.unreachable, `the lab could not run ${argv.slice(0, 3).join(' ')}`, {
    facts: [{ label: 'said', text: `exit ${ran.status}`, foreign: lastLines(ran.stderr || ran.stdout, 8) }],
  });
}

function lastLines(text: string, count: number): string[] {
  return text.trimEnd().split('\n').slice(-count);
}

/**
 * Asks again every 50 ms until the answer is something other than undefined.
 * @throws HdError `lab-failed` that names what did not come in time
 */
export async function until<T>(what: string, limitMs: number, ask: () => Promise<T | undefined>): Promise<T> {
  const ms = given.getStore() ?? limitMs;
  const end = performance.now() + ms;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > end) {
      throw new HdError('lab-failed', Exit.unreachable, `${what} within ${limitText(ms)}: no`);
    }
    await sleep(50);
  }
}

/** Whether the process runs and is the one that was started: its command line contains the marker. */
export async function isRunning(pid: number, marker: string): Promise<boolean> {
  const proc = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined);
  if (proc !== undefined) return proc.includes(marker);
  if (process.platform === 'linux') return false;
  return (await attempt(['ps', '-o', 'args=', '-p', String(pid)])).stdout.includes(marker);
}

/** Ends a process that the lab started: SIGTERM, and after ten seconds SIGKILL. */
export async function stop(pid: number, marker: string): Promise<void> {
  if (!(await isRunning(pid, marker))) return;
  process.kill(pid, 'SIGTERM');
  try {
    await until(`process ${pid} ends`, 10_000, async () =>
      (await isRunning(pid, marker)) ? undefined : true,
    );
  } catch {
    process.kill(pid, 'SIGKILL');
  }
}
