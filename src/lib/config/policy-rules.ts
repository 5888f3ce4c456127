import { list } from '../domain/names.ts';
import { parsePeriod } from './duration.ts';
import { child, type Flaw, type Located } from './located.ts';
import { nearest } from './nearest.ts';

/** What a policy's rules need to know of the rest of hd.yml. */
export interface Surroundings {
  /** The environment's own name, and those of all. */
  name: string;
  environments: readonly string[];
  roles: Located | undefined;
}

/** What the keys of a policy demand of each other, of the roles, and of the environment. */
export function policyChecks(environment: Located, around: Surroundings): readonly Flaw[] {
  const policy = child(environment, 'policy');
  if (policy?.kind !== 'map') return [];
  const approvals = child(policy, 'approvals');
  return [
    ...reviewedByGitHub(environment, approvals),
    ...quorumChecks(approvals, around.roles),
    ...quorumChecks(child(policy, 'rollback_approvals'), around.roles),
    ...windowChecks(child(policy, 'window')),
    ...promotionChecks(child(child(policy, 'promoted_from'), 'environment'), around),
    ...askingChecks(child(policy, 'asking')),
  ];
}

function at(node: Located): Pick<Flaw, 'span' | 'path'> {
  return { span: node.span, path: node.path };
}

function beside(node: Located | undefined): Pick<Flaw, 'beside'> {
  return node === undefined ? {} : { beside: node };
}

function textOf(node: Located | undefined): string | undefined {
  return node?.kind === 'scalar' && typeof node.value === 'string' ? node.value : undefined;
}

/** GitHub asks its reviewers when a run of the workflow comes to the environment, and at no other time. */
function reviewedByGitHub(environment: Located, approvals: Located | undefined): Flaw[] {
  if (approvals === undefined || textOf(approvals) !== 'github') return [];
  const via = child(environment, 'via');
  if (textOf(via) === 'workflow') return [];
  const message = 'needs the environment to be deployed by its workflow';
  const write = 'via: workflow; or policy: {approvals: {tech-lead: 1}}';
  return [{ ...at(approvals), message, write, ...beside(via) }];
}

interface Share {
  role: string;
  wanted: number;
  node: Located;
  /** Undefined if one of them is a team: who is in it, only GitHub knows. */
  logins: readonly string[] | undefined;
}

function quorumChecks(quorum: Located | undefined, roles: Located | undefined): Flaw[] {
  if (quorum?.kind !== 'map') return [];
  const known = roles?.kind === 'map' ? [...roles.entries.keys()] : [];
  const flaws: Flaw[] = [];
  const shares: Share[] = [];
  for (const [role, { key, value }] of quorum.entries) {
    if (!known.includes(role)) {
      const fix =
        known.length === 0
          ? { write: `roles: {${role}: [login-a]}, at the top level` }
          : nearest(role, known);
      // Where it is written: a quorum that adds to an inherited one does not write it again.
      const path = value.path.slice(0, -1);
      flaws.push({ span: key, path, message: `no such role, ${role}`, ...fix });
      continue;
    }
    const count = value.kind === 'map' ? child(value, 'count') : value;
    const wanted = count === undefined ? 1 : count.kind === 'scalar' ? Number(count.value) : NaN;
    if (Number.isInteger(wanted))
      shares.push({ role, wanted, node: count ?? value, logins: loginsOf(child(roles, role)) });
  }
  const short = shares.filter(({ logins, wanted }) => logins !== undefined && wanted > logins.length);
  for (const { role, wanted, node, logins = [] } of short) {
    const message = `${role} has ${logins.length} ${logins.length === 1 ? 'login' : 'logins'}, ${wanted} are wanted`;
    flaws.push({ ...at(node), message, write: `${logins.length}, or more logins in roles.${role}` });
  }
  const left = short.length > 0 ? undefined : withoutSeat(shares);
  if (left !== undefined) {
    const message = `nobody is left for ${left}: one person fills one role`;
    flaws.push({ ...at(quorum), message, write: 'more logins in the roles, or fewer of them here' });
  }
  return flaws;
}

