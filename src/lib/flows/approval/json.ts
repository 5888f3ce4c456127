import type { NotCounted, Standing, Vote } from '../../domain/approval.ts';
import type { Waiting } from './list.ts';

/** How an approval stands, for machines. */
export function standingJson({ state, plan, request, roles, rejected, notCounted }: Standing): object {
  return {
    state,
    plan,
    ...(request === undefined
      ? {}
      : {
          request: {
            issue: request.number,
            url: request.url,
            requester: request.requester,
            askedAt: iso(request.askedAt),
            expiresAt: iso(request.expiresAt),
          },
        }),
    roles: roles.map(({ role, needed, meaning, asked, votes }) => ({
      ...{ role, needed, meaning, asked },
      votes: votes.map(voteJson),
    })),
    ...(rejected === undefined ? {} : { rejected: voteJson(rejected) }),
    notCounted: notCounted.map(({ at, ...rest }: NotCounted) => ({ ...rest, at: iso(at) })),
  };
}

function voteJson({ at, ...vote }: Vote): object {
  return { ...vote, at: iso(at) };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}

/** What waits, for machines. */
export function waitingJson(each: Waiting): object {
  const { kind, environment, mine, forMe } = each;
  const base = { kind, environment: environment.name, mine, forMe };
  if (each.kind === 'plan') {
    const { verb, what } = each.request;
    return { ...base, verb, what, yourRoles: each.roles, approvals: standingJson(each.standing) };
  }
  const { run, pending } = each;
  const { waitsUntil } = pending;
  return {
    ...base,
    run: {
      id: run.id,
      url: run.url,
      workflow: run.workflow,
      number: run.number,
      title: run.title,
      by: run.by,
    },
    askedAt: run.startedAt ?? null,
    githubEnvironment: pending.environment,
    reviewers: pending.reviewers,
    waitsUntil: waitsUntil === undefined ? null : iso(waitsUntil),
  };
}
