import { LostError, UnreachableError } from '../../domain/errors.ts';
import type { Environment } from '../../domain/environment.ts';
import type { JournalHead, LedgerLine } from '../../domain/ledger.ts';
import { LEASE_SECONDS, type LockHolder, type LockState } from '../../domain/lock.ts';
import type { ObservedContainer, ObservedHost } from '../../domain/observed.ts';
import { canonical, sha256 } from '../../domain/canonical.ts';
import type {
  Clock,
  Command,
  Completed,
  Effect,
  Host,
  HostRecords,
  Intent,
  RunOptions,
  Shell,
} from '../../ports.ts';
import { familiar } from '../../domain/release.ts';
import {
  busy,
  containersOf,
  expectDone,
  expectPath,
  fenced,
  ledgerLines,
  lockOf,
  logsRefused,
  observedOf,
  sectionsOf,
} from './answer.ts';
import { expectDeployment, intentLine, journalHeadOf } from './journal.ts';
import { recordsOf } from './records.ts';
import * as programs from './programs.ts';

/** How many of the ledger's last lines an observation brings along; refusals are not among them. */
const LEDGER_LINES = 60;
const READ_MS = 30_000;

export interface HostOptions {
  clock: Clock;
  /** How long a lost host is tried again while one of its steps runs (`--reconnect`). */
  reconnectMs: number;
}

/** The port Host on a Shell: each method is one program of sh, sent once. */
export function createHost(shell: Shell, environment: Environment, options: HostOptions): Host {
  return new ShellHost(shell, environment, options);
}

function program(text: string, args: readonly (string | number)[], stdin?: string | Uint8Array): Command {
  return { argv: ['sh', '-c', text, 'hd', ...args.map(String)], ...(stdin === undefined ? {} : { stdin }) };
}

/** How a step ended: a status or a word of ENDED's; undefined if the answer stops before that. */
function endOf({ stdout }: Completed): { word: string; output: string } | undefined {
  const mark = stdout.lastIndexOf('\x1erc ');
  if (mark < 0 || !stdout.endsWith('\n')) return undefined;
  return { word: stdout.slice(mark + 4).trim(), output: stdout.slice(0, mark) };
}

class ShellHost implements Host {
  readonly shell: Shell;
  readonly #environment: Environment;
  readonly #options: HostOptions;

  constructor(shell: Shell, environment: Environment, options: HostOptions) {
    this.shell = shell;
    this.#environment = environment;
    this.#options = options;
  }

  get name(): string {
    return this.shell.host;
  }

