import { Args, Flags } from '@oclif/core';
import { HdCommand, type Result } from '../lib/command.ts';
import { confirmChange } from '../lib/confirm.ts';
import { environmentMeant, onlyEnvironment } from '../lib/flows/environments.ts';
import { rollback, waysBack } from '../lib/flows/rollback.ts';
import {
  gateFlags,
  gatesOf,
  limitsOf,
  mutatingFlags,
  signingFlags,
  stepsFlags,
  viaFlags,
  viaOf,
} from '../lib/mutating.ts';
import { waysView } from '../lib/ui/screens/ways.ts';
import { resultOf } from '../lib/result.ts';
import { worldOf } from '../lib/world.ts';

export default class Rollback extends HdCommand<typeof Rollback> {
  static override summary = 'go back to a release that was confirmed';
  static override examples = [
    { command: 'hd rollback prod', description: 'to the last release that was confirmed before this one' },
    { command: 'hd rollback prod --to v1.3.2', description: 'to that one' },
    { command: 'hd rollback prod --interrupt', description: 'stop the deployment that runs, then go back' },
    { command: 'hd rollback prod --list', description: 'what one can go back to, and why not' },
  ];
  static override args = {
    env: Args.string({ description: 'an environment of hd.yml; may be left out if there is one' }),
  };
  static override flags = {
    to: Flags.string({ summary: 'the tag of a confirmed release', helpValue: 'TAG' }),
    interrupt: Flags.boolean({
      summary: 'ask who holds the lock to stop; also through a freeze',
      helpGroup: 'Before',
    }),
    list: Flags.boolean({ summary: 'only show what one can go back to' }),
    ...mutatingFlags,
    ...gateFlags,
    ...viaFlags,
    ...signingFlags,
    ...stepsFlags,
  };

  async execute(): Promise<Result> {
    const world = await worldOf(this.app, {
      onLeave: (say) => (this.leaving = say),
      signingKey: this.flags['signing-key'],
      ...limitsOf(this.flags),
    });
    const { env } = this.args;
    const environment =
      env === undefined ? onlyEnvironment(world.config) : environmentMeant(world.config, env, world.env);
    if (this.flags.list) {
      const { serves, ways } = await waysBack(world, environment);
      const { clock, style } = this.app;
      return {
        view: waysView(environment.name, serves, ways, style.zone, clock.now()),
        json: { environment: environment.name, ways },
      };
    }
    const { name, production } = environment;
    return resultOf(
      await rollback(world, {
        environment,
        to: this.flags.to,
        dryRun: this.flags['dry-run'],
        gates: gatesOf(this.flags, this.app.prompt.interactive),
        ...viaOf(this.flags),
        typed: ['hd', 'rollback', ...this.argv],
        steps: this.flags.steps,
        interrupt: this.flags.interrupt,
        confirm: (_, text) =>
          confirmChange(this.app, { environment: name, given: env, production, text }, this.flags, [
            'rollback',
            ...this.argv,
          ]),
      }),
    );
  }
}
