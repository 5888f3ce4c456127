import type { GateName } from '../../domain/policy.ts';
import type { GateVerdict } from '../gate.ts';
import type { DeployFacts, DeployGate } from './gate.ts';
import { incidents } from './incidents.ts';
import { HORIZON_DAYS } from './open-times.ts';
import { promotedFrom } from './promoted-from.ts';
import { rate } from './rate.ts';
import { timeAt } from './when.ts';
import { window } from './window.ts';

const DAY = 24 * 3_600_000;
/** Each round goes on to a later moment; more of them than there can be openings would be a mistake of a gate. */
const MOST_ROUNDS = 10_000;

/** Gates whose word depends on when they are asked, and whether the policy has them. */
const timely: readonly (readonly [DeployGate, (facts: DeployFacts) => boolean])[] = [
  [window, ({ policy }) => policy.window !== undefined],
  [rate, ({ policy }) => policy.rate !== undefined],
  [promotedFrom, ({ policy }) => policy.promotedFrom !== undefined],
  [incidents, ({ policy }) => policy.incidents !== undefined],
];

export type NextSlot =
  /** `others` are closed or not known, and time alone does not open them. */
  | { at: number; others: readonly GateName[] }
  /** Why there is none, a sentence for each gate. */
  | { never: readonly string[] };

interface Judged {
  gate: DeployGate;
  verdict: Omit<GateVerdict, 'gate'>;
}

/**
 * The earliest moment from now on at which every gate that time opens is open, within 400 days. Gates that time does not
 * open are left out, and named; one that is open now and closed by then means that there is none.
 */
export function nextSlot(facts: DeployFacts): NextSlot {
  const { now } = facts;
  // What a skewed clock dates ahead counts as now (rate.ts), and as this now at every later moment.
  const fixed = {
    ...facts,
    deployments: facts.deployments.map((each) => ({ ...each, at: Math.min(each.at, now) })),
  };
  const asked = timely.flatMap(([gate, wanted]) =>
    wanted(facts) ? [{ gate, verdict: gate.judge(fixed) }] : [],
  );
  const others = asked
    .filter(({ gate, verdict }) => gate !== window && isLeft(verdict))
    .map(({ gate }) => gate.name);
  const gates = asked.flatMap(({ gate }) => (others.includes(gate.name) ? [] : [gate]));

  let at = now;
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const shut = gates
      .map((gate): Judged => ({ gate, verdict: gate.judge({ ...fixed, now: at }) }))
      .filter(({ verdict }) => verdict.state !== 'open');
    if (shut.length === 0) return { at, others };
    const stuck = shut.filter(({ verdict }) => verdict.opensAt === undefined || verdict.opensAt <= at);
    if (stuck.length > 0) return { never: stuck.map((each) => why(each, facts, at)) };
    at = Math.max(...shut.map(({ verdict }) => verdict.opensAt ?? at));
    if (at > now + HORIZON_DAYS * DAY) break;
  }
  return { never: [`no moment within ${HORIZON_DAYS} days at which all are open`] };
}

/** Time does not open it. */
function isLeft({ state, opensAt }: Judged['verdict']): boolean {
  return state !== 'open' && opensAt === undefined;
}

function why({ gate, verdict }: Judged, facts: DeployFacts, at: number): string {
  const { closesAt } = gate.judge(facts);
  if (at === facts.now || closesAt === undefined) return `${gate.name}: ${verdict.text}`;
  return `${gate.name} closes ${timeAt(closesAt, facts)}, before the others open ${timeAt(at, facts)}`;
}
