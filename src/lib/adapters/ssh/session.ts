import type { Client, ClientChannel } from 'ssh2';
import { InterruptedError, LostError } from '../../domain/errors.ts';
import type { Command, Completed, RunOptions } from '../../ports.ts';
import type { Deadline } from '../shell/deadline.ts';
import { Collector, duration, MAX_OUTPUT, signalStatus } from '../shell/output.ts';
import { sshCommand, type SshTarget } from './target.ts';

/** The server opened no channel: the command was not run. */
export class NotOpenedError extends Error {
  /** True if the server spoke: it allows no further session now. */
  readonly refused: boolean;
  constructor(cause: Error) {
    super(cause.message, { cause });
    this.refused = 'reason' in cause;
  }
}

/**
 * Runs one command line on an open connection and waits for its end.
 * @param onClose called when the channel is closed, which can be after this gave up
 * @throws NotOpenedError; LostError as soon as the command may have run and its end isn't known
 */
export function runSession(
  client: Client,
  target: SshTarget,
  line: string,
  stdin: Command['stdin'],
  options: RunOptions,
  limit: Deadline,
  onClose: () => void,
): Promise<Omit<Completed, 'ms'>> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    let open: ClientChannel | undefined;
    const lost = (why: string): LostError =>
      new LostError(target.host, `${target.host}: ${why}`, {
        next: [{ remark: 'find out why', command: sshCommand(target) }],
      });
    const giveUp = (error: Error): void => {
      reject(error);
      open?.close();
    };
    const stop = (): void =>
      giveUp(limit.expired ? lost(`no answer to a command in ${limit.text}`) : new InterruptedError());
    const gone = (): void => {
      giveUp(
        lost(`the connection was lost ${duration(performance.now() - started)} after a command was sent`),
      );
      onClose();
    };
    const settle = (): void => {
      limit.signal.removeEventListener('abort', stop);
      client.off('close', gone);
      onClose();
    };
    limit.signal.addEventListener('abort', stop, { once: true });

    const opened = (error: Error | undefined, channel: ClientChannel): void => {
      if (error !== undefined) {
        settle();
        // The request was sent on a channel that was open, and there was no answer: it may have been read.
        const sent = error.message === 'Unable to exec';
        reject(sent ? lost('the connection was lost as a command was sent') : new NotOpenedError(error));
        return;
      }
      open = channel;
      // It comes before the channel's own 'close', which would look as if all had been received.
      client.once('close', gone);
      const overflow = (): void => giveUp(lost(`a command printed more than ${MAX_OUTPUT} bytes`));
      const stdout = new Collector(channel, options.onStdout, overflow, limit.signal);
      const stderr = new Collector(channel.stderr, options.onStderr, overflow, limit.signal);
      const errorsRead = new Promise<void>((read) => void channel.stderr.once('close', read));
      channel.once('close', (code: number | null | undefined, signal?: string) => {
        settle();
        if (typeof code !== 'number' && signal === undefined) {
          // Not a success: ssh2 says nothing else when a session dies (facts: 'close' with an undefined code).
          reject(lost('a command ended without a status'));
          return;
        }
        const status = typeof code === 'number' ? code : signalStatus(signal ?? '');
        void errorsRead.then(() => resolve({ status, stdout: stdout.text, stderr: stderr.text }));
      });
      if (limit.signal.aborted) channel.close();
      channel.on('error', () => undefined); // a command that doesn't read its input is no failure
      channel.end(stdin ?? '');
    };
    try {
      client.exec(line, opened);
    } catch (error) {
      settle();
      reject(new NotOpenedError(error instanceof Error ? error : new Error(String(error))));
    }
  });
}
