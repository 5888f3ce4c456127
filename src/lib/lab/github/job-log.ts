import { createWriteStream, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { StringDecoder } from 'node:string_decoder';

/** What a step prints to the runner: `::error::text` and its like become what the log shows. */
const COMMAND = /^::(error|warning|notice|debug|group|endgroup)(?: [^:]*)?::(.*)$/;

/** A job's log in GitHub's form: every line with its time, secrets masked. */
export class JobLog {
  private readonly file: WriteStream;
  private readonly secrets: readonly string[];

  constructor(path: string, secrets: readonly string[]) {
    this.file = createWriteStream(path, { flags: 'a' });
    this.secrets = secrets.filter((secret) => secret !== '');
  }

  line(text: string): void {
    const [, command, rest = ''] = COMMAND.exec(text) ?? [];
    const shown = command === undefined ? text : `##[${command}]${rest}`;
    const masked = this.secrets.reduce((line, secret) => line.replaceAll(secret, '***'), shown);
    const now = new Date().toISOString().replace('Z', '0000Z');
    this.file.write(`${now} ${masked}\n`);
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
