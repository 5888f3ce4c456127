import { Args } from '@oclif/core';
import { HdCommand, type Result } from '../lib/command.ts';
import { confirmChange } from '../lib/confirm.ts';
import { environmentNamed, onlyEnvironment } from '../lib/flows/environments.ts';
import { resume } from '../lib/flows/resume.ts';
import { gateFlags, gatesOf, limitsOf, mutatingFlags, runFlags, signingFlags } from '../lib/mutating.ts';
import { resultOf } from '../lib/result.ts';
import { worldOf } from '../lib/world.ts';

export default class Resume extends HdCommand<typeof Resume> {
  static override summary = 'finish what was interrupted';
  static override examples = [
    { command: 'hd resume prod', description: 'look again, plan what is left, ask, do it' },
    { command: 'hd resume prod --dry-run', description: 'only look' },
    { command: 'hd resume prod --confirm prod', description: 'in CI: nothing is asked' },
  ];
  static override args = {
    env: Args.string({ description: 'an environment of hd.yml; may be left out if there is one' }),
  };
  static override flags = { ...mutatingFlags, ...gateFlags, ...runFlags, ...signingFlags };
  static exits = {
    0: 'finished and confirmed, or nothing was left unfinished',
    3: 'refused by a gate',
    4: 'not allowed',
    6: 'it failed, and the earlier release serves',
    7: 'going back failed too, or there was nothing to go back to',
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
    const { env } = this.args;
    const environment =
      env === undefined ? onlyEnvironment(world.config) : environmentNamed(world.config, env);
    const { name, production } = environment;
    return resultOf(
      await resume(world, {
        environment,
        dryRun: this.flags['dry-run'],
        gates: gatesOf(this.flags, this.app.prompt.interactive),
        typed: ['hd', 'resume', ...this.argv],
        confirm: (_, text) =>
          confirmChange(this.app, { environment: name, production, text }, this.flags, [
            'resume',
            ...this.argv,
          ]),
      }),
    );
  }
}
