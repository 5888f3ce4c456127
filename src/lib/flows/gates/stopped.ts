import type { Event } from '../../domain/event.ts';
import { list } from '../../domain/names.ts';
import type { AgreeRequest } from '../agree-request.ts';
import { agreed } from '../agreed.ts';
import type { Answer } from '../answer.ts';
import type { Change } from '../change.ts';
import type { SeenHost } from '../observe.ts';
import { recordClosed } from '../refusal.ts';
import type { World } from '../world.ts';
import type { Gatekeeper } from './gatekeeper.ts';
import { refusedAnswer, slotOf, slotText } from './refused.ts';
import { waitForSlot } from './slot.ts';

interface Stopped<Request extends AgreeRequest> {
  request: Request;
  change: Change;
  keeper: Gatekeeper;
  seen: readonly SeenHost[];
  serves: string;
  /** The plan, and what the gates say. */
  shown: Event;
  again: (request: Request) => Promise<Answer>;
}

/**
 * Closed gates: waited for if that was asked for and time opens them, else refused, and the ledger says so. What was
 * agreed to before the waiting is one plan; another one is not carried out after it.
 */
export async function stopped<Request extends AgreeRequest>(
  world: World,
  { request, change, keeper, seen, serves, shown, again }: Stopped<Request>,
): Promise<Answer> {
  const { environment, plan } = change;
  const slots = await slotOf(keeper.judgement);
  const slot = request.gates.nextSlot ? slots.at : undefined;
  if (slot === undefined) {
    await recordClosed(world, change, seen, keeper.judgement);
    return refusedAnswer(world, environment, keeper.judgement, serves, request.typed);
  }
  world.reporter.event(shown);
  if (slots.others.length > 0) {
    const text = `time does not open ${list(slots.others, 'and')}: closed still at that moment, it is refused`;
    world.reporter.event({ type: 'note', mark: 'warn', text });
  }
  const when = slotText(slot, world.zone);
  const text = `This changes ${environment.name} once the gates open, ${when}.`;
  await agreed(world, request.confirm(environment, text), serves);
  await waitForSlot(world, keeper.judgement, slot, serves);
  const expect = { hash: plan.hash, was: plan.subject };
  return again({ ...request, expect, confirm: () => Promise.resolve() });
}
