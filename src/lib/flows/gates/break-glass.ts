import { HdError, UsageError } from '../../domain/errors.ts';
import { Exit } from '../../domain/exit.ts';
import { list } from '../../domain/names.ts';
import type { Fact } from '../../domain/verdict.ts';
import type { GateVerdict } from '../../gates/gate.ts';
import { stops } from './rows.ts';

/** An emergency: `--break-glass --incident REF --reason WHY`. */
export interface BreakGlassWish {
  incident: string;
  reason: string;
  /** `--skip`: these gates alone; without it all that are closed. */
  skip?: readonly string[];
  /** `--again`: also while the last one is not reviewed. */
  again?: boolean;
}

/**
 * Which gates are skipped: those that are closed or wait for people, as far as they are named and the policy lets them
 * be skipped.
 * @param allowed what the policy lets be skipped
 * @throws UsageError for a name that is no gate here; HdError exit 3 for one that may not be skipped
 */
export function skippedGates(
  verdicts: readonly GateVerdict[],
  allowed: readonly string[],
  { skip }: BreakGlassWish,
): readonly GateVerdict[] {
  const names = verdicts.map((each) => each.gate);
  const stranger = skip?.find((name) => !names.includes(name));
  if (stranger !== undefined)
    throw new UsageError(`${stranger} is no gate of this environment`, list(names, 'or'));
  const kept = skip?.find((name) => !allowed.includes(name));
  if (kept !== undefined) throw notSkipped([kept], []);
  const shut = verdicts.filter((each) => stops(each) || each.state === 'waiting');
  const wanted = shut.filter((each) => skip === undefined || skip.includes(each.gate));
  // What waits for people is not skipped unasked where the policy does not let it.
  const forbidden = wanted.filter(
    (each) => !allowed.includes(each.gate) && (stops(each) || skip !== undefined),
  );
  if (forbidden.length > 0)
    throw notSkipped(
      forbidden.map((each) => each.gate),
      forbidden,
    );
  return wanted.filter((each) => allowed.includes(each.gate));
}

function notSkipped(names: readonly string[], [first]: readonly GateVerdict[]): HdError {
  const message = `${list(names, 'and')} may not be skipped, not even in an emergency`;
  const facts: Fact[] =
    first === undefined ? [] : [{ label: 'seen', text: first.text, more: first.more ?? [] }];
  return new HdError('gate-not-skipped', Exit.refused, message, { facts });
}
