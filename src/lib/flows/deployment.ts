import { nextDeployment } from '../domain/deployment.ts';
import { InterruptedError } from '../domain/errors.ts';
import type { Release } from '../domain/release.ts';
import { servingName, servingOf, type Serving } from '../domain/serving.ts';
import { execute, type StageFailure } from '../engine/execute.ts';
import type { Execution } from '../engine/execution.ts';
import type { Lease } from '../engine/lease.ts';
import type { Answer } from './answer.ts';
import type { Change } from './change.ts';
import { failureText, proofText } from './failure.ts';
import { lastConfirmed } from './history.ts';
import { interruptionOf, isUnproved, withUnrecorded } from './endings.ts';
import { goBack } from './go-back.ts';
import { leftBlock } from './left.ts';
import { observeAll, type SeenHost, type Sight } from './observe.ts';
import { Probes } from './probes.ts';
import { previousOf } from './previous.ts';
import { prove } from './prove.ts';
import { prune } from './prune.ts';
import { Scene } from './scene.ts';
import { tell } from './tell.ts';
import type { Told } from './told.ts';
import { Words } from './words.ts';
import type { World } from './world.ts';

type Base = Omit<Told, 'outcome' | 'sight'>;

interface Parts {
  world: World;
  change: Change;
  lease: Lease;
  seen: readonly SeenHost[];
  id: string;
  /** Epoch milliseconds. */
  start: number;
  before: readonly Serving[];
  probes: Probes;
  words: Words;
}

/** One deployment under its lock: from the ledger's first word to its last. */
export class Deployment {
  readonly #world: World;
  readonly #change: Change;
  readonly #lease: Lease;
  readonly #seen: readonly SeenHost[];
  readonly #id: string;
  readonly #start: number;
  readonly #probes: Probes;
  readonly #words: Words;
  readonly #before: readonly Serving[];
  readonly #begun = new Set<string>();
  readonly #scene: Scene;
  /** How long each stage took that ended well, in milliseconds. */
  readonly #took: Record<string, number> = {};

  private constructor(parts: Parts) {
    this.#world = parts.world;
    this.#change = parts.change;
    this.#lease = parts.lease;
    this.#seen = parts.seen;
    this.#id = parts.id;
    this.#before = parts.before;
    this.#probes = parts.probes;
    this.#words = parts.words;
    this.#start = parts.start;
    this.#scene = new Scene(parts.world.reporter, parts.change.environment, parts.before);
  }

  /**
   * Writes the ledger's first word, before the first effect.
   * @throws HdError if it can't be written on every host; nothing was begun then
   */
  static async begin(
    world: World,
    change: Change,
    lease: Lease,
    seen: readonly SeenHost[],
  ): Promise<Deployment> {
    const start = world.clock.now();
    const ledgers = seen.map((each) => each.observed.ledger.lines);
    const id = change.resumes?.deployment ?? nextDeployment(ledgers);
    const services = Object.keys(change.plan.release.images);
    const before = seen.map((each) => servingOf(each.observed, services));
    const from = Object.fromEntries(before.map((each) => [each.host, servingName(each)]));
    // What a client meets is measured from before the first word.
    const probes = new Probes(world, change.environment, change.plan, seen);
    try {
      const words = await Words.open(world, change, lease, seen, id, from);
      return new Deployment({ world, change, lease, seen, id, start, before, probes, words });
    } catch (error) {
      await probes.stop();
      throw error;
    }
  }

