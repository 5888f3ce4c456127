import { Args } from '@oclif/core';
import { HdCommand, type Result } from '../lib/command.ts';
import { confirmChange } from '../lib/confirm.ts';
import { promote } from '../lib/flows/promote.ts';
import {
  gateFlags,
  gatesOf,
  limitsOf,
  mutatingFlags,
  signingFlags,
  slotFlags,
  stepsFlags,
  viaFlags,
  viaOf,
} from '../lib/mutating.ts';
import { resultOf } from '../lib/result.ts';
import { worldOf } from '../lib/world.ts';

export default class Promote extends HdCommand<typeof Promote> {
  static override summary = 'deploy to one environment what another has confirmed';
  static override examples = [
    { command: 'hd promote staging prod', description: 'the digests that are confirmed on staging' },
    { command: 'hd promote staging prod --dry-run', description: 'only look' },
    { command: 'hd promote staging prod --confirm prod', description: 'in CI: nothing is asked' },
  ];
  static override args = {
    from: Args.string({ required: true, description: 'the environment that has confirmed it' }),
    to: Args.string({ required: true, description: 'the environment to put it on' }),
  };
  static override flags = {
    ...mutatingFlags,
    ...slotFlags,
    ...gateFlags,
    ...viaFlags,
    ...signingFlags,
    ...stepsFlags,
  };
  static exits = {
    0: 'confirmed, or nothing to do',
    3: 'nothing is confirmed there, something else runs there, or a gate is closed',
    4: 'not allowed',
    5: 'the tag names another digest by now',
    6: 'failed and rolled back',
    7: 'the rollback failed too, or there was none',
    8: 'locked, or the hosts changed',
    9: 'timed out, or not known',
    10: 'waiting for approval, or rejected',
    11: "something can't be reached",
  };

  async execute(): Promise<Result> {
    const world = await worldOf(this.app, {
      onLeave: (say) => (this.leaving = say),
      signingKey: this.flags['signing-key'],
      ...limitsOf(this.flags),
    });
    return resultOf(
      await promote(world, {
        from: this.args.from,
        to: this.args.to,
        dryRun: this.flags['dry-run'],
        gates: gatesOf(this.flags, this.app.prompt.interactive),
        ...viaOf(this.flags),
        steps: this.flags.steps,
        typed: ['hd', 'promote', ...this.argv],
        confirm: ({ name, production }, text) =>
          confirmChange(this.app, { environment: name, production, text }, this.flags, [
            'promote',
            ...this.argv,
          ]),
      }),
    );
  }
}
