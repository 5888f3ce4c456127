import type { Mark } from '../domain/verdict.ts';

/** What a gate says. */
export interface GateVerdict {
  gate: string;
  /**
   * `unproven` lets pass what was not checked, and says so; `skipped` was not asked; `waiting` is closed only until
   * people have answered; `unknown` could not be judged, since what it judges by could not be had.
   */
  state: 'open' | 'unproven' | 'skipped' | 'waiting' | 'unknown' | 'closed';
  /** One line. */
  text: string;
  /** Evidence, and what opens it. */
  more?: readonly string[];
  /** When what was refused can be asked for again: `main is green`. */
  opensWhen?: string;
  /** The command that opens it. */
  opensWith?: readonly string[];
  /** When it opens by itself, and when an open one closes; epoch milliseconds. */
  opensAt?: number;
  closesAt?: number;
}

/** Pure: it asks nobody. What it judges by was observed beforehand. */
export interface Gate<Facts> {
  readonly name: string;
  judge(facts: Facts): Omit<GateVerdict, 'gate'>;
}

/** All gates judge, whatever the others say. */
export function judge<Facts>(gates: readonly Gate<Facts>[], facts: Facts): readonly GateVerdict[] {
  return gates.map((gate) => ({ gate: gate.name, ...gate.judge(facts) }));
}

export const gateMarks: Readonly<Record<GateVerdict['state'], Mark>> = {
  open: 'ok',
  unproven: 'warn',
  skipped: 'idle',
  waiting: 'idle',
  unknown: 'warn',
  closed: 'fail',
};
