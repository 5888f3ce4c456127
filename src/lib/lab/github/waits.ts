import { setTimeout as delay } from 'node:timers/promises';

/** Longer, and a timer of Node's fires at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** Resolves after so many milliseconds, after 24 days at the most, or when one of the signals is aborted. */
export async function pause(ms: number, ...signals: readonly AbortSignal[]): Promise<void> {
  const signal = AbortSignal.any([...signals]);
  await delay(Math.min(Math.max(ms, 0), LONGEST_MS), undefined, { signal }).catch(() => undefined);
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
