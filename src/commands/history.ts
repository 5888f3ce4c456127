import { Args, Flags } from '@oclif/core';
import { HdCommand, type Result } from '../lib/command.ts';
import { repositoryText } from '../lib/domain/environment.ts';
import { environmentNamed, onlyEnvironment } from '../lib/flows/environments.ts';
import { fullLedger } from '../lib/flows/full-ledger.ts';
import { observeAll, requireAny } from '../lib/flows/observe.ts';
import { historyView } from '../lib/ui/screens/history.ts';
import { worldOf } from '../lib/world.ts';

export default class History extends HdCommand<typeof History> {
  static override summary = 'what was done to an environment, newest first';
  static override examples = [
    { command: 'hd history prod', description: 'who, what, when, and how it ended' },
  ];
  static override args = {
    env: Args.string({ description: 'an environment of hd.yml; may be left out if there is one' }),
  };
  static override flags = { all: Flags.boolean({ summary: 'not only the newest 20' }) };
  static override looks = true;

  async execute(): Promise<Result> {
    const world = await worldOf(this.app);
    const { config, clock } = world;
    const { env } = this.args;
    const environment = env === undefined ? onlyEnvironment(config) : environmentNamed(config, env);
    const lines = await fullLedger(requireAny(await observeAll(world, environment)));
    const context = {
      app: config.app,
      repository: repositoryText(config),
      zone: this.app.style.zone,
      now: clock.now(),
    };
    return {
      view: historyView(environment.name, lines, this.flags.all, context),
      json: {
        environment: environment.name,
        entries: lines.map((line) => ({ ...line.entry, hash: line.hash })),
      },
    };
  }
}
