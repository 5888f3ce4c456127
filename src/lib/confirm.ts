import type { App } from './app.ts';
import { HdError, UsageError } from './domain/errors.ts';
import { Exit } from './domain/exit.ts';

export interface Change {
  environment: string;
  /** As the command line has it: GitHub's name of it, inside Actions. */
  given?: string | undefined;
  /** Its name must be typed or given; `--yes` never covers that. */
  production: boolean;
  /** What is about to change: `This changes prod.`, `v1.4.0 → v1.3.2 on prod.` */
  text: string;
}

export interface ConfirmFlags {
  yes: boolean;
  confirm?: string | undefined;
}

/**
 * The one confirmation of a verb that changes an environment (screens.md, rule 21): production by its name, typed
 * or with `--confirm NAME`; any other by y/N, or `--yes`.
 * @param argv the command as it was typed, without `hd`: what to write is shown behind it
 * @throws UsageError when there is nobody to ask; HdError of exit 130 when the answer is another
 */
export async function confirmChange(
  app: App,
  change: Change,
  flags: ConfirmFlags,
  argv: readonly string[],
): Promise<void> {
  const { environment, given, production, text } = change;
  if (flags.confirm !== undefined) {
    if (flags.confirm === environment || flags.confirm === given) return;
    throw new UsageError(`--confirm names ${JSON.stringify(flags.confirm)}, and this changes ${environment}`);
  }
  if (!production && flags.yes) return;
  if (!app.prompt.interactive) {
    const needs = production ? 'its name' : 'a yes';
    const flag = production ? ['--confirm', environment] : ['--yes'];
    throw new UsageError(
      `${environment} needs ${needs}, and there is no terminal to ask on`,
      flag.join(' '),
      {
        next: [{ command: ['hd', ...argv, ...flag] }],
      },
    );
  }
  if (!production) {
    if (await app.prompt.confirm(`${text} Go on?`)) return;
    throw stopped('nothing was changed', 'answered no');
  }
  const typed = await app.prompt.text(`${text} Type its name to go on`);
  if (typed === environment) return;
  throw stopped(`Not ${JSON.stringify(environment)}: nothing was changed.`, 'another name was typed');
}

function stopped(headline: string, message: string): HdError {
  return new HdError('not-confirmed', Exit.interrupted, message, { headline, outcome: 'stopped' });
}
