import { Args, Flags } from '@oclif/core';
import { HdCommand, type Result } from '../lib/command.ts';
import { verify } from '../lib/flows/verify.ts';
import { verifyView } from '../lib/ui/screens/verify.ts';
import { limitOf } from '../lib/limit-flags.ts';
import { worldOf } from '../lib/world.ts';

export default class Verify extends HdCommand<typeof Verify> {
  static override summary = 'prove that what runs is what was asked for';
  static override examples = [
    { command: 'hd verify prod', description: 'every check, on every host' },
    { command: 'hd verify prod-2', description: 'one host' },
    { command: 'hd verify staging --record', description: 'and keep the proof' },
  ];
  static override args = {
    env: Args.string({ required: true, description: 'an environment of hd.yml, or a host of one' }),
  };
  static override flags = {
    record: Flags.boolean({ summary: 'write a whole proof into the ledger, for promoted_from of others' }),
    all: Flags.boolean({ summary: 'every check of every host, passed or not' }),
    timeout: Flags.string({
      summary: 'for all checks of a host together (what hd.yml gives each)',
      helpValue: 'TIME',
      helpGroup: 'Waiting',
    }),
  };
  static override looks = true;
  static exits = {
    0: 'every check passed',
    5: 'a check failed',
    8: '--record: locked',
    9: 'no answer: nobody knows',
    11: "a host can't be reached",
  };

  async execute(): Promise<Result> {
    const world = await worldOf(this.app, { stageMs: limitOf('timeout', this.flags.timeout) });
    const { report, ...answer } = await verify(world, this.args.env, this.flags.record);
    const { clock, style } = this.app;
    return { view: verifyView(report, this.flags.all, style.zone, clock.now()), ...answer };
  }
}
