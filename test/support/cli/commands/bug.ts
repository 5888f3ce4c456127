import { HdCommand, type Result } from '../../../../src/lib/command.ts';

/** Throws what nobody foresaw, with a secret in it. */
export default class Bug extends HdCommand<typeof Bug> {
  execute(): Promise<Result> {
    throw new TypeError(`no "digest" where one must be, asked with ${this.app.env['GH_TOKEN'] ?? 'nothing'}`);
  }
}
