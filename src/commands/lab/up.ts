import { Args } from '@oclif/core';
import { HdCommand, type Result } from '../../lib/command.ts';
import { Exit } from '../../lib/domain/exit.ts';

export default class LabUp extends HdCommand<typeof LabUp> {
  static override summary = 'bring up hosts, a registry and a GitHub to try hd in';
  static override args = {
    names: Args.string({ description: 'hosts, as orin prod-1 prod-2', default: ['orin'], multiple: true }),
  };

  async execute(): Promise<Result> {
    const { labHome } = await import('../../lib/lab/home.ts');
    const { withAnswerTime } = await import('../../lib/lab/process.ts');
    const { up } = await import('../../lib/lab/up.ts');
    const home = labHome(this.app.env);
    const lab = await withAnswerTime(this.app.waits.answerMs, () =>
      up(home, this.args.names, this.app.env, this.app.reporter),
    );
    const names = lab.hosts.map((host) => host.name);
    const project = `${home.dir}/healthdelta`;
    return {
      json: { lab, home: home.dir },
      block: {
        facts: [{ label: 'changed', text: `the lab in ${home.dir}: ${names.join(', ')}` }],
        verdict: {
          mark: 'ok',
          outcome: 'up',
          headline: `${names.join(', ')}, a registry and a GitHub with a runner`,
          exit: Exit.done,
          rows: [
            { label: 'see it', commands: [{ command: ['hd', 'lab', 'status'] }] },
            {
              label: 'next',
              commands: [
                { command: ['.', `${home.dir}/env`] },
                { command: ['cd', project] },
                { command: ['hd', 'release', '1.4.0'] },
              ],
            },
            { label: 'undo it', commands: [{ command: ['hd', 'lab', 'down'] }] },
          ],
        },
      },
    };
  }
}
