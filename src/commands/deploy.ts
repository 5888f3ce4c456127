import { Args, Flags } from '@oclif/core';
import { HdCommand, type Result } from '../lib/command.ts';
import { confirmChange } from '../lib/confirm.ts';
import { together } from '../lib/domain/errors.ts';
import { deploy } from '../lib/flows/deploy.ts';
import { environmentMeant } from '../lib/flows/environments.ts';
import { wantedOf } from '../lib/flows/target.ts';
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

export default class Deploy extends HdCommand<typeof Deploy> {
  static override summary = 'put a release on an environment, prove it, and go back if it fails';
  static override examples = [
    { command: 'hd deploy prod --tag v1.4.0', description: 'look, ask, deploy, verify' },
    { command: 'hd deploy prod --tag v1.4.0 --dry-run', description: 'only look' },
    { command: 'hd deploy prod --tag v1.4.0 --confirm prod', description: 'in CI: nothing is asked' },
  ];
  static override args = { env: Args.string({ required: true, description: 'an environment of hd.yml' }) };
  static override flags = {
    tag: Flags.string({ summary: 'the tag of a release, as v1.4.0', helpValue: 'TAG' }),
    commit: Flags.string({ summary: 'a commit that has an image instead', helpValue: 'SHA' }),
    worktree: Flags.boolean({
      summary: 'files from the working tree; never in production',
      helpGroup: 'Before',
    }),
    ...mutatingFlags,
    ...slotFlags,
    ...gateFlags,
    ...viaFlags,
    ...signingFlags,
    ...stepsFlags,
  };
  static exits = {
    0: 'confirmed, or nothing to do',
    3: 'refused by a gate',
    4: 'not allowed',
    5: 'a label lies, or an image is missing',
    6: 'failed and rolled back',
    7: 'the rollback failed too, or there was none',
    8: 'locked, or the hosts changed',
    9: 'timed out, or not known',
    10: 'waiting for approval, or rejected',
    11: "something can't be reached",
  };

  async execute(): Promise<Result> {
    const { env } = this.args;
    const world = await worldOf(this.app, {
      onLeave: (say) => (this.leaving = say),
      signingKey: this.flags['signing-key'],
      ...limitsOf(this.flags),
    });
    const [{ name, production }, wanted] = together(
      () => environmentMeant(world.config, env, world.env),
      () => wantedOf(this.flags),
    );
    return resultOf(
      await deploy(world, {
        environment: name,
        wanted,
        dryRun: this.flags['dry-run'],
        gates: gatesOf(this.flags, this.app.prompt.interactive),
        ...viaOf(this.flags),
        typed: ['hd', 'deploy', ...this.argv],
        steps: this.flags.steps,
        confirm: (_, text) =>
          confirmChange(this.app, { environment: name, given: env, production, text }, this.flags, [
            'deploy',
            ...this.argv,
          ]),
      }),
    );
  }
}
