import type { ApprovalRequest, RoleStanding, Standing } from '../../domain/approval.ts';
import { oneLine } from '../../domain/approval/markdown.ts';
import { age, minute } from '../../domain/values.ts';
import type { Mark } from '../../domain/verdict.ts';
import type { TableRow } from '../table.ts';
import type { View } from '../view.ts';
import type { StatusContext } from './status.ts';

/** What waits, as src/lib/flows/approval/list.ts gives it. */
export type WaitingTold = { environment: { name: string }; mine: boolean; forMe: boolean } & (
  | { kind: 'plan'; request: ApprovalRequest; standing: Standing }
  | {
      kind: 'run';
      run: {
        id: number;
        title: string;
        workflow: string;
        number: number;
        by: string;
        url: string;
        startedAt?: string;
      };
      pending: { environment: string; reviewers: readonly string[]; waitsUntil?: number };
    }
);

/** Everything that waits for approval: `!` waits for whoever looks, `·` for others, `✓` only to be carried out. */
export function approvalsView(
  all: readonly WaitingTold[],
  me: string | undefined,
  context: StatusContext,
): View[] {
  const { app, repository, now } = context;
  const parts = ['approvals', `${app}, ${repository}`, ...(me === undefined ? [] : [me])];
  const head: View = { kind: 'header', parts, at: now };
  if (all.length === 0) return [head, { kind: 'text', lines: ['  nothing waits for approval'] }];
  const rows = all.map((each) => rowOf(each, context));
  const table = { head: ['ENV', 'WHAT', 'PLAN, OR RUN', 'ASKED BY', 'SINCE'], rows };
  const next = all.filter((each) => each.forMe).map(commandOf);
  const [text = '', ...more] = next;
  return [
    head,
    { kind: 'table', table },
    ...(next.length === 0 ? [] : [{ kind: 'facts', facts: [{ label: 'next', text, more }] } as const]),
  ];
}

function rowOf(each: WaitingTold, context: StatusContext): TableRow {
  const { name } = each.environment;
  const who = (login: string): string => (each.mine ? `${login}, you` : login);
  if (each.kind === 'run') {
    const { run, pending } = each;
    const since = run.startedAt === undefined ? '' : sinceText(Date.parse(run.startedAt), context);
    const clock =
      pending.waitsUntil === undefined
        ? []
        : [`not before ${minute(pending.waitsUntil, context.zone, context.now)}`];
    return {
      mark: each.forMe ? 'warn' : 'idle',
      cells: [name, `${run.workflow} #${run.number}`, String(run.id), who(run.by), since],
      more: [
        `"${oneLine(run.title)}"`,
        [`waits for ${pending.reviewers.join(', ') || 'nobody'}`, ...clock].join(', '),
        run.url,
      ],
    };
  }
  const { request, standing } = each;
  const done = standing.state === 'approved';
  const altered = standing.state === 'altered';
  const end = `until ${minute(request.expiresAt, context.zone, context.now)}`;
  return {
    mark: altered ? 'fail' : markOf(each.forMe, done),
    cells: [
      name,
      `${request.verb} ${request.what}`,
      request.plan.slice(0, 12),
      who(request.requester),
      sinceText(request.askedAt, context),
    ],
    more: [
      altered
        ? 'its text was changed: nobody can approve it any more, and it is to be asked for again'
        : `${standing.roles.map(roleText).join('; ')}; ${end}`,
      request.url,
    ],
  };
}

function markOf(forMe: boolean, done: boolean): Mark {
  if (done) return 'ok';
  return forMe ? 'warn' : 'idle';
}

function roleText({ role, needed, votes, asked }: RoleStanding): string {
  const said = votes.map(({ by }) => by);
  if (votes.length >= needed) return `${role}: ${said.join(', ')} approved`;
  const left = asked.filter((each) => !said.includes(each));
  const of = needed === 1 ? '' : `${votes.length} of ${needed}, `;
  return `${role}: ${of}waits for ${left.join(', ')}`;
}

function sinceText(at: number, { zone, now }: StatusContext): string {
  return `${minute(at, zone, now)} (${age(now - at)})`;
}

function commandOf(each: WaitingTold): string {
  const which = each.kind === 'plan' ? '' : ` --run ${each.run.id}`;
  return `hd approve ${each.environment.name}${which} --comment WHY`;
}
