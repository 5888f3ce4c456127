import { readRequest } from '../../domain/approval/read.ts';
import type { LedgerLine } from '../../domain/ledger.ts';
import { soon } from '../gates/soon.ts';
import type { World } from '../world.ts';
import { closeIssue } from './close.ts';
import { approvalGitHub } from './github.ts';
import { recordedRequest, requestOf } from './recorded.ts';

/**
 * Closes the request whose plan was begun by an hd that was ended before it could. Nothing depends on it: GitHub has a
 * few seconds, what fails is passed over, and a request that stands further back than the lines do stays open until the
 * next one.
 * @param lines the ledger's last lines, as far as they were observed
 * @param came what came after it: `hd resume: confirmed`; without it, what the ledger says of the deployment's end
 */
export async function closeLeft(world: World, lines: readonly LedgerLine[], came?: string): Promise<void> {
  const plan = lines.findLast(({ entry }) => entry.kind === 'requested')?.entry.plan;
  const asked = plan === undefined ? undefined : recordedRequest(lines, plan);
  if (plan === undefined || asked?.end?.state !== 'closed') return;
  const request = requestOf(asked);
  const why =
    came === undefined
      ? `The plan was begun${endOf(lines, plan)}`
      : `The plan was begun by an hd that was ended before its time; then ${came}`;
  const close = async (): Promise<void> => {
    const github = await approvalGitHub(world);
    const issue = await github.issue(request.number);
    const there = issue === undefined ? undefined : readRequest(issue);
    if (there?.open !== true || there.plan !== plan || there.environment !== request.environment) return;
    await closeIssue(world, github, request, why, 'completed');
  };
  await soon(
    world,
    close().catch(() => undefined),
    () => undefined,
  );
}

function endOf(lines: readonly LedgerLine[], plan: string): string {
  const started = lines.findLast(({ entry }) => entry.kind === 'started' && entry.plan === plan)?.entry;
  const own = lines.filter(({ entry }) => entry.deployment === started?.deployment);
  const outcome = own.findLast(({ entry }) => entry.kind === 'finished')?.entry.outcome;
  return outcome === undefined ? '' : `, and came to its end: ${outcome}`;
}
