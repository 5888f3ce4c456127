import { PlainReporter, type Word } from './plain.ts';

/** `%`, and line ends: how a workflow command's text is written (docs.github.com, workflow commands). */
export function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

/** As data; `:` and `,` also part a command's properties. */
export function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

/**
 * A line that the runner takes for nothing but text: it reads `::` after any indentation and `##[` anywhere as a
 * command.
 */
export function inert(line: string): string {
  return line.replaceAll('##[', '# #[').replace(/^(\s*)::/, '$1: :');
}

/**
 * Plain lines under GitHub Actions: each stage is a group, and a group is closed before a failed line, so that a
 * failure is never folded away. What goes back is in no group (screens.md, 20).
 */
export class ActionsReporter extends PlainReporter {
  #open = false;

  protected override begin(stage: string): void {
    this.#close();
    if (stage === 'go back') return;
    this.drawing.stream.write(`::group::${escapeData(stage)}\n`);
    this.#open = true;
  }

  protected override end(): void {
    this.#close();
  }

  protected override line(word: Word, stage: string | undefined, text: string): void {
    super.line(word, stage, text);
    if (word === 'warn') this.drawing.stream.write(`::warning::${escapeData(text)}\n`);
  }

  protected override write(line: string): void {
    super.write(inert(line));
  }

  override close(): Promise<void> {
    this.#close();
    return super.close();
  }

  #close(): void {
    if (this.#open) this.drawing.stream.write('::endgroup::\n');
    this.#open = false;
  }
}
