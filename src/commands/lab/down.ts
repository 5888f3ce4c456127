import { Flags } from '@oclif/core';
import { HdCommand, type Result } from '../../lib/command.ts';
import { Exit } from '../../lib/domain/exit.ts';

export default class LabDown extends HdCommand<typeof LabDown> {
  static override summary = 'take the lab down; its images stay for the next time';
  static override flags = {
    purge: Flags.boolean({ summary: 'remove the images too: every trace' }),
  };

  async execute(): Promise<Result> {
    const { labHome } = await import('../../lib/lab/home.ts');
    const { withAnswerTime } = await import('../../lib/lab/process.ts');
    const { down } = await import('../../lib/lab/down.ts');
    const home = labHome(this.app.env);
    const nothingLeft = await withAnswerTime(this.app.waits.answerMs, () =>
      down(home, { purge: this.flags.purge }, this.app.env),
    );
    return {
      json: { home: home.dir, purged: nothingLeft },
      block: {
        facts: [],
        verdict: {
          mark: 'ok',
          outcome: 'down',
          headline: nothingLeft ? 'nothing of the lab is left' : 'the lab is gone; its images are kept',
          exit: Exit.done,
          rows: [{ label: 'again', commands: [{ command: ['hd', 'lab', 'up'] }] }],
        },
      },
    };
  }
}
