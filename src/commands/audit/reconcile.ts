import { Args, Flags } from '@oclif/core';
import { HdCommand, type Result } from '../../lib/command.ts';
import { confirmChange } from '../../lib/confirm.ts';
import { reconcile } from '../../lib/flows/audit/reconcile.ts';
import { environmentNamed } from '../../lib/flows/environments.ts';
import { limitsOf, mutatingFlags, whyOf } from '../../lib/mutating.ts';
import { resultOf } from '../../lib/result.ts';
import { worldOf } from '../../lib/world.ts';

export default class AuditReconcile extends HdCommand<typeof AuditReconcile> {
  static override summary = 'one story on every host again, where there were two';
  static override examples = [
    {
      command: 'hd audit reconcile prod --keep prod-1 --why WHY --dry-run',
      description: 'what each of them tells, and what would be set aside',
    },
    {
      command: 'hd audit reconcile prod --keep prod-1 --why WHY',
      description: 'look, ask, do it',
    },
  ];
  static override args = { env: Args.string({ required: true, description: 'an environment of hd.yml' }) };
  static override flags = {
    keep: Flags.string({ required: true, summary: 'the host whose story goes on', helpValue: 'HOST' }),
    why: Flags.string({ required: true, summary: 'one sentence, for the ledger', helpValue: 'WHY' }),
    ...mutatingFlags,
  };
  static exits = {
    0: 'one story is told, or was already',
    5: 'the story that was to be kept is not whole',
    8: 'locked, or somebody wrote meanwhile',
    9: 'a host still tells its own: the same command again',
    11: "a host can't be reached",
  };

  async execute(): Promise<Result> {
    const world = await worldOf(this.app, limitsOf(this.flags));
    const environment = environmentNamed(world.config, this.args.env);
    const { name, production } = environment;
    const { keep, why } = this.flags;
    return resultOf(
      await reconcile(world, {
        environment,
        keep,
        why: whyOf(why),
        dryRun: this.flags['dry-run'],
        confirm: (_, text) =>
          confirmChange(this.app, { environment: name, production, text }, this.flags, [
            'audit',
            'reconcile',
            ...this.argv,
          ]),
      }),
    );
  }
}
