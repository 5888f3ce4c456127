import { InterruptedError } from '../domain/errors.ts';
import { Secret } from '../domain/secret.ts';
import type { Prompt } from '../ports.ts';

export interface PromptOptions {
  /** False without a terminal: then nothing is ever asked. */
  interactive: boolean;
  ascii: boolean;
  signal: AbortSignal;
}

/** Also asks for what is not shown while it is typed. */
export interface OperatorPrompt extends Prompt {
  /** Undefined for an empty line. */
  secret(question: string): Promise<Secret | undefined>;
}

const plain = (text: string): string => text;

/** Questions on stderr, by inquirer, in the form of screens.md (2, 3, 12); Ctrl-C is an InterruptedError. */
export function createPrompt({ interactive, ascii, signal }: PromptOptions): OperatorPrompt {
  const context = { output: process.stderr, signal };
  const cursor = ascii ? '>' : '›';
  const cross = ascii ? 'x' : '✗';

  async function text(question: string): Promise<string> {
    const { input } = await prompts(interactive, question);
    return (await asked(input(worded(question), context))).trim();
  }

  return {
    interactive,
    text,
    async secret(question) {
      const { password } = await prompts(interactive, question);
      const typed = await asked(password({ ...worded(question), mask: false }, context));
      return typed === '' ? undefined : new Secret(typed);
    },
    async confirm(question) {
      return /^y(es)?$/i.test(await text(`${question} [y/N]`));
    },
    async choose(rows, head) {
      const { select, Separator } = await prompts(interactive, head);
      // A separator can't be under the cursor, a disabled choice can.
      const choices = rows.map((row, value) =>
        row.disabled
          ? new Separator(` ${cross} ${row.text}`)
          : { name: `  ${row.text}`, short: row.text, value },
      );
      const theme = {
        prefix: '',
        icon: { cursor },
        style: {
          message: (message: string, status: string) => (status === 'done' ? '' : message),
          highlight: (line: string) => `  ${cursor} ${line.slice(cursor.length + 3)}`,
          answer: (answer: string) => `  ${cursor} ${answer}`,
          keysHelpTip: () => undefined,
        },
      };
      return asked(select({ message: head, choices, theme, loop: false, pageSize: 20 }, context));
    },
  };
}

/** inquirer puts a blank between prefix and message, also when one is empty: the question is cut at its last. */
function worded(question: string) {
  const at = question.lastIndexOf(' ');
  const style = { message: plain, answer: plain, maskedText: '' };
  return { message: `${question.slice(at + 1)}:`, theme: { prefix: question.slice(0, at), style } };
}

async function prompts(interactive: boolean, question: string): Promise<typeof import('@inquirer/prompts')> {
  // On an idle pipe inquirer waits for ever; commands look at `interactive` first and name the flag instead.
  if (!interactive) throw new Error(`a question without a terminal: ${question}`);
  return import('@inquirer/prompts');
}

async function asked<T>(question: Promise<T>): Promise<T> {
  try {
    return await question;
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    if (name !== 'ExitPromptError' && name !== 'AbortPromptError') throw error;
    throw new InterruptedError('stopped at the question', { headline: 'nothing was changed' });
  } finally {
    // What follows is another group.
    process.stderr.write('\n');
  }
}
