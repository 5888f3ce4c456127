import { rulesOf } from './environments.ts';
import type { World } from './operation.ts';
import type { Environment, Gate, Review } from './review-state.ts';
import type { Deployment, Job, Run } from './state.ts';
import { pause } from './waits.ts';

/** GitHub gives up a job that waits for longer, in minutes: 30 days. */
const LIMIT = 43_200;
const MINUTE_MS = 60_000;

export type Passage = 'open' | 'rejected' | 'expired' | 'cancelled';

/** Jobs that wait for a review, or for the timer, of their environment. */
export class Gates {
  private readonly world: World;
  /** By job: what wakes it up. */
  private readonly waiting = new Map<number, AbortController>();

  constructor(world: World) {
    this.world = world;
  }

  /** Of a job that waits, or that an earlier emulator left waiting. */
  of(job: Job): Gate | undefined {
    return this.world.store.state.gates.find((gate) => gate.job === job.id);
  }

  /** Puts a gate before a job. */
  close(run: Run, job: Job, environment: Environment, deployment: Deployment): Gate {
    const { reviewers } = rulesOf(this.world, environment);
    const gate: Gate = {
      ...{ run: run.id, job: job.id, environment: environment.id, deployment: deployment.id },
      startedAt: Date.now(),
      state: reviewers.length === 0 ? 'open' : 'waiting',
    };
    this.world.store.state.gates.push(gate);
    return gate;
  }

  /** Resolves when the job may go on, or never may. */
  async pass(gate: Gate, environment: Environment, signal: AbortSignal): Promise<Passage> {
    const after = (minutes: number): number => gate.startedAt + minutes * MINUTE_MS;
    for (;;) {
      const ready = after(rulesOf(this.world, environment).waitTimer);
      const limit = after(LIMIT);
      if (signal.aborted) return 'cancelled';
      if (gate.state === 'rejected') return 'rejected';
      if (gate.state === 'open' && Date.now() >= ready) return 'open';
      if (Date.now() >= limit) return 'expired';
      const awake = new AbortController();
      this.waiting.set(gate.job, awake);
      await pause((gate.state === 'open' ? ready : limit) - Date.now(), signal, awake.signal);
      this.waiting.delete(gate.job);
    }
  }

  /** As if the run had waited for so many minutes more. */
  later(run: number, minutes: number): void {
    for (const gate of this.world.store.state.gates) {
      if (gate.run !== run) continue;
      gate.startedAt -= minutes * MINUTE_MS;
      this.waiting.get(gate.job)?.abort();
    }
    this.world.store.changed();
  }

  /** Does what a reviewer said, for every job of the run that waits for these environments. */
  review({ run, environments, state }: Review): void {
    for (const gate of this.world.store.state.gates) {
      if (gate.run !== run || gate.state !== 'waiting' || !environments.includes(gate.environment)) continue;
      gate.state = state === 'approved' ? 'open' : 'rejected';
      this.waiting.get(gate.job)?.abort();
    }
    this.world.store.changed();
  }
}
