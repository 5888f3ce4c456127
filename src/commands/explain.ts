import { Args, Flags } from '@oclif/core';
import { HdCommand, type Result } from '../lib/command.ts';
import { together } from '../lib/domain/errors.ts';
import { environmentNamed } from '../lib/flows/environments.ts';
import { explain } from '../lib/flows/explain.ts';
import { wantedOf } from '../lib/flows/target.ts';
import { explainView } from '../lib/ui/screens/explain.ts';
import { worldOf } from '../lib/world.ts';

export default class Explain extends HdCommand<typeof Explain> {
  static override summary = 'every gate: open or closed, and what opens it';
  static override examples = [
    { command: 'hd explain prod', description: 'may the newest release be deployed now, and if not, when' },
    { command: 'hd explain prod --tag v1.4.0', description: 'the same of that one' },
  ];
  static override args = { env: Args.string({ required: true, description: 'an environment of hd.yml' }) };
  static override flags = {
    tag: Flags.string({ summary: 'the tag of a release (the newest)', helpValue: 'TAG' }),
    commit: Flags.string({ summary: 'a commit that has an image instead', helpValue: 'SHA' }),
  };
  static override looks = true;
  static exits = {
    0: 'explained, whatever the gates say',
    5: 'a label lies, or an image is missing',
    11: "something can't be reached",
  };

  async execute(): Promise<Result> {
    const world = await worldOf(this.app);
    const { tag, commit } = this.flags;
    const [environment, wanted] = together(
      () => environmentNamed(world.config, this.args.env),
      () =>
        tag === undefined && commit === undefined ? undefined : wantedOf({ tag, commit, worktree: false }),
    );
    const { block, json, exit, ...shown } = await explain(world, environment, wanted);
    return { view: explainView(shown, this.app.clock.now()), block, json, exit };
  }
}
