import type { RoleStanding, Standing, Vote } from '../../domain/approval.ts';
import { isFilled } from '../../domain/approval/count.ts';
import { oneLine } from '../../domain/approval/markdown.ts';
import type { Event } from '../../domain/event.ts';
import { list } from '../../domain/names.ts';
import { age, minute } from '../../domain/values.ts';
import type { Fact, Mark } from '../../domain/verdict.ts';

/** When a row is drawn, and in which zone. */
export interface Now {
  now: number;
  zone: string;
}

/** Of a comment, in a row. */
const QUOTED = 60;
const STAGE = 'approve';

/** How an approval stands, as live rows (screens.md, 6). */
export function waitingEvents(standing: Standing, { now, zone }: Now): Event[] {
  const { request, roles, notCounted } = standing;
  if (request === undefined) return [];
  const clock = (at: number): string => minute(at, zone, now);
  const asked = `asked ${clock(request.askedAt)} (${age(now - request.askedAt)} ago)`;
  const link = `plan ${standing.plan.slice(0, 12)}: ${request.url}`;
  const text = `${votesText(roles)}, ${asked}, until ${clock(request.expiresAt)}`;
  const item = (name: string, mark: Mark, serves: string, said: string): Event => ({
    ...{ type: 'item', stage: STAGE, name, mark, text: said },
    ...(serves === '' ? {} : { serves }),
  });
  return [
    { type: 'stage', name: STAGE, mark: 'busy', text, link, forPeople: true },
    ...roles.map((each): Event => {
      const [only] = each.votes;
      if (isFilled(each) && only !== undefined && each.votes.length === 1)
        return item(each.role, 'ok', only.by, `${clock(only.at)}  ${quoted(only)}`);
      const said = each.votes.map((vote) => `${vote.by} ${clock(vote.at)}`).join(', ');
      if (isFilled(each)) return item(each.role, 'ok', '', said);
      const since = [`asked ${clock(request.askedAt)}`, ...reminded(standing, clock)].join(', ');
      const of =
        each.needed === 1 ? '' : `${each.votes.length} of ${each.needed}${said === '' ? '' : `: ${said}`}; `;
      return item(each.role, 'busy', whoIsLeft(each), of + since);
    }),
    ...notCounted.map(({ by, why }) => item(by, 'warn', '', `does not count: ${why}`)),
  ];
}

/** The row that stays when the waiting is over. */
export function waitedEvent({ state, roles, rejected }: Standing): Event {
  const people = roles.flatMap(({ votes }) => votes.map(({ by, role }) => `${by} (${role})`));
  const base = { type: 'stage', name: STAGE } as const;
  if (state === 'approved') return { ...base, mark: 'ok', text: `${votesText(roles)}: ${people.join(', ')}` };
  if (state === 'waiting') return { ...base, mark: 'idle', text: `${votesText(roles)}, the request stays` };
  return { ...base, mark: 'fail', text: rejected === undefined ? state : `rejected by ${rejected.by}` };
}

/** Roles are rows as gates are: with their text in column 20, however short their names. */
const NAME = 9;

/** A row for each role, and for each word that does not count. */
export function roleFacts(standing: Standing, { now, zone }: Now, opens: readonly string[]): Fact[] {
  const { request, roles, notCounted, rejected } = standing;
  const clock = (at: number): string => minute(at, zone, now);
  const end =
    request === undefined ? '' : `, asked ${clock(request.askedAt)}, until ${clock(request.expiresAt)}`;
  const rows = roles.map((each): Fact => {
    const said = each.votes.map((vote) => `${vote.by}, ${clock(vote.at)}`).join('; ');
    if (rejected?.role === each.role) {
      const text = `${rejected.by}, ${clock(rejected.at)}: ${quoted(rejected)}`;
      return { mark: 'fail', label: each.role.padEnd(NAME), text };
    }
    if (isFilled(each)) return { mark: 'ok', label: each.role.padEnd(NAME), text: said };
    const of =
      each.needed === 1 ? '' : `${each.votes.length} of ${each.needed}${said === '' ? '' : `: ${said}`}; `;
    return { mark: 'idle', label: each.role.padEnd(NAME), text: of + whoIsLeft(each) + end };
  });
  const last = rows.findLastIndex(({ mark }) => mark === 'idle');
  const opened = rows.map((row, index) =>
    index === last && opens.length > 0 ? { ...row, more: opens } : row,
  );
  const left = notCounted.map(({ by, why }): Fact => ({
    mark: 'warn',
    label: by,
    text: `does not count: ${why}`,
  }));
  return [...opened, ...left];
}

/** `1 of 2`. */
function votesText(roles: readonly RoleStanding[]): string {
  const sum = (of: (role: RoleStanding) => number): number => roles.reduce((all, role) => all + of(role), 0);
  return `${sum(({ votes }) => votes.length)} of ${sum(({ needed }) => needed)}`;
}

/** `once login-c has approved`, `once tech-lead and qa-lead have approved`. */
export function onceApproved(roles: readonly RoleStanding[]): string {
  const open = roles.filter((role) => !isFilled(role));
  const [only] = open;
  if (only !== undefined && open.length === 1) return `once ${whoIsLeft(only)} has approved`;
  const names = open.map(({ role }) => role);
  return `once ${list(names, 'and')} have approved`;
}

/** Who of a role has not answered: `login-c, login-d or acme/leads`. */
function whoIsLeft({ asked, votes }: RoleStanding): string {
  const said = new Set(votes.map((vote) => vote.by.toLowerCase()));
  const left = asked.filter((each) => !said.has(each.toLowerCase()));
  const more = left.length - SHOWN;
  if (left.length === 0) return 'nobody';
  return more > 1 ? `${left.slice(0, SHOWN).join(', ')} or ${more} more` : list(left, 'or');
}

const SHOWN = 3;

function reminded({ reminded: at, escalated }: Standing, clock: (at: number) => string): string[] {
  return [
    ...(at === undefined ? [] : [`reminded ${clock(at)}`]),
    ...(escalated === undefined ? [] : [`escalated ${clock(escalated)}`]),
  ];
}

function quoted({ comment }: Vote): string {
  return `"${oneLine(comment, QUOTED)}"`;
}
