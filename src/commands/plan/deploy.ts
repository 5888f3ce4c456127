import { Args, Flags } from '@oclif/core';
import { HdCommand, type Result } from '../../lib/command.ts';
import { together } from '../../lib/domain/errors.ts';
import { deploy } from '../../lib/flows/deploy.ts';
import { environmentNamed } from '../../lib/flows/environments.ts';
import { wantedOf } from '../../lib/flows/target.ts';
import { keptPlan, planFlags } from '../../lib/keep-plan.ts';
import { worldOf } from '../../lib/world.ts';

export default class PlanDeploy extends HdCommand<typeof PlanDeploy> {
  static override summary = 'what a deployment would do, and why';
  static override examples = [
    { command: 'hd plan deploy prod --tag v1.4.0', description: 'as hd deploy --dry-run' },
    { command: 'hd plan deploy prod --tag v1.4.0 -o plan.json', description: 'keep it for hd apply' },
    { command: 'hd plan deploy prod --tag v1.4.0 --steps', description: 'with its commands' },
  ];
  static override args = { env: Args.string({ required: true, description: 'an environment of hd.yml' }) };
  static override flags = {
    tag: Flags.string({ summary: 'the tag of a release, as v1.4.0', helpValue: 'TAG' }),
    commit: Flags.string({ summary: 'a commit that has an image instead', helpValue: 'SHA' }),
    worktree: Flags.boolean({ summary: 'files from the working tree; never in production' }),
    ...planFlags,
  };
  static override looks = true;

  async execute(): Promise<Result> {
    const world = await worldOf(this.app);
    const [{ name }, wanted] = together(
      () => environmentNamed(world.config, this.args.env),
      () => wantedOf(this.flags),
    );
    const { output, steps } = this.flags;
    const answer = await deploy(world, {
      environment: name,
      wanted,
      dryRun: true,
      confirm: () => Promise.resolve(),
      gates: { nextSlot: false, wait: false },
      typed: ['hd', 'deploy', ...this.argv],
      story: output !== undefined,
      steps,
    });
    return keptPlan(world, answer, output);
  }
}
