import { isUnknown, type WindowPolicy } from '../../domain/policy.ts';
import type { GateVerdict } from '../gate.ts';
import type { DeployGate, TimeFacts } from './gate.ts';
import { Calendar, HORIZON_DAYS, type OpenTime } from './open-times.ts';
import { clockOf, closes, dayOf, differs, opens, timeAt } from './when.ts';

const DAY = 24 * 3_600_000;

/**
 * A deployment begins within the policy's days and hours, on no holiday, in no blackout and no freeze (S4-103,
 * S4-149…151). Hours are those that clocks of the policy's zone show, summer and winter (T19).
 */
export const window: DeployGate<TimeFacts> = {
  name: 'window',
  judge(facts) {
    const policy = facts.policy.window;
    if (policy === undefined) return { state: 'skipped', text: 'no window is asked for' };
    const calendar = new Calendar(policy, isUnknown(facts.holidays) ? [] : facts.holidays);
    const [next] = calendar.openTimes(facts.now);
    const soon = closedSoon(facts, policy, calendar);
    if (next === undefined || next.from > facts.now) return closed(facts, policy, calendar, next, soon);
    if (isUnknown(facts.holidays))
      return {
        state: 'unknown',
        text: `the public holidays of ${policy.holidays ?? 'the country'} are not known: ${facts.holidays.unknown}`,
      };
    const text = `${nowText(facts, policy)}; ${rule(facts, policy)}`;
    if (isBeyond(next.to, facts)) return { state: 'open', text, more: soon };
    return { state: 'open', text, more: [closes(next.to, facts, policy.zone), ...soon], closesAt: next.to };
  },
};

function closed(
  facts: TimeFacts,
  policy: WindowPolicy,
  calendar: Calendar,
  next: OpenTime | undefined,
  soon: readonly string[],
): Omit<GateVerdict, 'gate'> {
  const why = closedNow(facts, policy, calendar);
  const text = `${nowText(facts, policy)}${why === undefined ? '' : `, ${why}`}; ${rule(facts, policy)}`;
  if (next === undefined || isBeyond(next.from, facts))
    return { state: 'closed', text, more: [`does not open within ${HORIZON_DAYS} days`, ...soon] };
  return { state: 'closed', text, more: [opens(next.from, facts, policy.zone), ...soon], opensAt: next.from };
}

function isBeyond(at: number, { now }: TimeFacts): boolean {
  return at > now + HORIZON_DAYS * DAY;
}

const LONG: Readonly<Record<string, string>> = {
  Mon: 'Monday',
  Tue: 'Tuesday',
  Wed: 'Wednesday',
  Thu: 'Thursday',
  Fri: 'Friday',
  Sat: 'Saturday',
  Sun: 'Sunday',
};

/** `Saturday 11:20`, and what the policy's clocks show if it is something else. */
function nowText({ now, zone }: TimeFacts, policy: WindowPolicy): string {
  const own = `${LONG[dayOf(now, zone).slice(0, 3)] ?? ''} ${clockOf(now, zone)}`;
  if (!differs(now, zone, policy.zone)) return own;
  const [there, here] = [dayOf(now, policy.zone), dayOf(now, zone)];
  const weekday = there === here ? '' : `${there.slice(0, 3)} `;
  return `${own} (${weekday}${clockOf(now, policy.zone)} ${policy.zone})`;
}

/** `open mon to thu, 09:00 to 15:00`; `there`, if the policy has another clock. */
function rule({ now, zone }: TimeFacts, policy: WindowPolicy): string {
  const where = differs(now, zone, policy.zone) ? ' there' : '';
  return `open ${daysText(policy.days)}, ${policy.from} to ${policy.to}${where}`;
}

const WEEK = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** `every day`, `mon to thu`, `mon, wed, fri`. */
function daysText(days: WindowPolicy['days']): string {
  if (days.length === WEEK.length) return 'every day';
  const indexes = WEEK.flatMap((day, index) => (days.includes(day) ? [index] : []));
  const runs: number[][] = [];
  for (const index of indexes) {
    const run = runs.at(-1);
    if (run !== undefined && run.at(-1) === index - 1) run.push(index);
    else runs.push([index]);
  }
  const name = (index: number | undefined): string => (index === undefined ? '' : (WEEK[index] ?? ''));
  return runs
    .map((run) => (run.length > 2 ? `${name(run[0])} to ${name(run.at(-1))}` : run.map(name).join(', ')))
    .join(', ');
}

/** `Thanksgiving Day`, `Year end until Sat 2027-01-02`; undefined if it is only not the time. */
function closedNow(facts: TimeFacts, policy: WindowPolicy, calendar: Calendar): string | undefined {
  const freeze = policy.freezes.find(({ from, to }) => from <= facts.now && facts.now < to);
  if (freeze !== undefined) return `${freeze.why} until ${timeAt(freeze.to, facts, policy.zone)}`;
  const today = calendar.dateOf(facts.now);
  const closure = calendar.closure(today);
  if (closure === undefined) return undefined;
  return closure.last === today ? closure.why : `${closure.why} until ${dateText(closure.last)}`;
}

const SOON_DAYS = 7;

/** `closed Thu 2026-11-26, Thanksgiving Day`: the next day of the coming week on which the window is closed by name. */
function closedSoon(facts: TimeFacts, policy: WindowPolicy, calendar: Calendar): readonly string[] {
  const today = calendar.dateOf(facts.now);
  const found = [...closedDays(today, calendar), ...freezesSoon(facts, policy)].sort((a, b) => a.at - b.at);
  return found.slice(0, 1).map(({ text }) => text);
}

interface Soon {
  at: number;
  text: string;
}

function closedDays(today: string, calendar: Calendar): readonly Soon[] {
  let running = calendar.closure(today)?.why;
  for (let day = 1; day <= SOON_DAYS; day += 1) {
    const date = calendar.dateAfter(today, day);
    const closure = calendar.closure(date);
    if (closure !== undefined && closure.why !== running && calendar.concerns(date)) {
      const to = closure.last === date ? '' : ` to ${dateText(closure.last)}`;
      return [{ at: calendar.startOf(date), text: `closed ${dateText(date)}${to}, ${closure.why}` }];
    }
    running = closure?.why;
  }
  return [];
}

function freezesSoon(facts: TimeFacts, { zone, freezes }: WindowPolicy): readonly Soon[] {
  const until = facts.now + SOON_DAYS * DAY;
  return freezes
    .filter(({ from }) => facts.now < from && from <= until)
    .map(({ from, to, why }) => ({
      at: from,
      text: `closed ${timeAt(from, facts, zone)} to ${timeAt(to, facts, zone)}, ${why}`,
    }));
}

/** `Thu 2026-11-26`. */
function dateText(date: string): string {
  return dayOf(Date.parse(`${date}T12:00:00Z`), 'UTC');
}
