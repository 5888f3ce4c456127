import { HdCommand, type Result } from '../../lib/command.ts';

export default class LabStatus extends HdCommand<typeof LabStatus> {
  static override summary = 'hosts of the lab, what runs on them, how to use it';
  static override looks = true;

  async execute(): Promise<Result> {
    const { labHome } = await import('../../lib/lab/home.ts');
    const { withAnswerTime } = await import('../../lib/lab/process.ts');
    const { hostStatus, theLab } = await import('../../lib/lab/status.ts');
    const home = labHome(this.app.env);
    const lab = await theLab(home);
    const hosts = await withAnswerTime(this.app.waits.answerMs, () => hostStatus(lab));
    const rows = hosts.map(({ name, address, state, runs }) => ({
      mark: state === 'up' ? ('ok' as const) : ('fail' as const),
      cells: [name, address, state, runs[0] ?? 'nothing runs'],
      more: runs.slice(1),
    }));
    return {
      json: { home: home.dir, lab, hosts },
      view: [
        { kind: 'table', table: { head: ['HOST', 'ADDRESS', 'STATE', 'RUNS'], rows } },
        {
          kind: 'facts',
          facts: [
            { label: 'registry', text: `127.0.0.1:${lab.registry.port}, the same name on every host` },
            { label: 'GitHub', text: lab.github.url },
            { label: 'project', text: `${home.dir}/healthdelta` },
            { label: 'use it', text: `. ${home.dir}/env` },
            { label: 'a host', text: `ssh -F ${home.dir}/ssh_config ${hosts[0]?.name ?? 'orin'}` },
          ],
        },
      ],
    };
  }
}