  async run(): Promise<Answer> {
    const { environment, plan, verb, actor, leaves, resumes } = this.#change;
    const before = this.#before;
    const { serves } = this.#scene;
    this.#scene.open(this.#id, plan, this.#seen);
    this.#world.onLeave(() =>
      leftBlock({ environment, plan, actor, deployment: this.#id, begun: this.#begun, serves }),
    );
    const told = await this.#work({
      environment,
      plan,
      verb,
      actor,
      before,
      deployment: this.#id,
      durations: {},
      begun: this.#begun,
      ...previousOf(this.#change, this.#seen, before),
      ...(leaves === undefined ? {} : { leaves }),
      ...(resumes === undefined ? {} : { resumed: resumes.times, from: resumes.from }),
    }).finally(() => this.#probes.stop());
    const downtime = await this.#probes.stop(told.sight.unseen.map(({ name }) => name));
    const begun = this.#everBegun();
    const durations = { ...told.durations, ...this.#took };
    const full: Told = { ...told, begun, durations, ...(downtime === undefined ? {} : { downtime }) };
    const late = await this.#words.close(full);
    await this.#prune(told);
    return tell(withUnrecorded(full, late, this.#seen.length));
  }

  /** Once it is published, or not: for 10 s at the most after it has run. */
  published(): Promise<void> {
    return this.#words.published();
  }

  /** Also by those who began this deployment before it was taken up. */
  #everBegun(): ReadonlySet<string> {
    return new Set([...(this.#change.resumes?.begun ?? []), ...this.#begun]);
  }

  async #prune({ outcome, sight }: Told): Promise<void> {
    if (outcome !== 'confirmed') return;
    const fence = (host: string): number => this.#lease.fence(host);
    const seen = sight.seen.filter((each) => fence(each.host.name) > 0);
    await prune(this.#world, this.#change.environment, seen, this.#words.lines, this.#id, fence);
  }

  #execution(
    release: Release,
    blobs: ReadonlyMap<string, Uint8Array>,
    signal: AbortSignal,
    seen: readonly SeenHost[],
  ): Execution {
    return {
      clock: this.#world.clock,
      reporter: this.#world.reporter,
      signal,
      hosts: new Map(seen.map((each) => [each.host.name, each.host])),
      observed: new Map(seen.map((each) => [each.host.name, each.observed])),
      fence: (host) => this.#lease.fence(host),
      deployment: this.#id,
      blobs,
      layers: this.#change.target.layers,
      serves: (name) => this.#scene.of(name),
      replacing: (name) => {
        this.#scene.replacing(name);
        return this.#probes.replacing(name);
      },
      switched: (name) => this.#scene.switched(name, release),
      took: (stage, ms) => {
        this.#took[stage] = ms;
      },
      begun: this.#begun,
      stageMs: this.#world.stageMs,
    };
  }

  /** Looks at every host again, those that were away included. */
  async #look(): Promise<Sight> {
    const names = this.#seen.map((each) => each.host.name);
    const sight = await observeAll(this.#world, this.#change.environment, names, this.#id);
    return { seen: sight.seen, unseen: [...sight.unseen, ...(this.#change.away ?? [])] };
  }

  async #work(base: Base): Promise<Told> {
    const { plan, target, environment, resumes } = this.#change;
    const { clock } = this.#world;
    const signal = AbortSignal.any([this.#world.signal, this.#lease.stopped]);
    if (resumes?.back !== undefined) {
      const { failed, restored, reason } = resumes.back;
      const failure = { text: reason, facts: [] };
      return this.#goBack({ ...base, plan: { ...plan, release: failed }, failure }, restored);
    }
    const stopped = (): boolean => signal.aborted;
    const failure = await execute(
      plan.stages,
      this.#execution(plan.release, target.blobs, signal, this.#seen),
    );
    if (failure !== undefined) return this.#stageFailed(base, failure);
    // Every host has settled: the safe point. What was not verified is not called confirmed.
    if (stopped()) return { ...base, ...interruptionOf(this.#lease), sight: await this.#look() };
    const settled = clock.now();
    const sight = await this.#look();
    const proof = await prove(this.#world, environment, sight, plan.release, {
      downtime: this.#probes.byHost(),
      signal,
    });
    const proved = clock.now();
    const durations = { serving: settled - this.#start, confirmed: proved - this.#start };
    if (proof.whole) this.#took['verify'] = proved - settled;
    if (proof.whole && this.#lease.lost() === undefined)
      return { ...base, outcome: 'confirmed', sight, proof, durations };
    if (stopped()) return { ...base, ...interruptionOf(this.#lease), sight, proof };
    if (isUnproved(this.#change, sight, proof))
      return { ...base, outcome: 'inconclusive', sight, proof, durations };
    return this.#goBack({ ...base, firstProof: proof, failure: proofText(proof, sight, plan.release) });
  }

  async #stageFailed(base: Base, failed: StageFailure): Promise<Told> {
    const errors = [...failed.errors.values()];
    const failure = failureText(failed, this.#change.plan);
    if (errors.some((error) => error.code === 'lock-lost')) {
      return { ...base, outcome: 'interrupted', failure, lockLost: true, sight: await this.#look() };
    }
    if (errors.every((error) => error instanceof InterruptedError)) {
      return { ...base, ...interruptionOf(this.#lease), sight: await this.#look() };
    }
    return this.#goBack({ ...base, failure });
  }

  /** Puts the last confirmed release back on every host that answers, from what is there now, and proves it. */
  async #goBack(base: Base, restored = lastConfirmed(this.#words.lines)): Promise<Told> {
    const sight = await this.#look();
    if (restored === undefined) return { ...base, outcome: 'failed', sight };
    const { plan, failure } = base;
    const { clock } = this.#world;
    const begun = clock.now();
    await this.#words.goingBack(plan.release, restored.release, this.#everBegun(), failure?.text);
    const result = await goBack({
      world: this.#world,
      change: this.#change,
      restored,
      sight,
      look: () => this.#look(),
      execution: (blobs, signal) => this.#execution(restored.release, blobs, signal, sight.seen),
    });
    const { failure: backFailure, proof } = result;
    if (backFailure === undefined) this.#took['back'] = clock.now() - begun;
    const told = { ...base, restored, sight: result.sight, ...(proof === undefined ? {} : { proof }) };
    if (backFailure === undefined) return { ...told, outcome: 'rolled-back' };
    if (result.lockLost === true) return { ...told, outcome: 'interrupted', lockLost: true, backFailure };
    const wrong = proof === undefined || proof.findings.some((each) => each.state === 'failed');
    return {
      ...told,
      outcome: result.sight.unseen.length > 0 && !wrong ? 'inconclusive' : 'failed',
      backFailure,
    };
  }
}
