import { Args, Flags } from '@oclif/core';
import { HdCommand, type Result } from '../lib/command.ts';
import { repositoryText } from '../lib/domain/environment.ts';
import { environmentNamed, onlyEnvironment } from '../lib/flows/environments.ts';
import { historyOf } from '../lib/flows/past.ts';
import { rangeFlags, rangeOf } from '../lib/range.ts';
import { historyView } from '../lib/ui/screens/history.ts';
import { worldOf } from '../lib/world.ts';

/** Every word that stands in the column OUTCOME. */
const OUTCOMES = [
  ...['confirmed', 'rolled-back', 'failed', 'inconclusive', 'interrupted', 'refused', 'no end'],
  ...['frozen', 'unfrozen', 'taken-over', 'drift', 'reconciled', 'requested', 'verified'],
];

export default class History extends HdCommand<typeof History> {
  static override summary = 'what was done to an environment, newest first';
  static override examples = [
    { command: 'hd history prod', description: 'who, what, when, and how it ended' },
    { command: 'hd history prod --actor login-a --since 7d', description: 'what somebody did this week' },
  ];
  static override args = {
    env: Args.string({ description: 'an environment of hd.yml; may be left out if there is one' }),
  };
  static override flags = {
    all: Flags.boolean({ summary: 'not only the newest 20' }),
    version: Flags.string({
      aliases: ['tag'],
      summary: 'of that version alone, as v1.4.0',
      helpValue: 'TAG',
    }),
    commit: Flags.string({ summary: 'of that commit alone, or what begins so', helpValue: 'SHA' }),
    actor: Flags.string({ summary: 'in which that person had a hand', helpValue: 'NAME' }),
    outcome: Flags.string({
      summary: 'that ended so: rolled-back, refused, frozen …',
      helpValue: 'WORD',
      options: OUTCOMES,
    }),
    ...rangeFlags,
  };
  static override looks = true;

  async execute(): Promise<Result> {
    const { all, version, commit, actor, outcome } = this.flags;
    const filter = {
      ...defined({ version, commit, actor, outcome }),
      ...rangeOf(this.flags, this.app.clock.now()),
    };
    const world = await worldOf(this.app);
    const { config, clock } = world;
    const { env } = this.args;
    const environment = env === undefined ? onlyEnvironment(config) : environmentNamed(config, env);
    const report = await historyOf(world, environment, filter);
    const context = {
      app: config.app,
      repository: repositoryText(config),
      zone: this.app.style.zone,
      now: clock.now(),
    };
    return {
      view: historyView(report, all, context),
      json: { environment: environment.name, entries: report.entries, ledger: report.state },
    };
  }
}

function defined<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
