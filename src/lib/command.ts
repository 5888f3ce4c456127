import { writeSync } from 'node:fs';
import { inspect } from 'node:util';
import { Command, type Interfaces } from '@oclif/core';
import { systemClock } from './adapters/clock.ts';
import { secretVariables } from './adapters/secret-variables.ts';
import { App } from './app.ts';
import { baseFlags } from './base-flags.ts';
import { HdError, InterruptedError } from './domain/errors.ts';
import { Exit, type ExitCode } from './domain/exit.ts';
import { redactAll, type Redact } from './domain/redaction.ts';
import { heldRedaction } from './domain/secret.ts';
import type { EndBlock } from './domain/verdict.ts';
import { bugBlock, errorBlock, jsonError, jsonErrorOf, type Typed } from './failure.ts';
import { listen } from './signals.ts';
import { limitOf } from './limit-flags.ts';
import { escapeData } from './ui/actions.ts';
import { printAnswer, summary } from './ui/output.ts';
import { redacting } from './ui/redacting.ts';
import { createReporter } from './ui/reporter.ts';
import { modeOf, styleOf, type Mode, type OutputFlags } from './ui/terminal.ts';
import type { View } from './ui/view.ts';
import { usageError } from './usage.ts';

/** What a command gives back; the base prints it. */
export interface Result {
  /** The answer of a verb that only looks, on stdout. */
  view?: readonly View[];
  /** An answer that is written as it is, without a line more: what is exported. */
  raw?: string;
  /** What was done, or found: the last lines on the screen. */
  block?: EndBlock;
  /** For `--json`; `schemaVersion`, `command` and `exit` are added, and `error` unless it is there. */
  json: object;
  /** Default: the verdict's, else 0. */
  exit?: ExitCode;
}

/** A command's flags, its own and those that every command has. */
export type Flags<T extends typeof Command> = Interfaces.InferredFlags<
  (typeof HdCommand)['baseFlags'] & T['flags']
>;
export type Args<T extends typeof Command> = Interfaces.InferredArgs<T['args']>;

/** How long connections may take to end. */
const CLOSE_MS = 2_000;

/**
 * The base of every command: reads flags (each is also HD_FLAG), makes the App, runs `execute`, prints what it
 * gives back, and turns every failure into an end block and an exit code. Nothing is printed after the verdict.
 */
export abstract class HdCommand<T extends typeof Command> extends Command {
  static override baseFlags = baseFlags;
  /** False for a verb that changes something: it stops at a safe point of its own instead of at once. */
  static looks = false;

  protected flags!: Flags<T>;
  protected args!: Args<T>;
  protected app!: App;
  /** All that leaves the process goes through it. */
  readonly #redact: Redact = heldRedaction();
  /** What the second Ctrl-C says, if the flow knows more than that it stopped. */
  protected leaving: (() => EndBlock) | undefined;

  /** The command itself: flags → request → flow → result. Throws HdError for what it foresees. */
  abstract execute(): Promise<Result>;

  override async run(): Promise<void> {
    secretVariables(process.env);
    const output = outputFlags(this.argv);
    const stopping = listen(
      () => this.#stopping(),
      () => this.#leave(output),
    );
    const result = await this.#result(output, stopping.signal);
    await this.#close();
    stopping.end();
    await this.#print(result, output);
  }

