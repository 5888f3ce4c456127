import { Args, Flags } from '@oclif/core';
import { HdCommand, type Result } from '../lib/command.ts';
import { confirmChange } from '../lib/confirm.ts';
import { environmentNamed } from '../lib/flows/environments.ts';
import { unlock } from '../lib/flows/freeze.ts';
import { limitsOf, mutatingFlags, whyOf } from '../lib/mutating.ts';
import { resultOf } from '../lib/result.ts';
import { worldOf } from '../lib/world.ts';

export default class Unlock extends HdCommand<typeof Unlock> {
  static override summary = 'allow deployments again';
  static override examples = [
    {
      command: 'hd unlock prod --why "The reports are done."',
      description: 'who did it, and why, is recorded',
    },
  ];
  static override args = { env: Args.string({ required: true, description: 'an environment of hd.yml' }) };
  static override flags = {
    why: Flags.string({ required: true, summary: 'one sentence, for the ledger', helpValue: 'WHY' }),
    ...mutatingFlags,
  };
  static exits = { 0: 'allowed, or allowed already', 8: 'somebody is at work' };

  async execute(): Promise<Result> {
    const world = await worldOf(this.app, limitsOf(this.flags));
    const environment = environmentNamed(world.config, this.args.env);
    const { name, production } = environment;
    return resultOf(
      await unlock(world, {
        environment,
        why: whyOf(this.flags.why),
        dryRun: this.flags['dry-run'],
        confirm: (_, text) =>
          confirmChange(this.app, { environment: name, production, text }, this.flags, [
            'unlock',
            ...this.argv,
          ]),
      }),
    );
  }
}
