import type { ApprovalRequest, Standing } from '../../domain/approval.ts';
import { closing } from '../../domain/approval/hd-comments.ts';
import { isOwn, readRequest } from '../../domain/approval/read.ts';
import { HdError } from '../../domain/errors.ts';
import type { GitHub } from '../../ports.ts';
import type { World } from '../world.ts';
import { approvalGitHub, LABEL, labelOf } from './github.ts';

/** The request is over, and its issue says why. That GitHub does not close it only warns. */
export async function closeRequest(world: World, { request, state }: Standing, why: string): Promise<void> {
  if (request?.open !== true) return;
  const reason = state === 'approved' ? 'completed' : 'not_planned';
  await closeIssue(world, approvalGitHub(world), request, why, reason);
}

/** A failure that hd foresaw only warns: that it stays open does not change what was decided or done. */
export async function closeIssue(
  world: World,
  github: GitHub | Promise<GitHub>,
  request: Pick<ApprovalRequest, 'number' | 'plan' | 'url'>,
  why: string,
  reason: 'completed' | 'not_planned' = 'not_planned',
): Promise<void> {
  try {
    const there = await github;
    await there.addComment(request.number, closing(request, world.redact(why)));
    await there.closeIssue(request.number, reason);
  } catch (error) {
    if (!(error instanceof HdError)) throw error;
    const text = `issue ${request.number} is not closed: ${error.message}`;
    world.reporter.event({ type: 'note', mark: 'warn', text });
  }
}

/** Only one plan of an environment waits: older requests of it are over. */
export async function closeOthers(world: World, github: GitHub, newest: ApprovalRequest): Promise<void> {
  const labels = [LABEL, labelOf(newest.environment)];
  const open = await github.issues({ labels, state: 'open' }).catch((error: unknown) => {
    if (error instanceof HdError) return [];
    throw error;
  });
  for (const issue of open) {
    const request = readRequest(issue);
    if (request?.environment !== newest.environment || !isOwn(request) || issue.number >= newest.number)
      continue;
    await closeIssue(
      world,
      github,
      request,
      `Overtaken by #${newest.number}, another plan of ${newest.environment}`,
    );
  }
}
