import type { Fact, Next } from '../../domain/verdict.ts';
import { count, list } from '../../domain/names.ts';
import { duration, time } from '../../domain/values.ts';
import { gateMarks, type GateVerdict } from '../../gates/gate.ts';

/** States that stop a deployment now. */
export function stops({ state }: GateVerdict): boolean {
  return state === 'closed' || state === 'unknown';
}

/** Closed ones first, each with its evidence; what is open folds into one row (screens.md, 5). */
export function refusalFacts(verdicts: readonly GateVerdict[]): Fact[] {
  const open = verdicts.filter((each) => each.state === 'open');
  const unproven = verdicts.filter((each) => each.state === 'unproven');
  const waiting = verdicts.filter((each) => each.state === 'waiting' || each.state === 'skipped');
  const closed = verdicts.filter(stops);
  const names = open.map((each) => each.gate).join(', ');
  return [
    ...closed.map(factOf),
    ...unproven.map(factOf),
    ...(open.length === 0 ? [] : [{ mark: 'ok' as const, label: `${open.length} open`, text: names }]),
    ...waiting.map((each) => ({
      ...factOf(each),
      ...(each.state === 'waiting' ? { text: 'not asked while another gate is closed', more: [] } : {}),
    })),
  ];
}

/** A gate as a row of its own. */
export function factOf(verdict: GateVerdict): Fact {
  const { gate, state, text, more } = verdict;
  return { mark: gateMarks[state], label: gate, text, ...(more === undefined ? {} : { more }) };
}

/** `11 of 11 open; the next to close: window at 15:00, in 4h 49m`, for the preview of a change that may begin. */
export function openFact(verdicts: readonly GateVerdict[], now: number, zone: string): Fact {
  const asked = verdicts.filter((each) => each.state !== 'skipped');
  if (asked.length === 0)
    return {
      label: 'gates',
      text: `not asked of a rollback: ${verdicts.map((each) => each.gate).join(', ')}`,
    };
  const open = asked.filter((each) => each.state === 'open' || each.state === 'unproven');
  const [next] = open
    .flatMap(({ gate, closesAt }) => (closesAt === undefined ? [] : [{ gate, closesAt }]))
    .sort((a, b) => a.closesAt - b.closesAt);
  const until =
    next === undefined
      ? ''
      : `; the next to close: ${next.gate} at ${shortTime(next.closesAt, zone, now)}, in ${duration(next.closesAt - now)}`;
  const rest = asked.filter((each) => each.state === 'waiting').map((each) => each.gate);
  const waiting = rest.length === 0 ? '' : `; then ${list(rest, 'and')}`;
  const mark = open.some((each) => each.state === 'unproven') ? 'warn' : 'ok';
  return { mark, label: 'gates', text: `${open.length} of ${asked.length} open${waiting}${until}` };
}

/** `15:00` today, else with its date. */
function shortTime(at: number, zone: string, now: number): string {
  return time(at, zone, now).replace(/^(\d\d:\d\d):\d\d$/, '$1');
}

/** The commands that open gates, without those that stand twice. */
export function openers(verdicts: readonly GateVerdict[]): Next[] {
  const commands = verdicts
    .filter(stops)
    .flatMap(({ opensWith }) => (opensWith === undefined ? [] : [opensWith]));
  return [...new Map(commands.map((command) => [command.join(' '), { command }])).values()];
}

/** A line each, for the ledger. */
export function evidenceOf(verdicts: readonly GateVerdict[]): string[] {
  return verdicts.map(({ gate, state, text }) => `${gate} ${state}: ${text}`);
}

/** `2 gates are closed: window, promoted_from`. */
export function closedText(verdicts: readonly GateVerdict[]): string {
  const closed = verdicts.filter(stops).map((each) => each.gate);
  return `${count(closed.length, 'gate is', 'gates are')} closed: ${closed.join(', ')}`;
}
