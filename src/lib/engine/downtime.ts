import type { Clock, Http, HttpRequest, Shell } from '../ports.ts';

/** Between two probes; none waits for the one before, which may hang in a container that was just taken away. */
const INTERVAL_MS = 50;
const PROBE_TIMEOUT_MS = 1000;
/**
 * Between two probes while a container is replaced and nothing answers. Docker opens the port before the new
 * container's network is up: whoever asks then loses an ARP request, and Linux sends the next one after a second
 * (retrans_time_ms, arp(7)), until when nobody reaches the container. A probe must not be the cause of that.
 */
const REPLACING_MS = 1000;

export interface Sample {
  /** Epoch milliseconds at which it was sent. */
  at: number;
  ok: boolean;
}

export interface Downtime {
  ms: number;
  probes: number;
  failed: number;
}

/**
 * The time between the last probe before a gap that was answered well and the first after it, over all gaps: never
 * less than what a client could have met. Before the first good answer nothing was serving, so nothing was down.
 */
export function downtimeOf(samples: readonly Sample[]): Downtime {
  const first = samples.findIndex((sample) => sample.ok);
  const relevant = first < 0 ? [] : samples.slice(first);
  let ms = 0;
  let lastGood: number | undefined;
  let gap = false;
  for (const sample of relevant) {
    if (!sample.ok) gap = true;
    else {
      if (gap && lastGood !== undefined) ms += sample.at - lastGood;
      gap = false;
      lastGood = sample.at;
    }
  }
  const end = relevant.at(-1);
  if (gap && lastGood !== undefined && end !== undefined) ms += end.at - lastGood;
  return { ms, probes: relevant.length, failed: relevant.filter((sample) => !sample.ok).length };
}

interface Probe {
  at: number;
  ok: boolean | undefined;
}

/** Asks one host again and again while it is switched; `stop` gives what was measured. */
export class Prober {
  /** In the order in which they were sent; undefined until there is an answer, or it is given up. */
  readonly #sent: Probe[] = [];
  readonly #stop = new AbortController();
  #replacing: AbortController | undefined;
  readonly #running: Promise<void>;

  /** @param status the answer that counts as serving */
  constructor(ports: { http: Http; clock: Clock }, url: string, status: number, via: Shell | undefined) {
    const request: HttpRequest = { url, timeoutMs: PROBE_TIMEOUT_MS };
    this.#running = this.#run(ports, request, status, via);
  }

  async #run(
    ports: { http: Http; clock: Clock },
    request: HttpRequest,
    status: number,
    via: Shell | undefined,
  ): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const sample: Probe = { at: ports.clock.now(), ok: undefined };
      this.#sent.push(sample);
      ports.http.request(request, via).then(
        (answer) => {
          // A host that can't be asked says nothing of what it serves.
          if (answer.kind === 'none' && /^(host|ssh)-/.test(answer.why))
            this.#sent.splice(this.#sent.indexOf(sample), 1);
          else sample.ok = answer.kind === 'answer' && answer.status === status;
        },
        () => (sample.ok = false),
      );
      await ports.clock.sleep(INTERVAL_MS, this.#stop.signal);
      if (sample.ok !== false || this.#replacing === undefined) continue;
      const signals = [this.#stop.signal, this.#replacing.signal];
      await ports.clock.sleep(REPLACING_MS, AbortSignal.any(signals));
    }
  }

  /** So far; the prober goes on. A probe that later ones have overtaken met nobody. */
  get downtime(): Downtime {
    const answered = this.#sent.findLastIndex(({ ok }) => ok !== undefined);
    const known = this.#sent.slice(0, answered + 1);
    return downtimeOf(known.map(({ at, ok }) => ({ at, ok: ok === true })));
  }

  /** Containers are being replaced, until what is given back is called. */
  replacing(): () => void {
    const replacing = new AbortController();
    this.#replacing = replacing;
    return () => {
      this.#replacing = undefined;
      replacing.abort();
    };
  }

  /** The host itself can't be reached any more: what it serves since it last answered is not known. */
  lost(): void {
    const heard = this.#sent.findLastIndex(({ ok }) => ok === true);
    this.#sent.splice(heard + 1);
  }

  async stop(): Promise<Downtime> {
    this.#stop.abort();
    await this.#running;
    return this.downtime;
  }
}
