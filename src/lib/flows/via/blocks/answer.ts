import type { Environment } from '../../../domain/environment.ts';
import { servesText, servingOf } from '../../../domain/serving.ts';
import type { Fact, Verdict } from '../../../domain/verdict.ts';
import type { WorkflowRun } from '../../../ports.ts';
import type { Answer } from '../../answer.ts';
import type { Sight } from '../../observe.ts';
import { releaseJson } from '../../tell-json.ts';
import type { Errand } from '../errand.ts';

/** `orin serves v1.3.2 on 1 of 1 host`, as it was just seen. */
export function servesNow(environment: Environment, sight: Sight, services: readonly string[]): string {
  return servesText(
    environment.name,
    sight.seen.map((each) => servingOf(each.observed, services)),
    sight.unseen.map((each) => each.name),
  );
}

/** The end of a run that is no deployment's end: what the hosts serve is said as for any other. */
export function answerOf(
  { environment, plan, release }: Errand,
  sight: Sight,
  services: readonly string[],
  block: { facts: readonly Fact[]; verdict: Verdict },
  run?: WorkflowRun,
): Answer {
  const servings = sight.seen.map((each) => servingOf(each.observed, services));
  const { exit, outcome } = block.verdict;
  return {
    exit,
    block,
    json: {
      ...{ outcome: outcome.replaceAll(' ', '-'), environment: environment.name, plan },
      ...(release === undefined ? {} : { release: releaseJson(release) }),
      serves: [
        ...servings.map((each) => ({ host: each.host, version: each.release?.version ?? null })),
        ...sight.unseen.map(({ name }) => ({ host: name, version: null })),
      ],
      ...(run === undefined ? {} : { run: { id: run.id, number: run.number, url: run.url } }),
    },
  };
}
