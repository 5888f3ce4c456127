import { Args, Flags } from '@oclif/core';
import { HdCommand, type Result } from '../../../../src/lib/command.ts';
import { confirmChange } from '../../../../src/lib/confirm.ts';

/** Asks before it changes nothing. */
export default class Change extends HdCommand<typeof Change> {
  static override args = { env: Args.string({ required: true }) };
  static override flags = { yes: Flags.boolean(), confirm: Flags.string() };

  async execute(): Promise<Result> {
    const { env } = this.args;
    const change = { environment: env, production: env === 'prod', text: `This changes ${env}.` };
    await confirmChange(this.app, change, this.flags, ['change', env]);
    const headline = `${env} serves v1.4.0 on 1 of 1 hosts`;
    const verdict = { mark: 'ok', outcome: 'confirmed', headline, exit: 0, rows: [] } as const;
    return {
      block: { facts: [{ label: 'changed', text: 'v1.3.2 → v1.4.0' }], verdict },
      json: { outcome: 'confirmed' },
    };
  }
}