  async #result(output: OutputFlags, signal: AbortSignal): Promise<Result> {
    try {
      await this.#prepare(output, signal);
      const work = this.execute();
      const { looks } = this.ctor as typeof HdCommand;
      return await Promise.race(looks ? [work, crashed(), aborted(signal)] : [work, crashed()]);
    } catch (error) {
      return this.#failed(error);
    }
  }

  async #prepare(output: OutputFlags, signal: AbortSignal): Promise<void> {
    const all = { ...this.ctor.baseFlags, ...this.ctor.flags };
    for (const [name, flag] of Object.entries(all))
      flag.env ??= `HD_${name.replaceAll('-', '_').toUpperCase()}`;
    // Words are never taken from a pipe: a missing argument is an error, not a wait.
    for (const arg of Object.values(this.ctor.args)) arg.ignoreStdin = true;
    const parsed = await this.parse({ flags: all, args: this.ctor.args, strict: this.ctor.strict });
    this.flags = parsed.flags as Flags<T>;
    this.args = parsed.args as Args<T>;
    const given = parsed.flags as Flags<typeof Command>;
    Object.assign(output, { json: given.json, plain: given.plain, color: !given['no-color'] });
    const { env, stdin, stdout, stderr } = process;
    const { version } = this.config;
    const clock = systemClock;
    const mode = modeOf(stderr, env, output);
    const terminal = stdin.isTTY && stderr.isTTY && !given['no-input'] && !output.json && mode !== 'actions';
    const { createPrompt } = await import('./adapters/prompt.ts');
    const reporter = await createReporter({ stderr, env, flags: output, clock, version });
    this.app = new App({
      env,
      cwd: process.cwd(),
      version,
      clock,
      signal,
      reporter: redacting(reporter, this.#redact),
      redact: this.#redact,
      prompt: createPrompt({ interactive: terminal, ascii: styleOf(stderr, env, mode).ascii, signal }),
      style: styleOf(stdout, env, mode),
      sshConfig: given['ssh-config'],
      waits: {
        answerMs: limitOf('answer-timeout', given['answer-timeout']),
        githubMs: limitOf('github-wait', given['github-wait']),
      },
    });
  }

  async #failed(error: unknown): Promise<Result> {
    const foreseen = error instanceof HdError ? error : usageError(error);
    if (foreseen !== undefined)
      return {
        block: errorBlock(foreseen, this.#typed()),
        json: { error: jsonError(foreseen, this.#typed()) },
      };
    const { keepBugReport } = await import('./adapters/bug-report.ts');
    const message = error instanceof Error ? error.message : String(error);
    const about = { version: this.config.version, command: this.id ?? '', at: Date.now() };
    const report = await keepBugReport(error, about, process.env, this.#redact);
    if (process.env['HD_DEBUG'] !== undefined && process.env['HD_DEBUG'] !== '')
      console.error(this.#redact(inspect(error)));
    const block = bugBlock(message, this.config.version, report, ['hd', 'status']);
    return { block, json: {} };
  }

  async #print(told: Result, output: OutputFlags): Promise<void> {
    const result = redactAll(this.#redact, told);
    const { env, stdout, stderr } = process;
    const exit = result.exit ?? result.block?.verdict.exit ?? Exit.done;
    process.exitCode = exit;
    if (told.raw !== undefined) {
      // As it is in the ledger: a byte less, and it would not verify.
      stdout.write(told.raw);
      return;
    }
    const json = this.#json(result, exit);
    const mode = modeOf(stderr, env, output);
    await this.#report(json, mode);
    if (output.json) {
      stdout.write(`${JSON.stringify(json, undefined, 2)}\n`);
      return;
    }
    const file = env['GITHUB_STEP_SUMMARY'];
    if (mode === 'actions' && file !== undefined && file !== '' && result.block !== undefined) {
      const { appendFile } = await import('node:fs/promises');
      // A summary that can't be written is no reason to fail what was done.
      await appendFile(file, summary(result.block, json, styleOf(stdout, env, mode))).catch(() => undefined);
    }
    printAnswer(result, { stdout, stderr, env, flags: output, mode });
  }

  #json(result: Result, exit: ExitCode): object {
    const failed =
      exit !== Exit.done && result.block !== undefined ? { error: jsonErrorOf(result.block) } : {};
    const command =
      'error' in result.json && Object.keys(result.json).length === 1 ? {} : { command: this.id, exit };
    return { schemaVersion: 1, ...command, ...failed, ...result.json };
  }

  /** Of a verb that has `--report`; before the verdict, after which nothing is said. */
  async #report(json: object, mode: Mode): Promise<void> {
    // A command without any flag has no table of them.
    if (!('report' in { ...this.ctor.flags })) return;
    // Without flags the command line could not be read.
    const given = ((this.flags as Flags<T> | undefined) ?? {}) as { report?: string };
    const { reportPath, writeReport } = await import('./report-file.ts');
    const path = reportPath(given.report, process.env);
    const why = path === undefined ? undefined : await writeReport(path, json, process.env);
    if (why === undefined || mode === 'silent') return;
    const text = this.#redact(why);
    process.stderr.write(mode === 'actions' ? `::warning::${escapeData(text)}\n` : `  ! ${text}\n`);
  }

  async #close(): Promise<void> {
    if ((this.app as App | undefined) === undefined) return;
    await this.app.reporter.close();
    // A host that is gone does not keep the verdict waiting.
    await Promise.race([this.app.close(), systemClock.sleep(CLOSE_MS)]);
  }

  #typed(): Typed {
    return { verb: (this.id ?? '').split(':').filter((word) => word !== 'home'), argv: this.argv };
  }

  #stopping(): void {
    const { looks } = this.ctor as typeof HdCommand;
    if (!looks) (this.app as App | undefined)?.reporter.stopping();
  }

  /** The second Ctrl-C: says what is known, before anything is awaited, and leaves. */
  #leave(output: OutputFlags): void {
    const block = redactAll(
      this.#redact,
      this.leaving?.() ??
        errorBlock(new InterruptedError('left at once, at the second Ctrl-C'), this.#typed()),
    );
    const { env, stdout, stderr } = process;
    const to = (fd: number, stream: NodeJS.WriteStream) => ({
      isTTY: stream.isTTY,
      columns: stream.columns,
      write: (text: string) => writeSync(fd, text),
    });
    if (output.json) writeSync(1, `${JSON.stringify({ schemaVersion: 1, error: jsonErrorOf(block) })}\n`);
    else {
      writeSync(2, stderr.isTTY ? '\x1b[?25h\n' : '');
      printAnswer(
        { block },
        {
          stdout: to(1, stdout),
          stderr: to(2, stderr),
          env,
          flags: output,
          mode: modeOf(stderr, env, output),
        },
      );
    }
    process.exit(Exit.interrupted);
  }
}

/** What is known of the output before the flags are parsed, since a parse error is shown in the form asked for. */
function outputFlags(argv: readonly string[]): OutputFlags {
  const end = argv.indexOf('--');
  const words = new Set(end === -1 ? argv : argv.slice(0, end));
  const env = (name: string): boolean => /^(1|true|y|yes)$/i.test(process.env[name] ?? '');
  return {
    json: words.has('--json') || env('HD_JSON'),
    plain: words.has('--plain') || env('HD_PLAIN'),
    color: !words.has('--no-color') && !env('HD_NO_COLOR'),
  };
}

/** What is thrown where nobody waits for it, an event's handler say, is a bug like any other. */
function crashed(): Promise<never> {
  return new Promise((_, reject) => process.once('uncaughtException', reject));
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
