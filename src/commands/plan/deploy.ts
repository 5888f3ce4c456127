import { Args, Flags } from '@oclif/core';
import { HdCommand, type Result } from '../../lib/command.ts';
import { together } from '../../lib/domain/errors.ts';
import { deploy } from '../../lib/flows/deploy.ts';
import { environmentNamed } from '../../lib/flows/environments.ts';
import { wantedOf } from '../../lib/flows/target.ts';
import { resultOf } from '../../lib/result.ts';
import { worldOf } from '../../lib/world.ts';

export default class PlanDeploy extends HdCommand<typeof PlanDeploy> {
  static override summary = 'what a deployment would do, and why';
  static override examples = [
    { command: 'hd plan deploy prod --tag v1.4.0', description: 'as hd deploy --dry-run' },
  ];
  static override args = { env: Args.string({ required: true, description: 'an environment of hd.yml' }) };
  static override flags = {
    tag: Flags.string({ summary: 'the tag of a release, as v1.4.0', helpValue: 'TAG' }),
    commit: Flags.string({ summary: 'a commit that has an image instead', helpValue: 'SHA' }),
    worktree: Flags.boolean({ summary: 'files from the working tree; never in production' }),
  };
  static override looks = true;

  async execute(): Promise<Result> {
    const confirm = (): Promise<void> => Promise.resolve();
    const world = await worldOf(this.app);
    const [{ name }, wanted] = together(
      () => environmentNamed(world.config, this.args.env),
      () => wantedOf(this.flags),
    );
    return resultOf(
      await deploy(world, {
        environment: name,
        wanted,
        dryRun: true,
        confirm,
        gates: { nextSlot: false, wait: false },
        typed: ['hd', 'deploy', ...this.argv],
      }),
    );
  }
}
