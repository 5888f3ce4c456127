import { Exit } from '../../../domain/exit.ts';
import { releaseName, type Release } from '../../../domain/release.ts';
import { servingOf } from '../../../domain/serving.ts';
import type { Next, VerdictRow } from '../../../domain/verdict.ts';
import type { Answer } from '../../answer.ts';
import { sameRelease } from '../../history.ts';
import type { Sight } from '../../observe.ts';
import type { Proof } from '../../prove.ts';
import { againCommand, type Errand } from '../errand.ts';
import { answerOf, servesNow } from './answer.ts';

/** A green run, and the hosts are otherwise: a wrong answer is exit 5, no answer exit 9. */
export function notThere(
  errand: Errand,
  sight: Sight,
  services: readonly string[],
  proved: { release?: Release; proof?: Proof | undefined } = {},
): Answer {
  const { environment } = errand;
  const { release = errand.release, proof } = proved;
  const name = release === undefined ? `plan ${errand.plan.slice(0, 12)}` : releaseName(release);
  const servings = sight.seen.map((each) => servingOf(each.observed, services));
  const other =
    release !== undefined &&
    servings.some((each) => each.release === undefined || !sameRelease(each.release, release));
  const bad = proof?.findings.find((each) => each.state === 'failed');
  const silent = proof?.findings.find((each) => each.state === 'unknown');
  const wrong = other || bad !== undefined || release === undefined;
  const [unseen] = sight.unseen;
  const failed = wrong
    ? bad !== undefined && !other
      ? `the run was green, and ${name} is not proved: ${bad.host}: ${bad.check}: ${bad.text}`
      : `the run was green, and did not put ${name} on ${environment.name}`
    : `the run was green, and ${name} can't be proved: ${unseen?.error.message ?? silent?.text ?? 'no check could be asked'}`;
  return answerOf(errand, sight, services, {
    facts: [{ label: 'failed', text: failed }],
    verdict: {
      mark: wrong ? 'fail' : 'warn',
      outcome: wrong ? 'not verified' : 'inconclusive',
      headline: servesNow(environment, sight, services),
      exit: wrong ? Exit.notVerified : Exit.inconclusive,
      rows: [safeRow(sight, proof), { label: 'next', commands: lookNext(errand) }],
    },
  });
}

function safeRow({ unseen: [unseen] }: Sight, proof: Proof | undefined): VerdictRow {
  const label = 'safe';
  if (unseen !== undefined) return { label, text: `not known: ${unseen.name} was not seen` };
  if (proof === undefined) return { label, text: 'not known: what serves was not verified' };
  const passed = `${proof.passed} of ${proof.of} checks`;
  if (proof.whole) return { label, text: `yes: ${passed} passed, of what was confirmed before` };
  const bad = proof.findings.find((each) => each.state === 'failed');
  return bad === undefined
    ? { label, text: `not known: ${passed} passed` }
    : { label, text: `no: ${bad.host}: ${bad.check}: ${bad.text}` };
}

function lookNext(errand: Errand): readonly Next[] {
  const { name } = errand.environment;
  return [
    { remark: 'look at the hosts', command: ['hd', 'status', name] },
    { remark: 'once the workflow does what it says', command: againCommand(errand) },
  ];
}
