import type { Environment } from '../../domain/environment.ts';
import { Exit } from '../../domain/exit.ts';
import { count } from '../../domain/names.ts';
import type { GateName } from '../../domain/policy.ts';
import type { Fact, Next, VerdictRow } from '../../domain/verdict.ts';
import { moment } from '../../domain/values.ts';
import type { Answer } from '../answer.ts';
import type { World } from '../world.ts';
import type { Judgement } from './judge.ts';
import { openers, refusalFacts, stops } from './rows.ts';

const MINUTE_MS = 60_000;

/** `Mon 2026-11-23 09:00`, without the offset that the header has said; the gates are open then, also by the second. */
export function slotText(at: number, zone: string): string {
  return moment(Math.ceil(at / MINUTE_MS) * MINUTE_MS, zone).replace(/ UTC.*$/, '');
}

/** When time alone will have opened every gate that it opens, or why it never will; neither if it opens none. */
export interface Slot {
  at?: number;
  /** Gates that are closed now, and that time does not open. */
  others: readonly string[];
  never: readonly string[];
}

export async function slotOf({ facts }: Judgement): Promise<Slot> {
  if (facts === undefined) return { others: [], never: [] };
  const { nextSlot } = await import('../../gates/deploy/index.ts');
  const slot = nextSlot(facts);
  if ('never' in slot) return { others: [], never: slot.never };
  const { at, others } = slot;
  return at > facts.now ? { at, others, never: [] } : { others, never: [] };
}

/** `no slot      staging's proof is too old by then`: a row, if there is anything to say. */
export function neverFacts({ never }: Slot): Fact[] {
  const [text, ...more] = never;
  return text === undefined ? [] : [{ label: 'no slot', text, more }];
}

/**
 * The answer to a change that gates refuse (screens.md, 5).
 * @param again the command as it was typed, with `hd`
 */
export async function refusedAnswer(
  world: World,
  environment: Environment,
  judgement: Judgement,
  serves: string,
  again: readonly string[],
): Promise<Answer> {
  const { verdicts, rules } = judgement;
  const closed = verdicts.filter(stops);
  const unknownOnly = closed.every((each) => each.state === 'unknown');
  const exit = unknownOnly ? Exit.unreachable : Exit.refused;
  const slots = await slotOf(judgement);
  const slot = slots.at;
  const commands: Next[] = [
    ...openers(verdicts),
    ...(slot === undefined
      ? []
      : [
          {
            remark: `wait until ${slotText(slot, world.zone)}`,
            command: [...withoutEmergency(again), '--at', 'next-slot'],
          },
        ]),
  ];
  if (unknownOnly) commands.push({ remark: 'once it answers', command: [...again] });
  else if (commands.length === 0)
    commands.push({ remark: 'every gate, and what opens it', command: ['hd', 'explain', environment.name] });
  const rows: VerdictRow[] = [{ label: 'next', commands: commands.slice(0, 3) }];
  if (closed.every((each) => rules.policy.breakGlass.includes(each.gate as GateName)))
    rows.push({ label: 'urgent', text: 'the same with --break-glass --incident REF --reason WHY' });
  return {
    exit,
    block: {
      facts: [...refusalFacts(verdicts), ...neverFacts(slots)],
      verdict: {
        mark: 'fail',
        outcome: unknownOnly ? 'unreachable' : 'refused',
        headline: `${serves}; nothing was changed`,
        exit,
        rows,
      },
    },
    json: {
      outcome: 'refused',
      environment: environment.name,
      gates: verdicts.map(gateJson),
      ...(slot === undefined ? {} : { nextSlot: new Date(slot).toISOString() }),
    },
  };
}

/** Of --break-glass: each takes a word but for itself and --again. */
const EMERGENCY = /^--(break-glass|again|incident|reason|skip)(=|$)/;

/** The command without what was tried in an emergency. */
function withoutEmergency(typed: readonly string[]): string[] {
  return typed.filter((word, index) => {
    const takes = /^--(incident|reason|skip)$/.test(typed[index - 1] ?? '');
    return !takes && !EMERGENCY.test(word);
  });
}

/** A verdict for machines. */
export function gateJson({
  gate,
  state,
  text,
  more = [],
  opensAt,
  closesAt,
  opensWith,
}: Judgement['verdicts'][number]): object {
  return {
    ...{ gate, state, text, more },
    ...(opensAt === undefined ? {} : { opensAt: new Date(opensAt).toISOString() }),
    ...(closesAt === undefined ? {} : { closesAt: new Date(closesAt).toISOString() }),
    ...(opensWith === undefined ? {} : { opensWith }),
  };
}

/** For a dry run: `2 gates are closed`, or nothing. */
export function closedCount(judgement: Judgement): string | undefined {
  const closed = judgement.verdicts.filter(stops).length;
  return closed === 0 ? undefined : `${count(closed, 'gate is', 'gates are')} closed`;
}
