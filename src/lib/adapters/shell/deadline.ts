import { limitText } from '../../domain/limits.ts';
import { span } from '../../domain/values.ts';

/** A limit on a wait: its signal fires when the time is over or the caller's own signal does. */
export interface Deadline {
  readonly ms: number;
  /** `10s`, and what sets it, if that was said. */
  readonly text: string;
  readonly signal: AbortSignal;
  /** True if it was the time, and not the caller. */
  readonly expired: boolean;
  clear(): void;
}

/** @param by what sets the limit, for the message: `--answer-timeout` */
export function deadline(ms: number, caller?: AbortSignal, by?: string): Deadline {
  const controller = new AbortController();
  let expired = false;
  const timer = setTimeout(() => {
    expired = true;
    controller.abort();
  }, ms);
  const forward = (): void => controller.abort();
  if (caller?.aborted === true) forward();
  else caller?.addEventListener('abort', forward, { once: true });
  return {
    ms,
    text: by === undefined ? span(ms) : limitText(ms, by),
    signal: controller.signal,
    get expired() {
      return expired;
    },
    clear() {
      clearTimeout(timer);
      caller?.removeEventListener('abort', forward);
    },
  };
}

/** Settles as the promise does, or rejects with what `stopped` makes as soon as the signal fires. */
export function until<T>(promise: Promise<T>, signal: AbortSignal, stopped: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(stopped());
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
