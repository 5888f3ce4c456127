import { Flags } from '@oclif/core';
import { HdCommand, type Result } from '../../../../src/lib/command.ts';

/** Looks for ever with `--wait`; else answers with a table. */
export default class Look extends HdCommand<typeof Look> {
  static override looks = true;
  static override flags = { wait: Flags.boolean(), rows: Flags.integer({ default: 1 }) };

  async execute(): Promise<Result> {
    this.app.reporter.event({ type: 'note', mark: 'warn', text: 'GitHub waits 5s' });
    if (this.flags.wait) await new Promise((resolve) => setTimeout(resolve, 60_000));
    const rows = Array.from({ length: this.flags.rows }, (_, n) => ({
      mark: 'ok' as const,
      cells: [`env-${n}`, 'v1.4.0', '8c3f2e1'],
    }));
    return {
      view: [{ kind: 'table', table: { head: ['ENV', 'SERVES', 'COMMIT'], rows } }],
      json: { environments: rows.length },
    };
  }
}
