/**
 * For `node --import`: holds hd at moments of its exchanges with the outside, so that a test can make something go wrong
 * there and nowhere else. HD_TEST_HOLD is JSON, a list of stops. Every exchange, and every stop that is reached, is told
 * to the parent process; hd goes on when the parent says so, or is gone.
 */
import type { Exchange } from './exchanges.ts';
import { watchExchanges } from './wrap.ts';

export interface Stop {
  /** The key of an exchange. */
  key: string;
  /** Held `before` it is sent, or `after` its result came; told, and not held, once it is `sent`. */
  moment: 'before' | 'sent' | 'after';
}

/** To the parent. */
export type Word = { exchange: Exchange } | { reached: Stop };

const stops = JSON.parse(process.env['HD_TEST_HOLD'] ?? '[]') as readonly Stop[];

function say(word: Word): void {
  if (process.connected) process.send?.(word);
}

async function hold(stop: Stop): Promise<void> {
  const go = new Promise<void>((resolve) => {
    process.once('message', () => resolve());
    process.once('disconnect', resolve);
  });
  say({ reached: stop });
  await go;
}

watchExchanges((exchange) => {
  say({ exchange });
  const at = (moment: Stop['moment']): Stop | undefined =>
    stops.find((stop) => stop.key === exchange.key && stop.moment === moment);
  const [before, sent, after] = [at('before'), at('sent'), at('after')];
  return {
    ...(before === undefined ? {} : { before: () => hold(before) }),
    ...(sent === undefined ? {} : { sent: () => say({ reached: sent }) }),
    ...(after === undefined ? {} : { ended: () => hold(after) }),
  };
});
