import type { NotCounted, Standing, Vote } from '../../domain/approval.ts';

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
