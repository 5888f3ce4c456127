import { HdError } from '../../domain/errors.ts';
import type { LedgerLine } from '../../domain/ledger.ts';
import { soon } from '../gates/soon.ts';
import type { World } from '../world.ts';
import { closeIssue } from './close.ts';
import { approvalGitHub } from './github.ts';
import { recordedRequest, requestOf } from './recorded.ts';

/**
 * Closes the request whose plan was begun by an hd that was ended before it could. Nothing depends on it: GitHub has a
 * few seconds, and a request that stands further back than the lines do stays open until the next one.
 * @param lines the ledger's last lines, as far as they were observed
 * @param came what came after it: `then hd resume: confirmed`
 */
export async function closeLeft(world: World, lines: readonly LedgerLine[], came: string): Promise<void> {
  const plan = lines.findLast(({ entry }) => entry.kind === 'requested')?.entry.plan;
  const asked = plan === undefined ? undefined : recordedRequest(lines, plan);
  if (asked?.end?.state !== 'closed') return;
  const close = async (): Promise<void> => {
    const request = requestOf(asked);
    const github = await approvalGitHub(world);
    const issue = await github.issue(request.number);
    if (issue?.open !== true) return;
    const why = `The plan was begun by an hd that was ended before its time; ${came}`;
    await closeIssue(world, github, request, why, 'completed');
  };
  const closing = close().catch((error: unknown) => {
    if (!(error instanceof HdError)) throw error;
  });
  await soon(world, closing, () => undefined);
}
