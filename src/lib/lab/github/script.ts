import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import type { JobLog } from './job-log.ts';

export interface Script {
  file: string;
  cwd: string;
  env: Readonly<Record<string, string>>;
  timeoutMs: number;
  signal: AbortSignal;
  log: JobLog;
}

export type ScriptEnd = { kind: 'exit'; status: number } | { kind: 'cancelled' } | { kind: 'timeout' };

/** How long a group has between SIGTERM and SIGKILL, and its output after its leader's end. */
const GRACE_MS = 2000;

/**
 * Runs a file of bash in a process group of its own, as GitHub's runner does for `shell: bash`.
 * What is left of the group when it ends, is cancelled or runs out of time is killed.
 */
export async function runScript(script: Script): Promise<ScriptEnd> {
  const child = spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', script.file], {
    cwd: script.cwd,
    env: script.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const endOut = script.log.receive(child.stdout);
  const endErr = script.log.receive(child.stderr);
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const exited = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? (signal === null ? 1 : 128)));
  });
  const settled = new AbortController();
  const stop = AbortSignal.any([script.signal, AbortSignal.timeout(script.timeoutMs)]);
  const stopped = new Promise<'stopped'>((resolve) => {
    if (stop.aborted) resolve('stopped');
    stop.addEventListener('abort', () => resolve('stopped'), { signal: settled.signal });
  });
  try {
    const end = await Promise.race([exited, stopped]);
    if (end === 'stopped') {
      killGroup(child.pid, 'SIGTERM');
      await Promise.race([closed, delay(GRACE_MS, undefined, { signal: settled.signal })]);
      return script.signal.aborted ? { kind: 'cancelled' } : { kind: 'timeout' };
    }
    // a process left behind may hold the pipes open
    await Promise.race([closed, delay(GRACE_MS, undefined, { signal: settled.signal })]);
    return { kind: 'exit', status: end };
  } finally {
    killGroup(child.pid, 'SIGKILL');
    settled.abort();
    endOut();
    endErr();
  }
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // the whole group has ended already
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
