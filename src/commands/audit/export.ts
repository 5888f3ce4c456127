import { Args, Flags } from '@oclif/core';
import { HdCommand, type Result } from '../../lib/command.ts';
import { UsageError } from '../../lib/domain/errors.ts';
import { count, foldHosts } from '../../lib/domain/names.ts';
import { exportLedger } from '../../lib/flows/audit/export.ts';
import { environmentNamed, onlyEnvironment } from '../../lib/flows/environments.ts';
import { rangeFlags, rangeOf } from '../../lib/range.ts';
import { worldOf } from '../../lib/world.ts';

export default class AuditExport extends HdCommand<typeof AuditExport> {
  static override summary = 'write a ledger out, with what it can be verified by';
  static override examples = [
    { command: 'hd audit export prod -o prod.jsonl', description: 'all of it' },
    { command: 'hd audit export prod --since 2026-11-01 --format csv', description: 'for a spreadsheet' },
  ];
  static override args = {
    env: Args.string({ description: 'an environment of hd.yml; may be left out if there is one' }),
  };
  static override flags = {
    ...rangeFlags,
    format: Flags.option({
      summary: 'jsonl, or csv (jsonl)',
      options: ['jsonl', 'csv'] as const,
      default: 'jsonl',
    })(),
    output: Flags.string({ char: 'o', summary: 'a file instead of stdout', helpValue: 'FILE' }),
  };
  static override looks = true;

  async execute(): Promise<Result> {
    const { format, output, json } = this.flags;
    if (json && output === undefined)
      throw new UsageError('the export itself is on stdout; --json is for --output', '--output FILE');
    const range = rangeOf(this.flags, this.app.clock.now());
    const world = await worldOf(this.app);
    const { env } = this.args;
    const environment =
      env === undefined ? onlyEnvironment(world.config) : environmentNamed(world.config, env);
    const { text, entries, hosts, unread } = await exportLedger(world, environment, { format, range });
    if (output === undefined) return { raw: text, json: {} };
    const { writeText } = await import('../../lib/adapters/files.ts');
    await writeText('--output', output, text);
    const { name } = environment;
    const from =
      unread.length === 0 ? foldHosts(hosts) : `${foldHosts(hosts)}; ${foldHosts(unread)} not known`;
    return {
      block: {
        facts: [{ label: 'proven', text: 'nothing yet: it has the ledger as it is, right or wrong' }],
        verdict: {
          mark: 'ok',
          outcome: 'exported',
          headline: `${count(entries, 'entry', 'entries')} of ${name}, from ${from}`,
          exit: 0,
          rows: [
            {
              label: 'next',
              commands: [{ remark: 'verify it', command: ['hd', 'audit', 'verify', '--file', output] }],
            },
          ],
        },
      },
      json: { environment: name, entries, hosts, unread, format, output },
    };
  }
}
