import type { RecordedApproval, Standing, Vote } from '../../domain/approval.ts';
import { isUnknown, type Quorum } from '../../domain/policy.ts';
import type { Fact } from '../../domain/verdict.ts';
import type { GateVerdict } from '../../gates/gate.ts';
import { approvedEntries } from '../approval/index.ts';
import type { Change, GateWords } from '../change.ts';
import { newestLedger } from '../history.ts';
import type { SeenHost } from '../observe.ts';
import type { World } from '../world.ts';
import { skippedGates, type BreakGlassWish } from './break-glass.ts';
import { recordEmergency, requireReviewed } from './review-of-emergency.ts';
import { judgeChange, type Judgement, type Planned } from './judge.ts';
import { quorumFor } from './quorum.ts';
import { GatesClosed } from './closed.ts';
import { evidenceOf, openFact, stops } from './rows.ts';

/** How a person wants to meet the gates. */
export interface GateWish {
  breakGlass?: BreakGlassWish;
  /** `--at next-slot`. */
  nextSlot: boolean;
  /** False: `--no-wait`. */
  wait: boolean;
}

/** Judges one change as often as it must be (T26): before people are asked, after they answered, and under the lock. */
export class Gatekeeper {
  readonly #world: World;
  readonly #change: Change;
  readonly #wish: GateWish;
  readonly judgement: Judgement;
  readonly #skipped: readonly GateVerdict[];

  private constructor(world: World, change: Change, wish: GateWish, judgement: Judgement) {
    this.#world = world;
    this.#change = change;
    this.#wish = wish;
    this.judgement = judgement;
    this.#skipped = skipped(judgement, wish, change.verb);
  }

  /** @returns undefined where nothing is demanded */
  static async of(
    world: World,
    planned: Planned,
    wish: GateWish,
    asked: boolean,
  ): Promise<Gatekeeper | undefined> {
    const { change, seen } = planned;
    const { judgement } = await judgeChange(world, planned, asked);
    if (judgement === undefined) return undefined;
    const keeper = new Gatekeeper(world, change, wish, judgement);
    if (keeper.#skipped.length > 0 && wish.breakGlass?.again !== true) {
      const lines = newestLedger(seen.map((each) => each.observed.ledger));
      const entries = lines.map(({ entry }) => entry);
      const emergencies = entries.filter(({ breakGlass }) => breakGlass !== undefined);
      await requireReviewed(world, change.environment, emergencies);
    }
    return keeper;
  }

  /** Gates that stop the change now, and are not skipped. */
  get closed(): readonly GateVerdict[] {
    return this.judgement.verdicts.filter((each) => stops(each) && !this.#skipped.includes(each));
  }

  get skipped(): readonly GateVerdict[] {
    return this.#skipped;
  }

  /** Who is to be asked for approval now; undefined if nobody. */
  get quorum(): Quorum | undefined {
    return this.#waits ? quorumFor(this.#change.verb, this.judgement.rules.policy) : undefined;
  }

  /** GitHub asks its reviewers itself, when a run waits for them. */
  get asksGitHub(): boolean {
    const { policy } = this.judgement.rules;
    return this.#waits && this.#change.verb === 'deploy' && policy.approvals?.by === 'github';
  }

  get #waits(): boolean {
    return this.judgement.verdicts.some((each) => isWaiting(each) && !this.#skipped.includes(each));
  }

  get standing(): Standing | undefined {
    const { standing } = this.judgement;
    return standing === undefined || isUnknown(standing) ? undefined : standing;
  }

  /** Words that counted, once they are enough. */
  get approvals(): readonly Vote[] {
    const { standing } = this;
    return standing?.state === 'approved' ? standing.roles.flatMap((role) => role.votes) : [];
  }

  /** The row of the preview. */
  fact(): Fact {
    const { verdicts } = this.judgement;
    const left = verdicts.filter((each) => !this.#skipped.includes(each));
    const { clock, zone } = this.#world;
    const fact = openFact(left, clock.now(), zone);
    if (this.#skipped.length === 0) return fact;
    const names = this.#skipped.map((each) => each.gate).join(', ');
    return { ...fact, mark: 'warn', text: `${fact.text}; skipped: ${names}` };
  }

  /**
   * Once more, from what is there now.
   * @throws GatesClosed if one that was open is not any more, or an approval is missing
   */
  async again(seen: readonly SeenHost[]): Promise<Gatekeeper> {
    // A rollback that needs no approval is not held up under the lock (D9).
    if (this.#change.verb === 'rollback' && this.judgement.standing === undefined) return this;
    const { judgement } = await judgeChange(this.#world, { change: this.#change, seen }, true);
    if (judgement === undefined) return this;
    const keeper = new Gatekeeper(this.#world, this.#change, this.#wish, judgement);
    if (keeper.closed.length > 0 || keeper.#waits) throw new GatesClosed(withoutWaiting(judgement));
    return keeper;
  }

  /** What the ledger says of the gates, beside the deployment's first word; opens the review of an emergency. */
  async words(): Promise<GateWords> {
    const { verdicts } = this.judgement;
    const { breakGlass: wish } = this.#wish;
    const approvals: readonly RecordedApproval[] =
      this.standing === undefined ? [] : approvedEntries(this.standing);
    const { from, policy } = this.judgement.rules;
    const back = policy.rollbackApprovals === undefined ? {} : { rollback: true as const };
    const rules = from === undefined ? {} : { rules: { ...from, ...back } };
    const said = { approvals, evidence: evidenceOf(verdicts), ...rules };
    if (wish === undefined || this.#skipped.length === 0) return said;
    const breakGlass = await recordEmergency(this.#world, this.#change, this.judgement, this.#skipped, wish);
    return { ...said, breakGlass };
  }
}

function skipped(
  { verdicts, rules }: Judgement,
  { breakGlass }: GateWish,
  verb: Change['verb'],
): readonly GateVerdict[] {
  if (breakGlass === undefined) return [];
  // When GitHub can't be asked who approves, an emergency is a way back in any case (D9).
  const away = verb === 'rollback' ? verdicts.filter((each) => each.state === 'unknown') : [];
  const names = [...rules.policy.breakGlass, ...away.map((each) => each.gate)];
  return skippedGates(verdicts, names, breakGlass);
}

function isWaiting({ gate, state }: GateVerdict): boolean {
  return gate === 'approvals' && state === 'waiting';
}

/** Under the lock nobody is asked any more: an approval that was taken back, or never given, is a closed gate. */
function withoutWaiting(judgement: Judgement): Judgement {
  const verdicts = judgement.verdicts.map((each) =>
    isWaiting(each) ? { ...each, state: 'closed' as const } : each,
  );
  return { ...judgement, verdicts };
}
