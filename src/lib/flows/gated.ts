import { HdError } from '../domain/errors.ts';
import type { Answer } from './answer.ts';
import { closeRequest } from './approval/index.ts';
import type { Change, GateWords } from './change.ts';
import { carryOut } from './carry-out.ts';
import { GatesClosed } from './gates/closed.ts';
import type { Gatekeeper } from './gates/gatekeeper.ts';
import { refusedAnswer } from './gates/refused.ts';
import type { SeenHost } from './observe.ts';
import { recordClosed } from './refusal.ts';
import type { World } from './world.ts';

interface Gated {
  change: Change;
  keeper: Gatekeeper;
  seen: readonly SeenHost[];
  /** `prod serves v1.3.2 on 3 of 3 hosts`. */
  serves: string;
  /** The command as it was typed, with `hd`. */
  typed: readonly string[];
}

/** Carries a change out whose gates judge once more under the lock; what was approved for it is used up then. */
export async function carryOutGated(world: World, gated: Gated): Promise<Answer> {
  const { change, keeper, seen, serves, typed } = gated;
  let emergency: GateWords['breakGlass'];
  const recheck = async (now: readonly SeenHost[]): Promise<GateWords> => {
    const words = await (await keeper.again(now)).words();
    emergency = words.breakGlass;
    return words;
  };
  const plan = { begun: false };
  const begun = (): void => {
    plan.begun = true;
  };
  const close = async (came: string): Promise<void> => {
    if (plan.begun && keeper.standing !== undefined) await closeRequest(world, keeper.standing, came);
  };
  let answer: Answer;
  try {
    answer = await carryOut(world, { ...change, recheck, begun }, serves);
  } catch (error) {
    if (error instanceof GatesClosed) {
      await recordClosed(world, change, seen, error.judgement);
      return refusedAnswer(world, change.environment, error.judgement, serves, typed);
    }
    const why = error instanceof HdError ? `: ${error.message}` : '';
    // What ended the deployment is what is told, also if closing fails in a way that nobody foresaw.
    await close(`The plan was begun${howOf(emergency)}, and an error ended it${why}`).catch(() => undefined);
    throw error;
  }
  await close(`The plan was carried out${howOf(emergency)}: ${answer.block.verdict.outcome}`);
  return withEmergency(answer, emergency);
}

/** For those who were asked, and whose answer was not waited for. */
function howOf(emergency: GateWords['breakGlass']): string {
  return emergency?.gates.includes('approvals') === true ? ' in an emergency, without these approvals' : '';
}

/** What an emergency went through, and where it is looked at afterwards. */
function withEmergency(answer: Answer, emergency: GateWords['breakGlass']): Answer {
  if (emergency === undefined) return answer;
  const { gates, incident, review = 'nobody could be told' } = emergency;
  const fact = { label: 'skipped', text: `${gates.join(', ')}, for ${incident}; review: ${review}` };
  const { block, json } = answer;
  return {
    ...answer,
    block: { ...block, facts: [...block.facts, fact] },
    json: { ...json, breakGlass: emergency },
  };
}
