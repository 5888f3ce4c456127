import { HdCommand, type Result } from '../../../../src/lib/command.ts';

/** A choice among releases, then a passphrase. */
export default class Ask extends HdCommand<typeof Ask> {
  async execute(): Promise<Result> {
    const { prompt } = this.app;
    const chosen = await prompt.choose(
      [
        { text: 'v1.3.2   2026-11-12 10:04', disabled: false },
        { text: 'v1.3.1   2026-11-05 09:48', disabled: false },
        { text: 'v1.3.3   never', disabled: true },
      ],
      '  BACK TO    CONFIRMED',
    );
    const typed = await prompt.secret('Passphrase of id_ed25519');
    const lines = [
      `chosen ${chosen}, ${typed === undefined ? 'nothing' : `${typed.reveal().length} characters`} typed`,
    ];
    return { view: [{ kind: 'text', lines }], json: {} };
  }
}
