import { spawn, type ChildProcess } from 'node:child_process';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { InterruptedError, LostError } from '../../domain/errors.ts';
import type { Command, Completed, RunOptions, Shell } from '../../ports.ts';
import { checkedArguments } from '../shell/arguments.ts';
import { deadline } from '../shell/deadline.ts';
import { Collector, MAX_OUTPUT, RUN_TIMEOUT_MS, signalStatus } from '../shell/output.ts';

/** The statuses that a POSIX shell gives for a program that it can't start. */
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;

/**
 * This machine. Every command gets a process group of its own, so that a timeout ends what it started too,
 * and a terminal's Ctrl-C reaches hd alone. Its streams are sockets, which can't be opened as /dev/stdin.
 * @param onRun called once a command, for the count
 */
export function localShell(host: string, onRun: () => void = () => undefined): Shell {
  return {
    host,
    run(command, options = {}) {
      onRun();
      return run(host, command, options);
    },
    connect: tcpConnect,
    typed: (command) => command,
    close: () => Promise.resolve(),
  };
}

function run(host: string, command: Command, options: RunOptions): Promise<Completed> {
  const started = performance.now();
  if (options.signal?.aborted === true) return Promise.reject(new InterruptedError());

  return new Promise((resolve, reject) => {
    const [program, ...args] = checkedArguments(command.argv);
    const child = spawn(program, args, { detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    const limit = deadline(options.timeoutMs ?? RUN_TIMEOUT_MS, options.signal, options.limitedBy);
    const ended = (status: number, more = ''): void => {
      limit.clear();
      resolve({ status, stdout: stdout.text, stderr: stderr.text + more, ms: performance.now() - started });
    };
    const giveUp = (error: Error): void => {
      limit.clear();
      killGroup(child);
      reject(error);
    };
    const overflow = (): void =>
      giveUp(new LostError(host, `${host}: a command printed more than ${MAX_OUTPUT} bytes`));
    const stdout = new Collector(child.stdout, options.onStdout, overflow, limit.signal);
    const stderr = new Collector(child.stderr, options.onStderr, overflow, limit.signal);

    limit.signal.addEventListener('abort', () =>
      giveUp(
        limit.expired
          ? new LostError(host, `${host}: no answer to a command in ${limit.text}`)
          : new InterruptedError(),
      ),
    );
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') ended(NOT_FOUND, `${program}: not found\n`);
      else if (error.code === 'EACCES') ended(NOT_EXECUTABLE, `${program}: permission denied\n`);
      else giveUp(error);
    });
    child.on('close', (code, signal) => ended(code ?? signalStatus(signal ?? '')));
    // A program that doesn't read its input is no failure.
    child.stdin.on('error', () => undefined);
    child.stdin.end(command.stdin ?? '');
  });
}

function killGroup(child: ChildProcess): void {
  for (const stream of child.stdio) stream?.destroy();
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}

/** Rejects with the system's code, ETIMEDOUT if nothing came within the limit (milliseconds), ABORT_ERR by the signal. */
export function tcpConnect(
  address: string,
  port: number,
  timeoutMs: number,
  options: { family?: number; localAddress?: string; signal?: AbortSignal } = {},
): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port, ...options });
    const timer = setTimeout(() => {
      socket.destroy(Object.assign(new Error(`no answer from ${address}:${port}`), { code: 'ETIMEDOUT' }));
    }, timeoutMs);
    socket.setNoDelay(true);
    socket.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.removeAllListeners('error').on('error', () => undefined); // its 'close' says as much
      resolve(socket);
    });
  });
}
