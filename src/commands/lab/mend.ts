import { Args } from '@oclif/core';
import { HdCommand, type Result } from '../../lib/command.ts';
import { Exit } from '../../lib/domain/exit.ts';

export default class LabMend extends HdCommand<typeof LabMend> {
  static override summary = 'undo hd lab cut';
  static override args = {
    host: Args.string({ description: 'a host of the lab', required: true }),
  };

  async execute(): Promise<Result> {
    const { labHome } = await import('../../lib/lab/home.ts');
    const { withAnswerTime } = await import('../../lib/lab/process.ts');
    const { theLab } = await import('../../lib/lab/status.ts');
    const { mend } = await import('../../lib/lab/faults.ts');
    const { host } = this.args;
    await withAnswerTime(this.app.waits.answerMs, async () =>
      mend(await theLab(labHome(this.app.env)), host),
    );
    return {
      json: { host },
      block: {
        facts: [],
        verdict: {
          mark: 'ok',
          outcome: 'mended',
          headline: `${host} is reached again`,
          exit: Exit.done,
          rows: [{ label: 'undo it', commands: [{ command: ['hd', 'lab', 'cut', host] }] }],
        },
      },
    };
  }
}
