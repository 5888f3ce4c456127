import { Args } from '@oclif/core';
import { HdCommand, type Result } from '../../lib/command.ts';
import { Exit } from '../../lib/domain/exit.ts';

export default class LabCut extends HdCommand<typeof LabCut> {
  static override summary = 'lose every packet from and to a host, as a pulled cable does';
  static override args = {
    host: Args.string({ description: 'a host of the lab', required: true }),
  };

  async execute(): Promise<Result> {
    const { labHome } = await import('../../lib/lab/home.ts');
    const { withAnswerTime } = await import('../../lib/lab/process.ts');
    const { theLab } = await import('../../lib/lab/status.ts');
    const { cut } = await import('../../lib/lab/faults.ts');
    const { host } = this.args;
    await withAnswerTime(this.app.waits.answerMs, async () => cut(await theLab(labHome(this.app.env)), host));
    return {
      json: { host },
      block: {
        facts: [],
        verdict: {
          mark: 'ok',
          outcome: 'cut',
          headline: `${host} is cut off: connections to it hang`,
          exit: Exit.done,
          rows: [{ label: 'undo it', commands: [{ command: ['hd', 'lab', 'mend', host] }] }],
        },
      },
    };
  }
}