  get #hd(): string {
    return `${this.#environment.directory}/.hd`;
  }

  /** Environment files on the host; Compose reads `.env` unasked. */
  get #secretFiles(): string {
    const { directory, envFiles, compose } = this.#environment;
    const files = [...new Set([...envFiles, '.env'])].map((path) => `${directory}/${path}`);
    const composed = compose.map((path) => `${directory}/releases/*/${path}`);
    return [directory, ...files, '--', ...composed].join('\n');
  }

  #run(command: Command, options: RunOptions = {}): Promise<Completed> {
    return this.shell.run(command, { timeoutMs: READ_MS, ...options });
  }

  async observe(): Promise<ObservedHost> {
    const { directory, project, envFiles } = this.#environment;
    const before = this.#options.clock.now();
    const answer = await this.#run(
      program(programs.OBSERVE, [directory, project, LEDGER_LINES, ...envFiles]),
    );
    const sections = sectionsOf(this.name, answer);
    return observedOf(this.name, sections, envFiles, Math.round((before + this.#options.clock.now()) / 2));
  }

  async containers(again = 0): Promise<readonly ObservedContainer[]> {
    const answer = await this.#run(program(programs.CONTAINERS, [this.#environment.project, again]));
    return containersOf(this.name, sectionsOf(this.name, answer));
  }

  async logs(containerId: string, sinceMs: number): Promise<readonly string[]> {
    const answer = await this.#run(
      program(programs.LOGS, [containerId, new Date(sinceMs).toISOString(), this.#secretFiles]),
    );
    const { stdout } = answer;
    if (answer.status !== 0 || stdout.endsWith(programs.LOGS_REFUSED))
      throw logsRefused(this.name, stdout.replace(programs.LOGS_REFUSED, ''));
    return stdout.split('\n').filter((line) => line !== '');
  }

  async lock(holder: LockHolder): Promise<{ fence: number; replaced?: LockState } | { held: LockState }> {
    const answer = await this.#run(program(programs.LOCK, [this.#hd, LEASE_SECONDS, canonical(holder)]));
    expectDone(this.name, 'taking the lock', answer);
    const [, kind = '', state = ''] = /^\x1e(held|replaced)\n(.*)$/m.exec(answer.stdout) ?? [];
    const other = lockOf(state);
    if (kind === 'held' && other !== undefined) return { held: other };
    const fence = Number(/\x1etaken\n(\d+)/.exec(answer.stdout)?.[1]);
    return other === undefined ? { fence } : { fence, replaced: other };
  }

  async renew(fence: number): Promise<boolean> {
    return (await this.#run(program(programs.RENEW, [this.#hd, fence, LEASE_SECONDS]))).status === 0;
  }

  async unlock(fence: number): Promise<void> {
    await this.#run(program(programs.RENEW, [this.#hd, fence, 0]));
  }

  async append(lines: readonly string[], prev: string | undefined, fence: number): Promise<boolean> {
    const text = lines.map((line) => `${line}\n`).join('');
    const args = [prev ?? '', sha256(lines.at(-1) ?? ''), fence, Buffer.byteLength(text)];
    return this.#wroteLedger(await this.#run(program(programs.APPEND, [this.#hd, ...args], text)));
  }

  async adopt(lines: readonly string[], head: string, fence: number): Promise<boolean> {
    const text = lines.map((line) => `${line}\n`).join('');
    const args = [head, fence, Buffer.byteLength(text)];
    return this.#wroteLedger(await this.#run(program(programs.ADOPT, [this.#hd, ...args], text)));
  }

  #wroteLedger(answer: Completed): boolean {
    if (answer.status === programs.Status.moved) return false;
    expectDone(this.name, 'writing the ledger', answer);
    return true;
  }

  async setAside(): Promise<readonly { head: string; lines: readonly LedgerLine[] }[]> {
    const answer = await this.#run(program(programs.SET_ASIDE, [this.#hd]));
    expectDone(this.name, 'reading the ledgers that were set aside', answer);
    return answer.stdout
      .split('\x1e')
      .slice(1)
      .map((part) => {
        const end = part.indexOf('\n');
        return { head: part.slice(0, end), lines: ledgerLines(this.name, part.slice(end + 1)) };
      });
  }

  async ledger(): Promise<readonly LedgerLine[]> {
    const answer = await this.#run(program(programs.LEDGER, [this.#hd]));
    expectDone(this.name, 'reading the ledger', answer);
    return ledgerLines(this.name, answer.stdout);
  }

  async records(only?: 'ledger'): Promise<HostRecords> {
    const what = only === undefined ? 'all' : '';
    const answer = await this.#run(program(programs.RECORDS, [this.#hd, what]), { timeoutMs: 60_000 });
    return recordsOf(this.name, answer);
  }

  async journal(deployment: string): Promise<string> {
    const args = [this.#hd, expectDeployment(this.name, deployment)];
    const answer = await this.#run(program(programs.JOURNAL, args));
    expectDone(this.name, `reading the journal of ${deployment}`, answer);
    return answer.stdout;
  }

  async journalHead(deployment: string): Promise<JournalHead | undefined> {
    const args = [this.#hd, expectDeployment(this.name, deployment)];
    const answer = await this.#run(program(programs.HEAD_OF_JOURNAL, args));
    expectDone(this.name, `reading the journal of ${deployment}`, answer);
    return journalHeadOf(answer.stdout);
  }

  async ship(
    directory: string,
    files: Parameters<Host['ship']>[1],
    fence: number,
    intent: Intent,
  ): Promise<void> {
    for (const { path } of files) expectPath(this.name, path);
    const parts = files.flatMap(({ path, content, executable }) => [
      Buffer.from(`${content.length} ${executable ? '755' : '644'} ${path}\n`),
      content,
    ]);
    const stdin = Buffer.concat([...parts, Buffer.from('done\n')]);
    const target = `${this.#environment.directory}/${directory}`;
    const line = intentLine(intent, fence, ['ship', directory]);
    const args = [this.#hd, fence, expectDeployment(this.name, intent.deployment), line, target];
    expectDone(this.name, `shipping ${directory}`, await this.#run(program(programs.SHIP, args, stdin)));
  }

  async read(directory: string, paths: readonly string[]): Promise<readonly Uint8Array[]> {
    const answer = await this.#run(
      program(programs.READ, [`${this.#environment.directory}/${directory}`, ...paths]),
    );
    expectDone(this.name, `reading ${directory}`, answer);
    return answer.stdout
      .split('\x1e')
      .slice(1)
      .map((text) => Buffer.from(text, 'base64'));
  }

  async point(link: string, target: string, fence: number, intent: Intent): Promise<void> {
    const line = intentLine(intent, fence, ['point', link, target]);
    const begin = [this.#hd, fence, expectDeployment(this.name, intent.deployment), line];
    const command = program(programs.POINT, [...begin, this.#environment.directory, link, target]);
    expectDone(this.name, `pointing ${link} to ${target}`, await this.#run(command));
  }

  async effect(step: Effect, fence: number): Promise<Completed> {
    const limit = Math.ceil(step.timeoutMs / 1000);
    const command = program(programs.EFFECT, [
      this.#hd,
      step.id,
      fence,
      limit,
      this.#secretFiles,
      step.alone ? 'yes' : 'no',
      expectDeployment(this.name, step.intent.deployment),
      intentLine(step.intent, fence, step.argv, step.id),
      ...step.argv,
    ]);
    const lost = new LostError(this.name, `step ${step.id} on ${this.name} did not say how it ended`);
    const answer = await this.#run(command, {
      timeoutMs: step.timeoutMs + READ_MS,
      ...(step.signal === undefined ? {} : { signal: step.signal }),
      ...(step.onOutput === undefined ? {} : { onStderr: step.onOutput }),
    }).catch((error: unknown) => {
      if (error instanceof LostError) return this.#attach(step.id, limit, error);
      throw error;
    });
    if (endOf(answer) !== undefined || answer.status < 128) return this.#ended(step.id, answer, lost);
    // Somebody ended the shell that followed the step.
    return this.#ended(step.id, await this.#attach(step.id, limit, lost), lost);
  }

  /** The session is gone, the step is not: asks until the host answers again, or the time for that is over. */
  async #attach(id: string, limit: number, lost: LostError): Promise<Completed> {
    const { clock, reconnectMs } = this.#options;
    const until = clock.now() + reconnectMs;
    for (;;) {
      try {
        return await this.#run(program(programs.ATTACH, [this.#hd, id, limit, this.#secretFiles]), {
          timeoutMs: limit * 1000 + READ_MS,
        });
      } catch (error) {
        if (!(error instanceof LostError || error instanceof UnreachableError)) throw error;
        if (clock.now() >= until) throw lost;
        await clock.sleep(1000);
      }
    }
  }

  #ended(id: string, answer: Completed, lost: LostError): Completed {
    const end = endOf(answer);
    if (end === undefined) expectDone(this.name, `starting ${id}`, answer);
    if (end?.word === 'fenced') throw fenced(this.name);
    if (end?.word === 'busy') throw busy(this.name);
    if (end === undefined || !/^\d+$/.test(end.word)) throw lost;
    return { status: Number(end.word), stdout: end.output, stderr: '', ms: answer.ms };
  }

  async prune(keep: Parameters<Host['prune']>[0], fence: number): Promise<void> {
    const words = [
      ...keep.releases.flatMap((id) => ['release', id]),
      ...keep.files.flatMap((hash) => ['file', hash]),
      ...keep.images.flatMap((image) => ['image', image]),
      ...keep.repositories.flatMap((name) => ['repository', familiar(name)]),
    ];
    const command = program(programs.PRUNE, [this.#hd, fence, this.#environment.directory, ...words]);
    expectDone(this.name, 'pruning', await this.#run(command, { timeoutMs: 60_000 }));
  }
}
