import type { ApprovalRequest, Standing } from '../../domain/approval.ts';
import { escalation, reminder } from '../../domain/approval/hd-comments.ts';
import { HdError } from '../../domain/errors.ts';
import type { Asking } from '../../domain/policy.ts';
import type { World } from '../world.ts';
import { approvalGitHub } from './github.ts';

/** Tells those who have not answered, as often as the policy says; and once those who are told then. */
export class Reminders {
  readonly #world: World;
  readonly #asking: Asking;
  /** When it was tried last, whatever came of it. */
  #reminded = 0;
  #escalated = false;

  constructor(world: World, asking: Asking) {
    this.#world = world;
    this.#asking = asking;
  }

  /** What is due by now. That it can't be said only warns. */
  async send(standing: Standing): Promise<void> {
    const { request } = standing;
    if (request === undefined) return;
    const now = this.#world.clock.now();
    const { remindMs, escalate } = this.#asking;
    const last = Math.max(request.askedAt, standing.reminded ?? 0, this.#reminded);
    if (now - last >= remindMs) {
      this.#reminded = now;
      await this.#say(request, reminder(request, standing));
    }
    const done = this.#escalated || standing.escalated !== undefined;
    if (escalate === undefined || done || now - request.askedAt < escalate.afterMs) return;
    this.#escalated = true;
    await this.#say(request, escalation(request, escalate.to));
  }

  async #say(request: ApprovalRequest, text: string): Promise<void> {
    try {
      await (await approvalGitHub(this.#world)).addComment(request.number, text);
    } catch (error) {
      if (!(error instanceof HdError)) throw error;
      const warning = `nobody was reminded: ${error.message}`;
      this.#world.reporter.event({ type: 'note', mark: 'warn', text: warning });
    }
  }
}
