import { HdCommand, type Result } from '../lib/command.ts';
import { decided, decidingArgs, decidingExits, decidingFlags } from '../lib/deciding.ts';

export default class Reject extends HdCommand<typeof Reject> {
  static override summary = 'reject a plan, or a run';
  static override examples = [
    { command: 'hd reject prod --comment "Suite was red on arm64."', description: 'look, ask, say it' },
    {
      command: 'hd reject prod --plan 7c1e09ab42d8 --comment WHY --yes',
      description: 'that plan and no other',
    },
  ];
  static override args = decidingArgs;
  static override flags = decidingFlags;
  static exits = decidingExits;

  execute(): Promise<Result> {
    return decided(this.app, 'reject', this.args.env, this.flags, ['reject', ...this.argv]);
  }
}
