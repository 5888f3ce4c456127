import type { Environment } from '../domain/environment.ts';
import type { Plan } from '../domain/plan.ts';
import { checkUrl } from '../engine/check.ts';
import { Prober, type Downtime } from '../engine/downtime.ts';
import type { SeenHost } from './observe.ts';
import type { World } from './world.ts';

/** Asks every host that is switched, from before the switch until the end, whether it serves (S0-46). */
export class Probes {
  readonly #probers: ReadonlyMap<string, Prober>;

  /** Nothing is measured without a ready or live check, or where nothing is switched. */
  constructor(world: World, environment: Environment, plan: Plan, seen: readonly SeenHost[]) {
    const check = environment.checks.ready ?? environment.checks.live;
    const hosts = plan.stages.find((stage) => stage.name === 'switch')?.hosts ?? [];
    const asked =
      check === undefined || environment.url === undefined
        ? []
        : seen.filter((each) => hosts.includes(each.host.name));
    this.#probers = new Map(
      asked.map(({ host }) => {
        const via = environment.probe === 'host' ? host.shell : undefined;
        return [
          host.name,
          new Prober(world, checkUrl(environment, check?.path ?? ''), check?.expect.status ?? 200, via),
        ];
      }),
    );
  }

  /** A host's containers are being replaced, until what is given back is called. */
  replacing(host: string): () => void {
    return this.#probers.get(host)?.replacing() ?? (() => undefined);
  }

  /** Milliseconds so far, by host; a host that was not serving before has none. */
  byHost(): Map<string, number> {
    const measured = [...this.#probers].filter(([, prober]) => prober.downtime.probes > 0);
    return new Map(measured.map(([host, prober]) => [host, prober.downtime.ms]));
  }

  /**
   * The worst host's downtime, and the probes of all; undefined if nothing was serving before.
   * @param unseen hosts that do not answer any more: that nobody could ask them is no downtime
   */
  async stop(unseen: readonly string[] = []): Promise<Downtime | undefined> {
    await Promise.all([...this.#probers.values()].map((prober) => prober.stop()));
    for (const name of unseen) this.#probers.get(name)?.lost();
    const all = [...this.#probers.values()].map((prober) => prober.downtime);
    const measured = all.filter((each) => each.probes > 0);
    if (measured.length === 0) return undefined;
    return {
      ms: Math.max(...measured.map((each) => each.ms)),
      probes: measured.reduce((sum, each) => sum + each.probes, 0),
      failed: measured.reduce((sum, each) => sum + each.failed, 0),
    };
  }
}
