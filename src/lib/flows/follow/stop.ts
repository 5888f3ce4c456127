import { InterruptedError } from '../../domain/errors.ts';

/** @throws InterruptedError if the operator asked to stop */
export function stopIfAsked(signal: AbortSignal): void {
  if (signal.aborted) throw new InterruptedError();
}

/** Waits for something that changes nothing: a stop does not wait for it. */
export async function orStop<T>(signal: AbortSignal, reading: Promise<T>): Promise<T> {
  // What is left behind may still fail; nobody listens any more.
  reading.catch(() => undefined);
  stopIfAsked(signal);
  let stop = (): void => undefined;
  const stopped = new Promise<never>((_resolve, reject) => {
    stop = () => reject(new InterruptedError());
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([reading, stopped]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
