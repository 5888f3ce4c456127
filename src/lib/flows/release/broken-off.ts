import { Exit, type ExitCode } from '../../domain/exit.ts';
import type { HdError } from '../../domain/errors.ts';
import type { EndBlock, Mark } from '../../domain/verdict.ts';
import { UNTOUCHED } from './end.ts';
import { again, changes, remains, type ReleaseState } from './state.ts';

const outcomes: Partial<Record<ExitCode, { outcome: string; mark: Mark }>> = {
  [Exit.refused]: { outcome: 'refused', mark: 'fail' },
  [Exit.notAllowed]: { outcome: 'not allowed', mark: 'fail' },
  [Exit.inconclusive]: { outcome: 'inconclusive', mark: 'warn' },
  [Exit.unreachable]: { outcome: 'unreachable', mark: 'fail' },
  [Exit.interrupted]: { outcome: 'interrupted', mark: 'warn' },
};

/** Stopped by the operator, or by something outside: what exists, and that the same command goes on. */
export function brokenOff(state: ReleaseState, error: HdError): EndBlock {
  const { tag = 'the version' } = state;
  const begun = state.tagIs !== 'absent';
  const exit = exitOf(state, error);
  const known = outcomes[exit] ?? { outcome: 'not released', mark: 'fail' as const };
  return {
    facts: [
      ...(exit === Exit.interrupted ? [] : [{ label: 'failed', text: error.message }, ...error.facts]),
      ...(begun ? [{ label: changes(state).length > 0 ? 'changed' : 'known', text: remains(state) }] : []),
    ],
    verdict: {
      mark: known.mark,
      outcome: error.outcome ?? known.outcome,
      headline: begun
        ? `${tag} is not finished; ${UNTOUCHED}`
        : `${tag} was not released; nothing was created`,
      exit,
      rows: [
        {
          label: 'next',
          commands: [
            ...error.next.slice(0, 2),
            { remark: begun ? 'goes on from here' : 'from the start', command: again(state) },
          ],
        },
      ],
    },
  };
}

/** Nobody could be reached: before the first effect that is exit 11, afterwards nobody knows, exit 9. */
function exitOf(state: ReleaseState, error: HdError): ExitCode {
  return error.exit === Exit.unreachable && state.tagIs !== 'absent' ? Exit.inconclusive : error.exit;
}
