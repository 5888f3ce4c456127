import { constants } from 'node:os';
import type { Readable } from 'node:stream';

/** Output beyond this is not kept, and a command that prints more is given up. */
export const MAX_OUTPUT = 32 * 1024 * 1024;

/** A command that sets no limit of its own gets this one. */
export const RUN_TIMEOUT_MS = 10 * 60_000;

/** Collects a stream as UTF-8; characters are never split between two chunks. */
export class Collector {
  text = '';

  /**
   * @param overflow called once, when more than MAX_OUTPUT characters came
   * @param stopped nobody is told anything any more after it fired
   */
  constructor(
    stream: Readable,
    live: ((text: string) => void) | undefined,
    overflow: () => void,
    stopped: AbortSignal,
  ) {
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      if (stopped.aborted || this.text.length > MAX_OUTPUT) return;
      this.text += chunk;
      if (this.text.length > MAX_OUTPUT) overflow();
      live?.(chunk);
    });
  }
}

const numbers: Readonly<Record<string, number>> = constants.signals;

/** What a shell says of a program that a signal ended: 128 and the signal's number. */
export function signalStatus(signal: string): number {
  return 128 + (numbers[signal.startsWith('SIG') ? signal : `SIG${signal}`] ?? 0);
}

/** `80ms`, `4.2s`, `10s`, `1m 46s`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`;
  if (ms < 10_000) return `${(ms / 1000).toFixed(1).replace(/\.0$/, '')}s`;
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m ${seconds % 60}s`;
}
