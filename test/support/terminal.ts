import { spawn } from 'node:child_process';
import { quoteCommand } from '../../src/lib/domain/names.ts';

export interface TerminalOptions {
  columns?: number;
  rows?: number;
  env?: Record<string, string>;
  cwd?: string;
}

/** A command on a pseudo-terminal, made by script(1): what a person would see and type. */
export class Terminal {
  static readonly #open = new Set<Terminal>();
  readonly #child;
  readonly #screen: Screen;
  readonly #ended: Promise<number>;
  #raw = '';
  #watchers: (() => void)[] = [];

  constructor(argv: readonly string[], { columns = 80, rows = 24, env = {}, cwd }: TerminalOptions = {}) {
    const line = `stty cols ${columns} rows ${rows}; exec ${quoteCommand(argv)}`;
    this.#screen = new Screen(columns, rows);
    this.#child = spawn('script', ['-qefc', line, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: {
        ...process.env,
        ...UNSET,
        TERM: 'xterm-256color',
        LC_ALL: 'C.UTF-8',
        TZ: 'UTC',
        SHELL: '/bin/sh',
        ...env,
      },
      ...(cwd === undefined ? {} : { cwd }),
    });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#raw += text;
      this.#screen.write(text);
      for (const watcher of this.#watchers.splice(0)) watcher();
    });
    Terminal.#open.add(this);
    this.#ended = new Promise((resolve) => {
      this.#child.on('close', (code) => {
        Terminal.#open.delete(this);
        resolve(code ?? -1);
      });
    });
  }

  /** Ends what a failed test has left: its process would keep the tests from ending. */
  static async stopAll(): Promise<void> {
    const left = [...Terminal.#open];
    // script passes the hangup on to the command on its terminal.
    for (const terminal of left) terminal.#child.kill('SIGHUP');
    await Promise.all(left.map((terminal) => terminal.#ended));
  }

  /** Everything that was written, escape sequences included. */
  get raw(): string {
    return this.#raw;
  }

  /** What can be read: the scrollback and the screen, without blanks at the ends. */
  get text(): string {
    return this.#screen.text();
  }

  type(keys: string): void {
    this.#child.stdin.write(keys);
  }

  /** Resolves when the pattern can be read; rejects when the command ends without it. */
  async until(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.text)) {
      const change = new Promise<boolean>((resolve) => this.#watchers.push(() => resolve(false)));
      const ended = await Promise.race([change, this.#ended.then(() => true)]);
      if (ended && !pattern.test(this.text))
        throw new Error(`never read ${String(pattern)} in:\n${this.text}`);
    }
  }

  /** The exit code. */
  end(): Promise<number> {
    return this.#ended.finally(() => this.#child.stdin.destroy());
  }
}

/** Of the machine that runs the tests: nothing of it decides how hd draws. */
const UNSET = Object.fromEntries(
  [
    'CI',
    'GITHUB_ACTIONS',
    'NO_COLOR',
    'FORCE_COLOR',
    'CLICOLOR',
    'CLICOLOR_FORCE',
    'GH_TOKEN',
    'GITHUB_TOKEN',
  ].map((name) => [name, undefined]),
);

/** As much of a terminal as hd and inquirer use: lines, a cursor, erasing. */
export class Screen {
  readonly #columns: number;
  readonly #rows: number;
  readonly #lines: string[][] = [[]];
  #row = 0;
  #column = 0;

  constructor(columns: number, rows: number) {
    this.#columns = columns;
    this.#rows = rows;
  }

  text(): string {
    return this.#lines
      .map((line) =>
        Array.from(line, (char: string | undefined) => char ?? ' ')
          .join('')
          .trimEnd(),
      )
      .join('\n')
      .trimEnd();
  }

  write(text: string): void {
    // eslint would read a control character in a literal pattern as a slip.
    const sequence = new RegExp('\\u001b\\[[?0-9;]*[A-Za-z]|[^]', 'gu');
    for (const [token] of text.matchAll(sequence)) {
      if (token.startsWith('\x1b[')) this.#control(token.slice(2, -1), token.at(-1) ?? '');
      else if (token === '\n') this.#move(this.#row + 1, this.#column);
      else if (token === '\r') this.#column = 0;
      else if (token === '\b') this.#column = Math.max(0, this.#column - 1);
      else if (token >= ' ') this.#put(token);
    }
  }

  #put(char: string): void {
    if (this.#column >= this.#columns) this.#move(this.#row + 1, 0);
    const line = this.#lines[this.#row];
    if (line !== undefined) line[this.#column] = char;
    this.#column += 1;
  }

  #move(row: number, column: number): void {
    // A cursor can't go up beyond the screen into the scrollback.
    const top = Math.max(0, this.#lines.length - this.#rows);
    this.#row = Math.max(top, row);
    this.#column = Math.max(0, column);
    while (this.#lines.length <= this.#row) this.#lines.push([]);
  }

  #control(parameters: string, final: string): void {
    const n = Number(parameters.split(';')[0]) || 1;
    const line = this.#lines[this.#row] ?? [];
    if (final === 'A') this.#move(this.#row - n, this.#column);
    else if (final === 'B') this.#move(this.#row + n, this.#column);
    else if (final === 'C') this.#column += n;
    else if (final === 'D') this.#column = Math.max(0, this.#column - n);
    else if (final === 'G') this.#column = n - 1;
    else if (final === 'K') line.splice(parameters === '2' ? 0 : this.#column);
    else if (final === 'J') {
      line.splice(this.#column);
      this.#lines.splice(this.#row + 1);
    }
  }
}
