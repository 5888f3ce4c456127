import { Args, Flags } from '@oclif/core';
import { HdCommand, type Result } from '../lib/command.ts';
import { confirmChange } from '../lib/confirm.ts';
import { environmentNamed } from '../lib/flows/environments.ts';
import { lock } from '../lib/flows/freeze.ts';
import { limitsOf, momentOf, mutatingFlags, whyOf } from '../lib/mutating.ts';
import { resultOf } from '../lib/result.ts';
import { worldOf } from '../lib/world.ts';

export default class Lock extends HdCommand<typeof Lock> {
  static override summary = 'stop deployments by hand';
  static override examples = [
    {
      command: 'hd lock prod --why "Month-end reports are running."',
      description: 'until somebody allows them again',
    },
    { command: 'hd lock prod --why "Month-end reports." --until 4h', description: 'for four hours' },
  ];
  static override args = { env: Args.string({ required: true, description: 'an environment of hd.yml' }) };
  static override flags = {
    why: Flags.string({ required: true, summary: 'one sentence, for whoever meets it', helpValue: 'WHY' }),
    until: Flags.string({
      summary: 'when it ends by itself: 4h from now, or 2026-11-20T18:00:00Z',
      helpValue: 'TIME',
    }),
    ...mutatingFlags,
  };
  static exits = { 0: 'stopped, or stopped already', 8: 'a deployment runs, or another stopped them' };

  async execute(): Promise<Result> {
    const world = await worldOf(this.app, limitsOf(this.flags));
    const environment = environmentNamed(world.config, this.args.env);
    const { name, production } = environment;
    const { until } = this.flags;
    return resultOf(
      await lock(world, {
        environment,
        why: whyOf(this.flags.why),
        ...(until === undefined ? {} : { until: momentOf('until', until, world.clock.now()) }),
        dryRun: this.flags['dry-run'],
        confirm: (_, text) =>
          confirmChange(this.app, { environment: name, production, text }, this.flags, [
            'lock',
            ...this.argv,
          ]),
      }),
    );
  }
}
