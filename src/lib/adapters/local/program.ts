import { execa } from 'execa';

export interface ProgramOptions {
  /** For the program and whatever it started, its output included. */
  timeoutMs: number;
  cwd?: string;
  /** Instead of the process's own. */
  env?: Readonly<Record<string, string | undefined>>;
  input?: string | Uint8Array;
  maxBytes?: number;
}

export interface Ran {
  /** Undefined if it could not be started, a signal ended it, or its time ran out. */
  status: number | undefined;
  stdout: Buffer;
  stderr: Buffer;
  /** Its time ran out. */
  late: boolean;
  /** Why it could not be run: the system's code, and in words. */
  code?: string;
  why?: string;
}

/**
 * Runs a program of this machine to its end, whatever that is. It stays in hd's session, so that it can ask for a
 * passphrase. execa's own time limit is none: it goes on waiting for output as long as anybody that the program started
 * holds the pipe.
 */
export async function runProgram(
  file: string,
  args: readonly string[],
  options: ProgramOptions,
): Promise<Ran> {
  const child = execa(file, args, {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: { ...options.env }, extendEnv: false }),
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
    ...(options.maxBytes === undefined ? {} : { maxBuffer: options.maxBytes }),
    encoding: 'buffer',
    stripFinalNewline: false,
    reject: false,
  });
  const time = { over: false };
  const timer = setTimeout(() => {
    time.over = true;
    child.kill('SIGKILL');
    child.stdout.destroy();
    child.stderr.destroy();
  }, options.timeoutMs);
  const { exitCode, stdout, stderr, code, originalMessage } = await child.finally(() => clearTimeout(timer));
  return {
    status: time.over ? undefined : exitCode,
    stdout: Buffer.from(stdout),
    stderr: Buffer.from(stderr),
    late: time.over,
    ...(code === undefined ? {} : { code }),
    ...(originalMessage === undefined ? {} : { why: originalMessage }),
  };
}
