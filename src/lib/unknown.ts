import { Args } from '@oclif/core';
import { HdCommand, type Result } from './command.ts';
import { nearest } from './config/nearest.ts';
import { UsageError } from './domain/errors.ts';

/** What runs when no command has the name that was typed. The nearest is shown, never put into a command to paste. */
export class Unknown extends HdCommand<typeof Unknown> {
  static override args = { words: Args.string({ multiple: true, required: true }) };

  execute(): Promise<Result> {
    const words = ([] as string[]).concat(this.args.words);
    const ids = this.config.commands.filter((command) => !command.hidden).map(({ id }) => id);
    const typed = words.slice(0, 2).join(' ');
    const known = ids.map((id) => id.replaceAll(':', ' '));
    const [verb = ''] = words;
    const near = nearest(typed, known).write ?? '';
    const one = known.includes(near) ? near : nearest(verb, known).write;
    throw new UsageError(
      `${JSON.stringify(typed)} is not a command of hd`,
      known.includes(one ?? '') ? one : undefined,
      {
        next: [{ command: ['hd', '--help'] }],
      },
    );
  }
}
