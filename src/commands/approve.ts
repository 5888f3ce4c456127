import { HdCommand, type Result } from '../lib/command.ts';
import { decided, decidingArgs, decidingExits, decidingFlags } from '../lib/deciding.ts';

export default class Approve extends HdCommand<typeof Approve> {
  static override summary = 'approve a plan, or a run';
  static override examples = [
    { command: 'hd approve prod --comment "Rehearsed on staging."', description: 'look, ask, say it' },
    {
      command: 'hd approve prod --plan 7c1e09ab42d8 --comment WHY --yes',
      description: 'that plan and no other',
    },
  ];
  static override args = decidingArgs;
  static override flags = decidingFlags;
  static exits = decidingExits;

  execute(): Promise<Result> {
    return decided(this.app, 'approve', this.args.env, this.flags, ['approve', ...this.argv]);
  }
}
