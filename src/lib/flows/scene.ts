import type { Environment } from '../domain/environment.ts';
import { count } from '../domain/names.ts';
import type { Plan } from '../domain/plan.ts';
import { releaseName, type Release } from '../domain/release.ts';
import { servingName, type Serving } from '../domain/serving.ts';
import { SKEW_MS } from '../domain/story.ts';
import { duration } from '../domain/values.ts';
import type { Reporter } from '../ports.ts';
import { NOT_KNOWN, servedNow } from './left.ts';
import type { SeenHost } from './observe.ts';

/** What a person sees of a deployment while it runs: its stages, and below them always what serves now. */
export class Scene {
  readonly #reporter: Reporter;
  readonly #environment: Environment;
  /** By host, as far as is known at this moment. */
  readonly #serves: Map<string, string>;

  constructor(reporter: Reporter, environment: Environment, before: readonly Serving[]) {
    this.#reporter = reporter;
    this.#environment = environment;
    this.#serves = new Map(before.map((each) => [each.host, servingName(each)]));
  }

  /** What each host serves now. */
  get serves(): ReadonlyMap<string, string> {
    return this.#serves;
  }

  open(deployment: string, plan: Plan, seen: readonly SeenHost[]): void {
    const stages = plan.stages.map(({ name, hosts }) => ({ name, text: count(hosts.length, 'host') }));
    const title = `deployment ${deployment}  lock held: a lease of 30s, renewed every 10s`;
    const verify = { name: 'verify', text: count(seen.length, 'host') };
    this.#reporter.event({ type: 'stages', title, stages: [...stages, verify] });
    this.#footer();
    for (const { host, observed } of seen) this.#warnSkew(host.name, observed.skewMs);
  }

  of(host: string): string {
    return this.#serves.get(host) ?? NOT_KNOWN;
  }

  /** Its containers are being replaced. */
  replacing(host: string): void {
    this.#serves.set(host, NOT_KNOWN);
    this.#footer();
  }

  /** It has settled. */
  switched(host: string, release: Release): void {
    this.#serves.set(host, releaseName(release));
    this.#footer();
  }

  #footer(): void {
    this.#reporter.event({ type: 'footer', text: servedNow(this.#environment.name, this.#serves) });
  }

  #warnSkew(host: string, skewMs: number): void {
    if (Math.abs(skewMs) <= SKEW_MS) return;
    const way = skewMs > 0 ? 'ahead of' : 'behind';
    const text = `the clock of ${host} is ${duration(Math.abs(skewMs))} ${way} this machine's`;
    this.#reporter.event({ type: 'note', mark: 'warn', text });
  }
}
