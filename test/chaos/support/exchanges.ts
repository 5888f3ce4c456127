/** Names for what hd exchanges with the outside, such that the same command meets the same names each time. */
import * as programs from '../../../src/lib/adapters/host/programs.ts';

/** One exchange, as it is written into the trace. */
export interface Exchange {
  /** From 1, in the order in which they were begun. */
  n: number;
  /** What happens: `switch`, `append started`, `POST /git/refs`. */
  what: string;
  /** With whom: a host, `GitHub`, `registry`. */
  on: string;
  /** It only looks: nothing there changes by it. */
  looks: boolean;
  /** The same in every run; absent where the clock decides whether and how often it comes. */
  key?: string;
}

/** Programs that change nothing. One that is not named here counts as an effect, so that a new one is covered. */
const LOOKS = new Set([
  'observe',
  'containers',
  'logs',
  'read',
  'ledger',
  'attach',
  'journal',
  'head_of_journal',
  'set_aside',
  'records',
  'clear',
]);
/** What a clock starts: how often they come is another thing each time. */
const BY_THE_CLOCK = new Set(['renew', 'probe', 'asked']);
/** What comes at least once: those in between are left out when hd is done before they are sent. */
const AT_LEAST_ONCE = new Set(['POST /deployments/ID/statuses']);

const NAMES: ReadonlyMap<string, string> = new Map(
  Object.entries(programs).flatMap(([name, text]) =>
    typeof text === 'string' ? [[text, name.toLowerCase()] as const] : [],
  ),
);

/** The name of what is run on a host: of a step its stage, of lines of the ledger the last one's kind. */
export function nameOfRun(argv: readonly string[], stdin: string | Uint8Array | undefined): string {
  const name = NAMES.get(argv[2] ?? '') ?? argv.slice(0, 2).join(' ');
  switch (name) {
    case 'effect': {
      const [, stage] = /^d\d+\/([a-z]+)/.exec(argv.find((each) => /^d\d+\/[a-z]/.test(each)) ?? '') ?? [];
      return stage ?? name;
    }
    case 'append':
      return `append ${lastKind(stdin)}`.trim();
    case 'renew':
      return argv.at(-1) === '0' ? 'unlock' : name;
    default:
      return name;
  }
}

/** Entries that go together are written in one exchange; the last one says what it is about. */
function lastKind(stdin: string | Uint8Array | undefined): string {
  const text = stdin === undefined ? '' : Buffer.from(stdin).toString('utf8');
  return [...text.matchAll(/"kind":"([a-z-]+)"/g)].at(-1)?.[1] ?? '';
}

/** The name of a request: without what is another one each time. */
export function nameOfRequest(method: string, url: URL): string {
  const path = url.pathname
    .replace(/^(\/api\/[a-z0-9]+)?\/repos\/[^/]+\/[^/]+/, '')
    .replaceAll(/sha256:[0-9a-f]{64}/g, 'DIGEST')
    .replaceAll(/[0-9a-f]{40}/g, 'SHA')
    .replaceAll(/v\d+\.\d+\.\d+/g, 'TAG')
    .replaceAll(/\/\d+/g, '/ID');
  return `${method} ${path === '' ? '/' : path}`;
}

/**
 * Counts exchanges. An effect is known by its name and how often it came. What only looks is known by the effect
 * before it on the same host, and only its first time: how often hd asks until containers have settled is the clock's.
 */
export class Counter {
  #n = 0;
  readonly #effects = new Map<string, number>();
  /** By host: the last effect, and what was looked at since. */
  readonly #since = new Map<string, { effect: string; looked: Set<string> }>();

  next(what: string, on: string, looks = LOOKS.has(what)): Exchange {
    const exchange = { n: ++this.#n, what, on, looks };
    const since = this.#since.get(on) ?? { effect: 'nothing', looked: new Set() };
    this.#since.set(on, since);
    // Checks come after a look at the containers, once the deployment is recorded; all others are the prober's.
    const checks = since.looked.has('observe') && since.effect !== 'lock';
    const name = what === 'connect' ? (checks ? 'check' : 'probe') : what;
    if (BY_THE_CLOCK.has(name)) return { ...exchange, what: name, looks: true };
    if (looks || what === 'connect') {
      const first = !since.looked.has(name);
      since.looked.add(name);
      const key = `${name} on ${on} after ${since.effect}`;
      return { ...exchange, what: name, looks: true, ...(first ? { key } : {}) };
    }
    const times = (this.#effects.get(`${what} on ${on}`) ?? 0) + 1;
    this.#effects.set(`${what} on ${on}`, times);
    if (times > 1 && AT_LEAST_ONCE.has(what)) return exchange;
    const effect = times === 1 ? what : `${what} ${times}`;
    this.#since.set(on, { effect, looked: new Set() });
    return { ...exchange, key: `${effect} on ${on}` };
  }
}
