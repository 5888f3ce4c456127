import { branch } from './branch.ts';
import { checks } from './checks.ts';
import type { Gate, GateVerdict, ReleaseFacts } from './gate.ts';
import { version } from './version.ts';
import { workflow } from './workflow.ts';

/** The gates of `hd release`, in screen order. A new one is a file beside these and a line here. */
export const releaseGates: readonly Gate[] = [version, branch, checks, workflow];

/** All gates judge, whatever the others say. */
export function judgeRelease(facts: ReleaseFacts): readonly GateVerdict[] {
  return releaseGates.map((gate) => ({ gate: gate.name, ...gate.judge(facts) }));
}

export type { Gate, GateVerdict, ReleaseFacts } from './gate.ts';
export { greatest, releasesOfLine } from './line.ts';
