import { Exit } from '../domain/exit.ts';
import { HdError } from '../domain/errors.ts';
import { limitText, STAGE_FLAG, STAGE_MS } from '../domain/limits.ts';
import type { Stage, Step } from '../domain/plan.ts';
import type { Clock } from '../ports.ts';

/** What a step may take. */
export interface Allowed {
  ms: number;
  /** `60s (rollout.timeout)` */
  text: string;
  /** It is what is left of the stage's time, and not the step's own limit. */
  byStage: boolean;
}

/**
 * How long one stage may go on, on one host. Without `--timeout` it is 5 minutes, a switch never less than what hd.yml
 * gives its steps; with it, it is that, and stands in the place of the steps' own limits. Times are no part of a plan's
 * hash (D2), so that another limit needs no other approval.
 */
export class StageTime {
  readonly #clock: Clock;
  readonly #stage: Stage;
  readonly #host: string;
  readonly #limitMs: number;
  readonly #given: boolean;
  readonly #until: number;

  /** @param flagMs `--timeout`; it begins now */
  constructor(stage: Stage, host: string, flagMs: number | undefined, clock: Clock) {
    const steps = stage.steps.filter((step) => step.host === host);
    const own = stage.name === 'switch' ? steps.reduce((sum, step) => sum + ownMs(step), 0) : 0;
    this.#clock = clock;
    this.#stage = stage;
    this.#host = host;
    this.#given = flagMs !== undefined;
    this.#limitMs = flagMs ?? Math.max(STAGE_MS, own);
    this.#until = clock.now() + this.#limitMs;
  }

  /** @throws HdError if nothing is left of it */
  left(): number {
    const left = this.#until - this.#clock.now();
    if (left <= 0) throw this.over();
    return left;
  }

  /**
   * @param ms the step's own limit, by `rollout.timeout`; only steps of a switch have one
   * @throws HdError if nothing is left of the stage's
   */
  allow(ms: number): Allowed {
    const left = this.left();
    const byStage = this.#given || this.#stage.name !== 'switch' || left <= ms;
    const text = byStage ? limitText(this.#limitMs, STAGE_FLAG) : limitText(ms, 'rollout.timeout');
    return { ms: byStage ? left : ms, text, byStage };
  }

  /** @param facts what was seen last */
  over(facts: HdError['facts'] = []): HdError {
    const after = limitText(this.#limitMs, STAGE_FLAG);
    const message = `${this.#stage.name} on ${this.#host} ran out of time after ${after}`;
    return new HdError('stage-timeout', Exit.needsPerson, message, { facts });
  }
}

function ownMs({ action }: Step): number {
  return 'timeoutMs' in action ? action.timeoutMs : 0;
}
