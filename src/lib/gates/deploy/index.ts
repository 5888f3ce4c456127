import type { ChosenGate, GateName, Policy, StandingGate } from '../../domain/policy.ts';
import { judge, type GateVerdict } from '../gate.ts';
import { approvals } from './approvals.ts';
import { branch } from './branch.ts';
import { checks } from './checks.ts';
import { disk } from './disk.ts';
import { drift } from './drift.ts';
import type { DeployFacts, DeployGate, TimeFacts } from './gate.ts';
import { immutable } from './immutable.ts';
import { incidents } from './incidents.ts';
import { ledger } from './ledger.ts';
import { promotedFrom } from './promoted-from.ts';
import { rate } from './rate.ts';
import { window } from './window.ts';

/** In screen order. A new one is a file beside these, a line here, and a name in src/lib/domain/policy.ts. */
const gates: readonly DeployGate[] = [
  ...[window, rate, promotedFrom, incidents],
  ...[checks, branch, immutable, drift, ledger, disk],
  approvals,
];

/** Whether the policy says so; the standing gates are asked unless it says otherwise. */
const chosen: Readonly<Record<ChosenGate, (policy: Policy) => boolean>> = {
  window: ({ window: hours }) => hours !== undefined,
  rate: ({ rate: often }) => often !== undefined,
  promoted_from: ({ promotedFrom: from }) => from !== undefined,
  incidents: ({ incidents: issues }) => issues !== undefined,
  approvals: ({ approvals: people }) => people !== undefined,
};

function isChosen(name: GateName): name is ChosenGate {
  return Object.hasOwn(chosen, name);
}

function isWanted(name: GateName, policy: Policy): boolean {
  return isChosen(name) ? chosen[name](policy) : !policy.without.includes(name satisfies StandingGate);
}

/** Those that the policy asks for. */
export function deployGates(policy: Policy): readonly DeployGate[] {
  return gates.filter(({ name }) => isWanted(name, policy));
}

export function judgeDeploy(facts: DeployFacts): readonly GateVerdict[] {
  return judge(deployGates(facts.policy), facts);
}

/** Those that depend on the clock and the ledger alone, as far as the policy asks for them: for a glance. */
export function judgeTime(facts: TimeFacts): readonly GateVerdict[] {
  const timed: readonly DeployGate<TimeFacts>[] = [window, rate];
  return judge(
    timed.filter(({ name }) => isWanted(name, facts.policy)),
    facts,
  );
}

export { nextSlot } from './next-slot.ts';
