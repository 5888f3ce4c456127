import { Flags } from '@oclif/core';
import { HdCommand, type Result } from '../../../../src/lib/command.ts';

/** Throws what nobody foresaw, with a secret in it. */
export default class Bug extends HdCommand<typeof Bug> {
  static override flags = { later: Flags.boolean() };

  execute(): Promise<Result> {
    if (this.flags.later) {
      setImmediate(() => {
        throw new Error('an event nobody waits for');
      });
      return new Promise(() => setInterval(() => undefined, 1000));
    }
    throw new TypeError(`no "digest" where one must be, asked with ${this.app.env['GH_TOKEN'] ?? 'nothing'}`);
  }
}
