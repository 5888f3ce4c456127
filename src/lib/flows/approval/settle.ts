import type { Standing, StandingState } from '../../domain/approval.ts';
import type { Environment } from '../../domain/environment.ts';
import { HdError } from '../../domain/errors.ts';
import type { LedgerLine } from '../../domain/ledger.ts';
import { recordEntries, type Note } from '../note-entry.ts';
import type { SeenHost } from '../observe.ts';
import type { World } from '../world.ts';
import { closeRequest } from './close.ts';
import { recorded, recordedRequest } from './recorded.ts';

const WHY: Readonly<Partial<Record<StandingState, string>>> = {
  expired: 'It has expired',
  altered: 'Its text is not any more what people were asked',
};

/**
 * What has come of a request is written down where it stays: a rejection in the ledger, since a comment can be taken
 * away; and the issue of one that is over is closed.
 */
export async function settle(
  world: World,
  environment: Environment,
  seen: readonly SeenHost[],
  standing: Standing,
): Promise<void> {
  const { state, rejected } = standing;
  if (state === 'rejected' && rejected !== undefined) {
    await recordRejection(world, environment, seen, standing);
    await closeRequest(world, standing, `${rejected.by} rejected it`);
  }
  const why = WHY[state];
  if (why !== undefined) await closeRequest(world, standing, why);
}

async function recordRejection(
  world: World,
  environment: Environment,
  seen: readonly SeenHost[],
  { plan, request, rejected }: Standing,
): Promise<void> {
  if (rejected === undefined || request === undefined) return;
  const { by, role } = rejected;
  const note: Note = {
    ...{ kind: 'refused', verb: request.verb, hosts: [], plan, approval: recorded(rejected) },
    reason: `${by} (${role}) rejected ${request.what}`,
  };
  const isKnown = (lines: readonly LedgerLine[]): boolean => recordedRequest(lines, plan)?.end !== undefined;
  try {
    const notes = (lines: readonly LedgerLine[]): Note[] => (isKnown(lines) ? [] : [note]);
    await recordEntries(world, environment, seen, notes, 'record a rejection');
  } catch (error) {
    if (!(error instanceof HdError)) throw error;
    const text = `the rejection is not in the ledger: ${error.message}`;
    world.reporter.event({ type: 'note', mark: 'warn', text });
  }
}
