import { Exit, type ExitCode } from '../../../domain/exit.ts';
import { servingOf } from '../../../domain/serving.ts';
import type { Fact, Mark } from '../../../domain/verdict.ts';
import type { Answer } from '../../answer.ts';
import { lastConfirmed, newestLedger, sameRelease } from '../../history.ts';
import type { Sight } from '../../observe.ts';
import type { Ended } from '../ended.ts';
import { againCommand, type Errand } from '../errand.ts';
import { answerOf, servesNow } from './answer.ts';

/** The run is over, and nothing of the plan was begun: why, in the words of whoever stopped it. */
export function notBegun(errand: Errand, ended: Ended, sight: Sight, services: readonly string[]): Answer {
  const { environment } = errand;
  const serves = servesNow(environment, sight, services);
  const how = endWord(ended);
  const same = isAsBefore(errand, sight, services);
  if (!same && !isAsRecorded(sight, services)) return notExplained(errand, how.facts, sight, services);
  return answerOf(errand, sight, services, {
    facts: how.facts,
    verdict: {
      ...{ mark: how.mark, outcome: how.outcome, exit: how.exit },
      headline: same ? `${serves}; nothing was changed` : serves,
      rows: [
        {
          label: 'next',
          commands: [{ remark: how.remark, command: againCommand(errand, ended.followed.run) }],
        },
      ],
    },
  });
}

/** Nothing of the plan is in the ledger, and a host is otherwise than it was, or was not seen. */
function notExplained(
  errand: Errand,
  facts: readonly Fact[],
  sight: Sight,
  services: readonly string[],
): Answer {
  const { name } = errand.environment;
  const [unseen] = sight.unseen;
  const text =
    unseen === undefined
      ? `no: ${name} serves what its ledger does not have as confirmed`
      : `not known: ${unseen.name} was not seen`;
  return answerOf(errand, sight, services, {
    facts,
    verdict: {
      mark: unseen === undefined ? 'fail' : 'warn',
      outcome: unseen === undefined ? 'not verified' : 'inconclusive',
      headline: servesNow(errand.environment, sight, services),
      exit: unseen === undefined ? Exit.notVerified : Exit.inconclusive,
      rows: [
        { label: 'safe', text },
        { label: 'next', commands: [{ command: ['hd', 'status', name] }] },
      ],
    },
  });
}

/** Somebody else has changed the hosts meanwhile, and the ledger says so. */
function isAsRecorded({ seen, unseen }: Sight, services: readonly string[]): boolean {
  const confirmed = lastConfirmed(newestLedger(seen.map((each) => each.observed.ledger)))?.release;
  const servings = seen.map((each) => servingOf(each.observed, services).release);
  return (
    unseen.length === 0 &&
    confirmed !== undefined &&
    servings.every((each) => each !== undefined && sameRelease(each, confirmed))
  );
}

/** Every host was seen to serve what it served before. */
function isAsBefore({ before }: Errand, sight: Sight, services: readonly string[]): boolean {
  return (
    sight.unseen.length === 0 &&
    sight.seen.every(({ observed }) => {
      const was = before.find((each) => each.host === observed.host);
      const now = servingOf(observed, services);
      if (was?.release === undefined || now.release === undefined)
        return was?.release === now.release && was?.unknown === now.unknown;
      return sameRelease(was.release, now.release);
    })
  );
}

interface EndWord {
  mark: Mark;
  outcome: string;
  exit: ExitCode;
  facts: readonly Fact[];
  remark: string;
}

function endWord({ followed, concluded, reviews, report }: Ended): EndWord {
  const rejected = reviews.find((each) => each.state === 'rejected');
  if (rejected !== undefined) {
    const { by, comment, environments } = rejected;
    const fact = { mark: 'fail' as const, label: environments.join(', '), text: `${by}: "${comment}"` };
    const remark = `once settled with ${by}`;
    return { mark: 'fail', outcome: 'rejected', exit: Exit.waiting, facts: [fact], remark };
  }
  const { conclusion = 'failure' } = followed.run;
  if (conclusion === 'cancelled') {
    const facts = [{ label: 'failed', text: 'the run was cancelled on GitHub' }];
    return { mark: 'warn', outcome: 'cancelled', exit: Exit.interrupted, facts, remark: 'to start it again' };
  }
  const said = report?.error;
  if (said !== undefined && BEFORE_EFFECT.has(said.exit)) {
    const facts = [{ label: 'failed', text: 'says the hd of the run:', foreign: [said.message] }];
    return {
      mark: 'fail',
      outcome: OUTCOMES[said.exit] ?? 'not deployed',
      exit: said.exit,
      facts,
      remark: 'once that is settled',
    };
  }
  const lines = concluded.ok || concluded.lines.length === 0 ? {} : { foreign: concluded.lines };
  const facts = [{ label: 'failed', text: concluded.text, ...lines }];
  return {
    mark: 'fail',
    outcome: 'not deployed',
    exit: Exit.notVerified,
    facts,
    remark: 'once that is mended',
  };
}

/** What an exit code of before the first effect is called; any other one speaks of a deployment, which the ledger would have. */
const OUTCOMES: Partial<Record<ExitCode, string>> = {
  2: 'usage',
  3: 'refused',
  4: 'not allowed',
  5: 'not verified',
  8: 'changed',
  10: 'waiting',
  11: 'unreachable',
};
const BEFORE_EFFECT: ReadonlySet<ExitCode> = new Set([2, 3, 4, 5, 8, 10, 11]);
