import type { GateVerdict } from '../gate.ts';
import { judge } from '../gate.ts';
import { branch } from './branch.ts';
import { checks } from './checks.ts';
import type { ReleaseFacts, ReleaseGate } from './gate.ts';
import { version } from './version.ts';
import { workflow } from './workflow.ts';

/** The gates of `hd release`, in screen order. A new one is a file beside these and a line here. */
export const releaseGates: readonly ReleaseGate[] = [version, branch, checks, workflow];

export function judgeRelease(facts: ReleaseFacts): readonly GateVerdict[] {
  return judge(releaseGates, facts);
}

export type { GateVerdict } from '../gate.ts';
export type { ReleaseFacts } from './gate.ts';
export { greatest, releasesOfLine } from './line.ts';
