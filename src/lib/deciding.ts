import { Args, Flags } from '@oclif/core';
import type { App } from './app.ts';
import { HdError, UsageError } from './domain/errors.ts';
import { Exit } from './domain/exit.ts';
import { environmentNamed } from './flows/environments.ts';
import { decide } from './flows/approval/decide.ts';
import type { Result } from './command.ts';
import { resultOf } from './result.ts';
import { worldOf } from './world.ts';

/** The words and flags of `hd approve` and `hd reject`. */
export const decidingArgs = {
  env: Args.string({ description: 'an environment of hd.yml; may be left out if one plan waits' }),
};

export const decidingFlags = {
  comment: Flags.string({
    required: true,
    summary: 'why, in a sentence; it is recorded',
    helpValue: 'TEXT',
  }),
  plan: Flags.string({
    summary: 'the plan that is meant: its hash, or 12 digits of it',
    helpValue: 'HASH',
  }),
  run: Flags.string({ summary: 'the run that is meant, by its id', helpValue: 'ID' }),
  as: Flags.string({ summary: 'of several roles, the one that is meant', helpValue: 'ROLE' }),
  'dry-run': Flags.boolean({
    char: 'n',
    summary: 'show what would be said, and to what; say nothing',
    helpGroup: 'Before',
  }),
  yes: Flags.boolean({ summary: 'answer yes: do it', helpGroup: 'Asking' }),
};

export const decidingExits = {
  0: 'said and recorded, or it was already',
  3: 'nothing waits: rejected, expired, overtaken or closed',
  4: 'an own request, or in none of the roles',
  11: 'GitHub did not answer',
};

interface DecidingFlags {
  comment: string;
  plan?: string | undefined;
  run?: string | undefined;
  as?: string | undefined;
  'dry-run': boolean;
  yes: boolean;
}

/** From flags to the flow: one question at a terminal, or `--yes`. @param argv the command as it was typed, without `hd` */
export async function decided(
  app: App,
  decision: 'approve' | 'reject',
  env: string | undefined,
  { comment, plan, run, as: role, yes, 'dry-run': dryRun }: DecidingFlags,
  argv: readonly string[],
): Promise<Result> {
  const world = await worldOf(app);
  const environments =
    env === undefined ? Object.values(world.config.environments) : [environmentNamed(world.config, env)];
  const answer = await decide(world, {
    ...{ decision, environments, comment: comment.trim(), dryRun },
    ...(plan === undefined ? {} : { plan }),
    ...(run === undefined ? {} : { run: runOf(run) }),
    ...(role === undefined ? {} : { role }),
    confirm: async (question) => {
      if (yes) return;
      if (!app.prompt.interactive)
        throw new UsageError(`${decision} needs a yes, and there is no terminal to ask on`, '--yes', {
          next: [{ command: ['hd', ...argv, '--yes'] }],
        });
      if (await app.prompt.confirm(question)) return;
      throw new HdError('not-confirmed', Exit.interrupted, 'answered no', {
        headline: 'nothing was said',
        outcome: 'stopped',
      });
    },
  });
  return resultOf(answer);
}

/** @throws UsageError for what is no id of a run */
function runOf(text: string): number {
  const id = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(id)) return id;
  throw new UsageError(`--run ${JSON.stringify(text)} is no id of a run`, 'the number in its address');
}
