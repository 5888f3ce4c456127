import type { Clock, Http, HttpRequest, Shell } from '../ports.ts';

/** How long between the end of a probe and the next one. */
const INTERVAL_MS = 50;
const PROBE_TIMEOUT_MS = 1000;

export interface Sample {
  /** Epoch milliseconds at which the answer came, or was given up. */
  at: number;
  ok: boolean;
}

export interface Downtime {
  ms: number;
  probes: number;
  failed: number;
}

/**
 * The time between the last good answer before a gap and the first after it, over all gaps: never less than what a
 * client could have met. Before the first good answer nothing was serving, so nothing was down.
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

/** Asks one host again and again while it is switched; `stop` gives what was measured. */
export class Prober {
  readonly #samples: Sample[] = [];
  readonly #stop = new AbortController();
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
      const ok = await ports.http.request(request, via).then(
        (answer) => answer.kind === 'answer' && answer.status === status,
        () => false,
      );
      this.#samples.push({ at: ports.clock.now(), ok });
      await ports.clock.sleep(INTERVAL_MS, this.#stop.signal);
    }
  }

  /** So far; the prober goes on. */
  get downtime(): Downtime {
    return downtimeOf(this.#samples);
  }

  async stop(): Promise<Downtime> {
    this.#stop.abort();
    await this.#running;
    return this.downtime;
  }
}
