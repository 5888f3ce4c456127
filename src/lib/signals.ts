import { InterruptedError } from './domain/errors.ts';

export interface Stopping {
  /** Fires once, with an InterruptedError: flows stop at their next safe point. */
  signal: AbortSignal;
  /** Listens no more. */
  end(): void;
}

/**
 * The first SIGINT, SIGTERM or SIGHUP asks to stop; SIGTERM and SIGHUP after that are the same wish (GitHub Actions
 * sends SIGINT and, seconds later, SIGTERM). A SIGINT after that leaves now.
 */
export function listen(onFirst: () => void, onSecond: () => void): Stopping {
  const controller = new AbortController();
  const first = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) return;
    controller.abort(new InterruptedError(`interrupted by ${name}`));
    onFirst();
  };
  const interrupt = (): void => (controller.signal.aborted ? onSecond() : first('SIGINT'));
  process.on('SIGINT', interrupt).on('SIGTERM', first).on('SIGHUP', first);
  return {
    signal: controller.signal,
    end: () => void process.off('SIGINT', interrupt).off('SIGTERM', first).off('SIGHUP', first),
  };
}
