import { createWriteStream, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { StringDecoder } from 'node:string_decoder';
import type { Annotation } from './review-state.ts';
import { annotationOf, parseCommand } from './step-commands.ts';

/** A job's log in GitHub's form: every line with its time, secrets masked. */
export class JobLog {
  private readonly file: WriteStream;
  private readonly secrets: string[];
  private readonly annotate: (annotation: Annotation) => void;

  constructor(path: string, secrets: readonly string[], annotate: (annotation: Annotation) => void) {
    this.file = createWriteStream(path, { flags: 'a' });
    this.secrets = secrets.filter((secret) => secret !== '');
    this.annotate = annotate;
  }

  line(text: string): void {
    const command = parseCommand(text);
    if (command?.name === 'add-mask' && command.message !== '') this.secrets.push(command.message);
    const annotation = command === undefined ? undefined : annotationOf(command);
    if (annotation !== undefined) this.annotate({ ...annotation, message: this.masked(annotation.message) });
    const shown = command === undefined ? text : `##[${command.name}]${command.message}`;
    const now = new Date().toISOString().replace('Z', '0000Z');
    this.file.write(`${now} ${this.masked(shown)}\n`);
  }

  /** What the runner itself has to say of a failure. */
  error(message: string): void {
    this.line(`##[error]${message}`);
    const plain = { level: 'failure', title: null, path: '.github', line: 1 } as const;
    this.annotate({ ...plain, message: this.masked(message) });
  }

  masked(text: string): string {
    return this.secrets.reduce((line, secret) => line.replaceAll(secret, '***'), text);
  }

  /** Takes a stream's pieces, writes its lines; the function that it gives ends the last one. */
  receive(stream: NodeJS.ReadableStream): () => void {
    const decoder = new StringDecoder('utf8');
    let rest = '';
    stream.on('data', (piece: Buffer) => {
      const lines = (rest + decoder.write(piece)).split(/\r?\n/);
      rest = lines.pop() ?? '';
      for (const line of lines) this.line(line);
    });
    return () => {
      if (rest !== '') this.line(rest);
      rest = '';
    };
  }

  async close(): Promise<void> {
    this.file.end();
    await finished(this.file);
  }
}