/** In small letters, each once: GitHub's logins are the same in any case. */
function loginsOf(role: Located | undefined): readonly string[] | undefined {
  if (role?.kind !== 'list') return undefined;
  const names = role.items.map((item) => textOf(item)?.toLowerCase());
  const logins = names.flatMap((name) => (name === undefined || name.includes('/') ? [] : [name]));
  return logins.length === names.length ? [...new Set(logins)] : undefined;
}

/** The role for which nobody is left when every person fills one seat; augmenting paths, one a seat. */
function withoutSeat(shares: readonly Share[]): string | undefined {
  const seats = shares.flatMap(({ role, wanted, logins }) =>
    logins === undefined ? [] : Array.from({ length: wanted }, () => ({ role, logins })),
  );
  const taken = new Map<string, (typeof seats)[number]>();
  const seat = (wanting: (typeof seats)[number], tried: Set<string>): boolean =>
    wanting.logins.some((login) => {
      if (tried.has(login)) return false;
      tried.add(login);
      const holder = taken.get(login);
      if (holder !== undefined && !seat(holder, tried)) return false;
      taken.set(login, wanting);
      return true;
    });
  return seats.find((each) => !seat(each, new Set()))?.role;
}

function windowChecks(window: Located | undefined): Flaw[] {
  const [from, to] = [child(window, 'from'), child(window, 'to')];
  const flaws: Flaw[] = [];
  if (to !== undefined && textOf(to) !== undefined && textOf(from) === textOf(to)) {
    const message = 'the window ends when it begins';
    const write = 'from: "00:00", to: "24:00" for the whole day';
    flaws.push({ ...at(to), message, write, ...beside(from) });
  }
  const blackouts = child(window, 'blackouts');
  for (const item of blackouts?.kind === 'list' ? blackouts.items : [])
    flaws.push(...rangeChecks(item, isDayRange));
  const freezes = child(window, 'freezes');
  for (const item of freezes?.kind === 'list' ? freezes.items : [])
    flaws.push(...rangeChecks(item, isTimeRange));
  return flaws;
}

/** @param wrong what is wrong with it, if anything */
function rangeChecks(item: Located, wrong: (from: string, to: string) => string | undefined): Flaw[] {
  const [from, to] = [textOf(child(item, 'from')), child(item, 'to')];
  const end = textOf(to);
  const message = from === undefined || end === undefined ? undefined : wrong(from, end);
  return to === undefined || message === undefined ? [] : [{ ...at(to), message }];
}

/** Days of every year may go over New Year: `12-24` to `01-02`. */
function isDayRange(from: string, to: string): string | undefined {
  if (from.length !== to.length) return `with a year or without one, as its beginning: ${from}`;
  return from.length > '12-24'.length && to < from ? `is before its beginning, ${from}` : undefined;
}

function isTimeRange(from: string, to: string): string | undefined {
  return Date.parse(to) <= Date.parse(from) ? `is not after its beginning, ${from}` : undefined;
}

function promotionChecks(from: Located | undefined, { name, environments }: Surroundings): Flaw[] {
  const named = textOf(from);
  if (from === undefined || named === undefined) return [];
  const others = environments.filter((each) => each !== name);
  if (named === name) {
    return [{ ...at(from), message: `${name} can't be promoted from itself`, write: list(others, 'or') }];
  }
  if (environments.includes(named)) return [];
  return [{ ...at(from), message: `no such environment, ${named}`, ...nearest(named, others) }];
}

const EXPIRE = '24h';

/** What would come when the request is over already never comes. */
function askingChecks(asking: Located | undefined): Flaw[] {
  const given = child(asking, 'expire');
  const expire = textOf(given) ?? EXPIRE;
  const end = parsePeriod(expire) ?? Infinity;
  return [child(asking, 'remind'), child(child(asking, 'escalate'), 'after')].flatMap((node) => {
    const ms = parsePeriod(textOf(node) ?? '');
    if (node === undefined || ms === undefined || ms < end) return [];
    return [{ ...at(node), message: `is not before the request expires, ${expire}`, ...beside(given) }];
  });
}
