import type { Standing } from '../../domain/approval.ts';
import { sha256 } from '../../domain/canonical.ts';
import { HdError, InterruptedError } from '../../domain/errors.ts';
import { Exit } from '../../domain/exit.ts';
import type { Roles } from '../../domain/policy.ts';
import { servingName, servingOf } from '../../domain/serving.ts';
import { orStop } from '../follow/stop.ts';
import { fullLedger } from '../full-ledger.ts';
import { rulesOf } from '../gates/policy.ts';
import { servedNow } from '../left.ts';
import { observeAll } from '../observe.ts';
import type { World } from '../world.ts';
import type { AskInput } from './ask.ts';
import { Reminders } from './remind.ts';
import { waitedEvent, waitingEvents } from './rows.ts';
import { settle } from './settle.ts';
import { countedNow, currentStanding } from './standing.ts';

export interface WaitInput extends Omit<AskInput, 'story'> {
  /** As the asking has left it. */
  standing: Standing;
  /** Waits no longer than that; epoch milliseconds. */
  until?: number;
}

/** How often to look, by how long it is waited already; an answer that nothing has changed costs no rate limit. */
const LOOK_EVERY_MS = [
  { until: 180_000, every: 5_000 },
  { until: Infinity, every: 15_000 },
] as const;

/**
 * Waits until the plan is approved, rejected, expired or overtaken, and shows who is asked and since when; reminds those
 * who have not answered. Holds no lock. That GitHub is away for a while only warns. Ctrl-C ends the waiting, not the
 * request.
 */
export async function waitForApproval(world: World, input: WaitInput): Promise<Standing> {
  const { change, seen, until = Infinity } = input;
  const { clock, signal, reporter } = world;
  // Who is in the roles is asked once: the gates are judged again before anything is done.
  const { roles } = await rulesOf(world, change.environment);
  const reminders = new Reminders(world, input.asking);
  const silence = new Silence(world);
  const since = clock.now();
  const serves = servesNow(world, input);
  const more = 'Ctrl-C stops the waiting, the request stays';
  let { standing } = input;
  while (standing.state === 'waiting') {
    const now = clock.now();
    for (const event of waitingEvents(standing, { now, zone: world.zone })) reporter.event(event);
    reporter.event({ type: 'footer', text: `${serves}; nothing is changed, nothing is locked`, more });
    await reminders.send(standing);
    const { every = 15_000 } = LOOK_EVERY_MS.find((each) => now - since < each.until) ?? {};
    await clock.sleep(Math.min(every, Math.max(until - now, 0)), signal);
    if (signal.aborted || clock.now() >= until) break;
    standing = await silence.heard(standing, () => look(world, input, roles, standing));
  }
  reporter.event(waitedEvent(standing));
  await settle(world, change.environment, seen, standing);
  return standing;
}

/** `prod serves v1.3.2 on prod-1..3`. */
function servesNow(world: World, { change, seen }: WaitInput): string {
  const services = Object.keys(world.config.images);
  const names = seen.map(({ host, observed }): [string, string] => [
    host.name,
    servingName(servingOf(observed, services)),
  ]);
  return servedNow(change.environment.name, new Map(names));
}

/** The request was found to be whole, so the text that it had then is the one that was asked. */
async function look(
  world: World,
  { change, quorum, seen }: WaitInput,
  roles: Roles,
  { request }: Standing,
): Promise<Standing> {
  if (request === undefined) throw new TypeError('nobody was asked');
  const { environment, plan } = change;
  const standing = await countedNow(world, { quorum, roles }, { request, shown: sha256(request.body) });
  if (standing.state !== 'closed') return standing;
  // By whom and why, the ledger knows if it was hd.
  const sight = await observeAll(
    world,
    environment,
    seen.map((each) => each.host.name),
  );
  const lines = await fullLedger(sight.seen);
  const told = await currentStanding(world, { environment, quorum, roles, plan: plan.hash, lines });
  return told.state === 'not-asked' ? standing : told;
}

/** GitHub may be away for a while: that is said once, and once that it is over. */
class Silence {
  readonly #world: World;
  #silent = false;

  constructor(world: World) {
    this.#world = world;
  }

  /** What was heard; as it was before, where nothing was. */
  async heard(before: Standing, ask: () => Promise<Standing>): Promise<Standing> {
    const { clock, reporter, signal } = this.#world;
    try {
      const standing = await orStop(signal, ask());
      if (this.#silent) reporter.event({ type: 'note', mark: 'ok', text: 'GitHub answers again' });
      this.#silent = false;
      return standing;
    } catch (error) {
      if (error instanceof InterruptedError) return before;
      if (!(error instanceof HdError) || error.exit !== Exit.unreachable) throw error;
      if (!this.#silent)
        reporter.event({ type: 'note', mark: 'warn', text: `${error.message}; the waiting goes on` });
      this.#silent = true;
      const over = clock.now() >= (before.request?.expiresAt ?? Infinity);
      return over ? { ...before, state: 'expired' } : before;
    }
  }
}
