import { Args } from '@oclif/core';
import { HdCommand, type Result } from '../lib/command.ts';
import { confirmChange } from '../lib/confirm.ts';
import { readPlanFile } from '../lib/domain/plan-file.ts';
import { applyPlan } from '../lib/flows/plan-file.ts';
import {
  gateFlags,
  gatesOf,
  limitsOf,
  mutatingFlags,
  runFlags,
  signingFlags,
  slotFlags,
  stepsFlags,
} from '../lib/mutating.ts';
import { resultOf } from '../lib/result.ts';
import { worldOf } from '../lib/world.ts';

export default class Apply extends HdCommand<typeof Apply> {
  static override summary = 'run a plan that was kept';
  static override examples = [
    { command: 'hd apply plan.json', description: 'plan again, and do it if it is the same' },
    { command: 'hd apply plan.json --dry-run', description: 'only look whether it is' },
    { command: 'hd apply plan.json --confirm prod', description: 'in CI: nothing is asked' },
  ];
  static override args = {
    plan: Args.string({ required: true, description: 'a file of hd plan -o; - is stdin' }),
  };
  static override flags = {
    ...mutatingFlags,
    ...slotFlags,
    ...gateFlags,
    ...runFlags,
    ...signingFlags,
    ...stepsFlags,
  };
  static exits = {
    0: 'confirmed, or nothing to do',
    2: 'no plan',
    3: 'refused by a gate',
    4: 'not allowed',
    5: 'the plan was altered',
    6: 'failed and rolled back',
    7: 'the rollback failed too, or there was none',
    8: 'locked, or something has changed since the plan',
    9: 'timed out, or not known',
    10: 'waiting for approval, or rejected',
    11: "something can't be reached",
  };

  async execute(): Promise<Result> {
    const { plan: path } = this.args;
    const { readInput } = await import('../lib/adapters/files.ts');
    const file = readPlanFile(path, await readInput(path), this.config.version);
    const world = await worldOf(this.app, {
      onLeave: (say) => (this.leaving = say),
      signingKey: this.flags['signing-key'],
      ...limitsOf(this.flags),
    });
    return resultOf(
      await applyPlan(world, path, file, {
        dryRun: this.flags['dry-run'],
        gates: gatesOf(this.flags, this.app.prompt.interactive),
        steps: this.flags.steps,
        typed: ['hd', 'apply', ...this.argv],
        confirm: ({ name, production }, text) =>
          confirmChange(this.app, { environment: name, production, text }, this.flags, [
            'apply',
            ...this.argv,
          ]),
      }),
    );
  }
}
