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
    const token = this.app.env['GH_TOKEN'] ?? 'nothing';
    const request = { authorization: `Basic ${btoa(`user:${token}`)}`, url: encodeURIComponent(token) };
    throw Object.assign(new TypeError(`no "digest" where one must be, asked with ${token}`), { request });
  }
}
