/**
 * For `node --import`: ends hd as SIGKILL does, at one moment of one exchange with the outside.
 *
 * HD_TEST_KILL="switch on orin, in" says when: the key of an exchange and a moment of it. HD_TEST_TRACE=FILE writes a line
 * of JSON for each exchange, and a last one when hd dies.
 */
import { appendFileSync } from 'node:fs';
import { setTimeout } from 'node:timers';
import type { Exchange } from './exchanges.ts';
import { watchExchanges, type Watcher } from './wrap.ts';

/**
 * `before` it is sent; `in` it: sent, and the first word of the answer seen or 30 ms gone by; `amid`: when the first word
 * of the answer comes, however late; `after` its result came, and before hd knows.
 */
export type Moment = 'before' | 'in' | 'amid' | 'after';

const SENT_MS = 30;

const { HD_TEST_TRACE: traceFile, HD_TEST_KILL: wanted } = process.env;
const [wantedKey, wantedMoment] = wanted?.split(', ') ?? [];

function write(line: object): void {
  if (traceFile !== undefined) appendFileSync(traceFile, `${JSON.stringify(line)}\n`);
}

function die(exchange: Exchange): never {
  write({ killed: exchange.n });
  process.kill(process.pid, 'SIGKILL');
  // The signal is ours already; nothing may run in the time that it needs.
  for (;;);
}

/** Nothing happens in hd after its moment, also where the exchange has ended before it. */
function killer(exchange: Exchange, moment: string | undefined): Watcher {
  const dies = (): never => die(exchange);
  switch (moment) {
    case 'before':
      return { before: dies };
    case 'in':
      return { sent: () => void setTimeout(dies, SENT_MS), firstWord: dies, ended: dies };
    case 'amid':
      return { firstWord: dies, ended: dies };
    case 'after':
      return { ended: dies };
    default:
      throw new TypeError(`no such moment: ${wanted ?? ''}`);
  }
}

watchExchanges((exchange) => {
  write(exchange);
  return wanted !== undefined && exchange.key === wantedKey ? killer(exchange, wantedMoment) : {};
});
