/** Ports, written by hand for the engine: a clock that a test turns, hosts and an HTTP that answer as they are told. */
import type { Event } from '../../../src/lib/domain/event.ts';
import type {
  Clock,
  Completed,
  Host,
  Http,
  HttpAnswer,
  HttpRequest,
  Reporter,
  Shell,
} from '../../../src/lib/ports.ts';
import { NOW, observed } from '../../support/core.ts';

/** Time stands still until somebody sleeps: then it is later at once. */
export class FastClock implements Clock {
  time = NOW;
  readonly slept: number[] = [];
  now(): number {
    return this.time;
  }
  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return;
    this.slept.push(ms);
    this.time += ms;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Time stands still until the test turns it. */
export class TurnedClock implements Clock {
  #time = NOW;
  #sleepers: { until: number; wake: () => void }[] = [];
  now(): number {
    return this.#time;
  }
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#sleepers.push({ until: this.#time + ms, wake: resolve });
      signal?.addEventListener('abort', () => resolve());
    });
  }
  /** Then lets everybody who woke up do what they do. */
  async turn(ms: number): Promise<void> {
    this.#time += ms;
    const awake = this.#sleepers.filter((each) => each.until <= this.#time);
    this.#sleepers = this.#sleepers.filter((each) => each.until > this.#time);
    for (const { wake } of awake) wake();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const unexpected = (what: string) => (): never => {
  throw new Error(`nobody expected ${what}`);
};

export function fakeShell(host: string): Shell {
  return {
    host,
    run: unexpected('run'),
    connect: unexpected('connect'),
    typed: (command) => ['ssh', host, ...command],
    close: () => Promise.resolve(),
  };
}

/** A host that can only do what the test gives it. */
export function fakeHost(name: string, does: Partial<Host> = {}): Host {
  return {
    name,
    shell: fakeShell(name),
    observe: () => Promise.resolve(observed({ host: name })),
    containers: unexpected('containers'),
    logs: unexpected('logs'),
    withoutSecrets: (lines) => Promise.resolve(lines),
    lock: unexpected('lock'),
    leaveLine: unexpected('leaveLine'),
    renew: unexpected('renew'),
    unlock: unexpected('unlock'),
    askToStop: unexpected('askToStop'),
    stopRequest: unexpected('stopRequest'),
    freeze: unexpected('freeze'),
    append: unexpected('append'),
    ledger: unexpected('ledger'),
    adopt: unexpected('adopt'),
    records: unexpected('records'),
    journal: unexpected('journal'),
    journalHead: unexpected('journalHead'),
    ship: unexpected('ship'),
    read: unexpected('read'),
    point: unexpected('point'),
    effect: unexpected('effect'),
    prune: unexpected('prune'),
    ...does,
  };
}

export function done(status = 0, stdout = ''): Completed {
  return { status, stdout, stderr: '', ms: 1 };
}

/** Gives these answers in turn, the last one for ever, and keeps what it was asked. */
export class FakeHttp implements Http {
  readonly asked: { request: HttpRequest; via: string }[] = [];
  readonly #answers: readonly HttpAnswer[];
  constructor(...answers: HttpAnswer[]) {
    this.#answers = answers;
  }
  request(request: HttpRequest, via?: Shell): Promise<HttpAnswer> {
    this.asked.push({ request, via: via?.host ?? 'here' });
    const answer = this.#answers[Math.min(this.asked.length, this.#answers.length) - 1];
    return answer === undefined ? Promise.reject(new Error('no answer was given')) : Promise.resolve(answer);
  }
}

export class Recorder implements Reporter {
  readonly events: Event[] = [];
  event(event: Event): void {
    this.events.push(event);
  }
  /** Stages and items that came to an end, a line each. */
  get ends(): string[] {
    return this.events.flatMap((event) => {
      if ((event.type !== 'stage' && event.type !== 'item') || event.mark === 'busy') return [];
      const of = event.type === 'item' ? `${event.stage} ${event.name}` : event.name;
      return [`${event.mark} ${of}: ${event.text}`];
    });
  }
}
