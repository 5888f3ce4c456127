import { Args } from '@oclif/core';
import { HdCommand, type Result } from '../lib/command.ts';
import { repositoryText } from '../lib/domain/environment.ts';
import { Exit } from '../lib/domain/exit.ts';
import { environmentNamed } from '../lib/flows/environments.ts';
import { statusOf } from '../lib/flows/status.ts';
import { statusJson } from '../lib/flows/status-json.ts';
import { boardView, environmentView } from '../lib/ui/screens/status.ts';
import { worldOf } from '../lib/world.ts';

export default class Status extends HdCommand<typeof Status> {
  static override summary = 'what serves where, and whether it is proven';
  static override examples = [
    { command: 'hd status', description: 'every environment' },
    { command: 'hd status prod', description: 'one, host by host' },
  ];
  static override args = { env: Args.string({ description: 'an environment of hd.yml' }) };
  static override looks = true;
  static exits = {
    0: 'every host answered, drift or not',
    4: 'a host refused this operator, or its key is another',
    11: 'a host did not answer',
  };

  async execute(): Promise<Result> {
    const world = await worldOf(this.app);
    const { config, clock } = world;
    const { env } = this.args;
    const environments =
      env === undefined ? Object.values(config.environments) : [environmentNamed(config, env)];
    const all = await Promise.all(environments.map((environment) => statusOf(world, environment)));
    const context = {
      app: config.app,
      repository: repositoryText(config),
      zone: this.app.style.zone,
      now: clock.now(),
    };
    const [only] = all;
    const silent = all.flatMap((status) => status.hosts.flatMap((host) => host.error ?? []));
    const refused = silent.some((error) => error.exit === Exit.notAllowed);
    const unseen = refused ? Exit.notAllowed : Exit.unreachable;
    return {
      view:
        env !== undefined && only !== undefined ? environmentView(only, context) : boardView(all, context),
      json: { environments: all.map(statusJson) },
      exit: silent.length > 0 ? unseen : Exit.done,
    };
  }
}
