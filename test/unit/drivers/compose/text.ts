import assert from 'node:assert/strict';
import type { Action, Stage } from '../../../../src/lib/domain/plan.ts';
import { drivers } from '../../../../src/lib/drivers/index.ts';
import type { Target } from '../../../../src/lib/drivers/driver.ts';
import type { Environment } from '../../../../src/lib/domain/environment.ts';
import type { ObservedHost } from '../../../../src/lib/domain/observed.ts';

/** The plan of one host reads as the text, a line a step: what is done, and why. */
export function plans(
  environment: Environment,
  target: Target,
  observed: ObservedHost,
  golden: string,
): void {
  const { stages } = drivers.compose.plan(environment, target, observed);
  assert.equal(planText(stages), golden.replace(/^\n/, '').replace(/\n *$/, ''));
}

/** A stage's name, what and cause, then its steps; digests are cut to twelve digits. */
function planText(stages: readonly Stage[]): string {
  const lines = stages.flatMap((stage) => [
    `${stage.name} | ${stage.what} | ${stage.because}`,
    ...stage.steps.flatMap((step) => [
      `  ${step.cause}:`,
      ...actionLines(step.action).map((line) => `    ${line}`),
    ]),
  ]);
  return lines.join('\n').replace(/sha256:([0-9a-f]{12})[0-9a-f]{52}/g, 'sha256:$1');
}

function actionLines(action: Action): string[] {
  switch (action.kind) {
    case 'run':
      return [`run ${action.argv.join(' ')}`];
    case 'ship':
      return [
        `ship ${action.directory}: ${[...action.files, ...action.generated].map((each) => each.path).join(' ')}`,
      ];
    case 'settle':
      return [`settle ${action.services.join(' ')}: ${action.settleMs}ms of ${action.timeoutMs}ms`];
    case 'point':
      return [`point ${action.link} to ${action.target}`];
  }
}
