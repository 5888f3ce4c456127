import { Args } from '@oclif/core';
import { HdCommand, type Result } from '../lib/command.ts';
import { repositoryText } from '../lib/domain/environment.ts';
import { waitingJson } from '../lib/flows/approval/json.ts';
import { listWaiting } from '../lib/flows/approval/list.ts';
import { environmentNamed } from '../lib/flows/environments.ts';
import { approvalsView } from '../lib/ui/screens/approvals.ts';
import { worldOf } from '../lib/world.ts';

export default class Approvals extends HdCommand<typeof Approvals> {
  static override summary = 'what waits for whom';
  static override examples = [
    { command: 'hd approvals', description: 'plans and runs that wait, in every environment' },
    { command: 'hd approvals prod', description: 'in one' },
  ];
  static override args = { env: Args.string({ description: 'an environment of hd.yml' }) };
  static override looks = true;
  static exits = {
    0: 'whatever waits',
    4: 'GitHub does not let this token see it',
    11: 'GitHub did not answer',
  };

  async execute(): Promise<Result> {
    const world = await worldOf(this.app);
    const { config, clock, zone } = world;
    const { env } = this.args;
    const environments =
      env === undefined ? Object.values(config.environments) : [environmentNamed(config, env)];
    const actor = await world.actor();
    const me = actor.proven ? actor.name : undefined;
    const all = await listWaiting(world, environments, me);
    const context = { app: config.app, repository: repositoryText(config), zone, now: clock.now() };
    return {
      view: approvalsView(all, me, context),
      json: { me: me ?? null, waiting: all.map(waitingJson) },
    };
  }
}
