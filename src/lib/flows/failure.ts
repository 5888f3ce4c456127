import { InterruptedError } from '../domain/errors.ts';
import { withoutHost } from '../domain/names.ts';
import type { Plan } from '../domain/plan.ts';
import { releaseName, type Release } from '../domain/release.ts';
import type { StageFailure } from '../engine/execute.ts';
import type { Sight } from './observe.ts';
import type { Proof } from './prove.ts';
import type { Failure } from './told.ts';

/** A step that failed, in one sentence that names the release and the host. */
export function failureText(failure: StageFailure, plan: Plan): Failure {
  const [host = '', error] =
    [...failure.errors].find(([, each]) => !(each instanceof InterruptedError)) ?? [];
  const message = withoutHost(host, error?.message ?? failure.stage.name);
  const text = `${releaseName(plan.release)} on ${host}: ${message}`;
  return { text, facts: error?.facts ?? [] };
}

/** The check that failed first, with what was asked and what came back. */
export function proofText(proof: Proof, sight: Sight, release: Release): Failure {
  const worst =
    proof.findings.find((each) => each.state === 'failed') ??
    proof.findings.find((each) => each.state === 'unknown');
  const [unseen] = sight.unseen;
  if (worst === undefined) {
    const text = unseen === undefined ? 'no check could be run' : unseen.error.message;
    return { text, facts: [] };
  }
  const { evidence } = worst;
  const more = `${evidence.asked}, asked ${evidence.where === 'here' ? 'from here' : `on ${evidence.where}`}`;
  const facts =
    evidence.got === undefined || evidence.got.length === 0
      ? []
      : [{ label: 'seen', text: `what came back on ${worst.host}:`, foreign: evidence.got }];
  return {
    text: `${releaseName(release)} on ${worst.host}: ${worst.check}: ${worst.text}`,
    more: [more],
    facts,
  };
}
