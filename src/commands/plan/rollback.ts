import { Args, Flags } from '@oclif/core';
import { HdCommand, type Result } from '../../lib/command.ts';
import { environmentNamed } from '../../lib/flows/environments.ts';
import { rollback } from '../../lib/flows/rollback.ts';
import { keptPlan, planFlags } from '../../lib/keep-plan.ts';
import { worldOf } from '../../lib/world.ts';

export default class PlanRollback extends HdCommand<typeof PlanRollback> {
  static override summary = 'what going back would do';
  static override examples = [
    { command: 'hd plan rollback prod', description: 'as hd rollback --dry-run' },
    { command: 'hd plan rollback prod --to v1.3.2 -o plan.json', description: 'keep it for hd apply' },
  ];
  static override args = { env: Args.string({ required: true, description: 'an environment of hd.yml' }) };
  static override flags = {
    to: Flags.string({ summary: 'the tag of a confirmed release', helpValue: 'TAG' }),
    ...planFlags,
  };
  static override looks = true;

  async execute(): Promise<Result> {
    const world = await worldOf(this.app);
    const { output, steps, to } = this.flags;
    const answer = await rollback(world, {
      environment: environmentNamed(world.config, this.args.env),
      to,
      interrupt: false,
      dryRun: true,
      confirm: () => Promise.resolve(),
      gates: { nextSlot: false, wait: false },
      typed: ['hd', 'rollback', ...this.argv],
      story: output !== undefined,
      steps,
    });
    return keptPlan(world, answer, output);
  }
}
