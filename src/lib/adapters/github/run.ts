import type { RestEndpointMethodTypes } from '@octokit/rest';
import type { WorkflowRun } from '../../ports.ts';

export type Run = RestEndpointMethodTypes['actions']['getWorkflowRun']['response']['data'];

export function fromRun(run: Run): WorkflowRun {
  return {
    id: run.id,
    title: run.display_title,
    workflow: (run.path.split('@')[0] ?? '').split('/').at(-1) ?? '',
    commit: run.head_sha,
    // Of an attempt that somebody else started, it is them.
    by: run.triggering_actor?.login ?? run.actor?.login ?? '',
    number: run.run_number,
    attempt: run.run_attempt ?? 1,
    status: progress(run.status),
    ...(run.conclusion !== null && { conclusion: run.conclusion }),
    url: run.html_url,
    startedAt: run.run_started_at ?? run.created_at,
    updatedAt: run.updated_at,
  };
}

/** GitHub's `requested`, `pending` and `action_required` wait for somebody or something else. */
export function progress(status: string | null): WorkflowRun['status'] {
  if (status === 'completed') return 'completed';
  if (status === 'in_progress') return 'running';
  return status === 'waiting' || status === 'action_required' ? 'waiting' : 'queued';
}
