import type { Environment } from '../../domain/environment.ts';
import type { JournalHead, LedgerLine } from '../../domain/ledger.ts';
import {
  LEASE_SECONDS,
  PLACE_SECONDS,
  type Freeze,
  type LockHolder,
  type StopRequest,
} from '../../domain/lock.ts';
import { STAGE_FLAG, STAGE_MS } from '../../domain/limits.ts';
import type { ObservedContainer, ObservedHost } from '../../domain/observed.ts';
import { canonical, sha256 } from '../../domain/canonical.ts';
import type {
  Completed,
  Effect,
  Host,
  HostRecords,
  Intent,
  LockAnswer,
  LockWish,
  Shell,
} from '../../ports.ts';
import type { RegistryLogin } from '../../domain/registry-login.ts';
import { familiar } from '../../domain/release.ts';
import {
  containersOf,
  expectDone,
  expectPath,
  ledgerLines,
  logsRefused,
  observedOf,
  sectionsOf,
} from './answer.ts';
import { expectDeployment, intentLine, journalHeadOf } from './journal.ts';
import { recordsOf } from './records.ts';
import { dockerLoginFor } from './docker-login.ts';
import { lockAnswerOf, stopRequestOf } from './lock-answer.ts';
import * as programs from './programs.ts';
import { program, Reach, type ReachOptions } from './reach.ts';
import { runStep } from './step.ts';

/** How many of the ledger's last lines an observation brings along; refusals are not among them. */
const LEDGER_LINES = 60;
/** For what reads or clears away much. */
const MUCH_MS = 60_000;

export interface HostOptions extends ReachOptions {
  /** Logins of hd.yml that a pull gets, by registry. */
  logins?: ReadonlyMap<string, RegistryLogin>;
}

/** The port Host on a Shell: each method is one program of sh; one that may run twice comes back to a host that was lost. */
export function createHost(shell: Shell, environment: Environment, options: HostOptions): Host {
  return new ShellHost(shell, environment, options);
}

class ShellHost implements Host {
  readonly shell: Shell;
  readonly #environment: Environment;
  readonly #options: HostOptions;
  readonly #reach: Reach;

  constructor(shell: Shell, environment: Environment, options: HostOptions) {
    this.shell = shell;
    this.#environment = environment;
    this.#options = options;
    this.#reach = new Reach(shell, options);
  }

  get name(): string {
    return this.shell.host;
  }

  get #hd(): string {
    return `${this.#environment.directory}/.hd`;
  }

  /** As `mask` wants them: environment files on the host (Compose reads `.env` unasked), and what compose files name. */
  get #secretFiles(): string {
    const { directory, envFiles, compose } = this.#environment;
    const files = [...new Set([...envFiles, '.env'])].map((path) => `${directory}/${path}`);
    const composed = compose.map((path) => `${directory}/releases/*/${path}`);
    return [directory, ...files, '--', ...composed].join('\n');
  }

  async observe(deployment?: string): Promise<ObservedHost> {
    const { directory, project, envFiles } = this.#environment;
    const answer = await this.#reach.run(
      program(programs.OBSERVE, [directory, project, LEDGER_LINES, deployment ?? '', ...envFiles]),
    );
    const sections = sectionsOf(this.shell, answer);
    return observedOf(this.name, sections, envFiles, Math.round(this.#options.clock.now() - answer.ms / 2));
  }

  async containers(again = 0): Promise<readonly ObservedContainer[]> {
    const answer = await this.#reach.run(program(programs.CONTAINERS, [this.#environment.project, again]));
    return containersOf(this.name, sectionsOf(this.shell, answer));
  }

  async logs(containerId: string, sinceMs: number): Promise<readonly string[]> {
    const answer = await this.#reach.run(
      program(programs.LOGS, [containerId, new Date(sinceMs).toISOString(), this.#secretFiles]),
    );
    const { stdout } = answer;
    if (answer.status !== 0 || stdout.endsWith(programs.LOGS_REFUSED))
      throw logsRefused(this.name, stdout.replace(programs.LOGS_REFUSED, ''));
    return stdout.split('\n').filter((line) => line !== '');
  }

  async withoutSecrets(lines: readonly string[]): Promise<readonly string[]> {
    const command = program(programs.CLEAR, [this.#secretFiles], `${lines.join('\n')}\n`);
    const answer = await this.#reach.run(command);
    expectDone(this.shell, 'clearing a text of secrets', answer);
    return answer.stdout.replace(/\n$/, '').split('\n');
  }

  async lock(holder: LockHolder, wish: LockWish = {}): Promise<LockAnswer> {
    const { ticket = '', instead = '', urgent, look } = wish;
    if (!/^[\w-]*$/.test(ticket)) throw new TypeError(`a ticket is a plain word, and not ${ticket}`);
    const words = [ticket, instead, urgent === true ? 'urgent' : '', look === true ? 'look' : ''];
    const args = [this.#hd, LEASE_SECONDS, PLACE_SECONDS, canonical(holder), ...words];
    const answer = await this.#reach.once(program(programs.LOCK, args));
    expectDone(this.shell, 'taking the lock', answer);
    const taken = lockAnswerOf(this.name, answer);
    if ('fence' in taken) this.#reach.hold();
    return taken;
  }

  async leaveLine(ticket: string): Promise<void> {
    await this.#reach.once(program(programs.LEAVE_LINE, [this.#hd, ticket]));
  }

  async renew(fence: number): Promise<boolean> {
    const answer = await this.#reach.once(program(programs.RENEW, [this.#hd, fence, LEASE_SECONDS]));
    if (answer.status === programs.Status.fenced) return false;
    expectDone(this.shell, 'renewing the lock', answer);
    return true;
  }

  async unlock(fence: number): Promise<void> {
    this.#reach.letGo();
    await this.#reach.once(program(programs.RENEW, [this.#hd, fence, 0]));
  }

  async askToStop({ fence, ...who }: Omit<StopRequest, 'at'>): Promise<void> {
    const command = program(programs.ASK, [this.#hd, fence, canonical({ ...who, fence })]);
    expectDone(this.shell, 'asking the holder of the lock to stop', await this.#reach.run(command));
  }

  async stopRequest(fence: number): Promise<StopRequest | undefined> {
    const answer = await this.#reach.once(program(programs.ASKED, [this.#hd, fence]));
    expectDone(this.shell, 'looking for a request to stop', answer);
    return stopRequestOf(answer.stdout);
  }

  async freeze(freeze: Omit<Freeze, 'since'> | undefined, fence: number): Promise<void> {
    const text = freeze === undefined ? '' : canonical(freeze);
    expectDone(
      this.shell,
      'freezing',
      await this.#reach.run(program(programs.FREEZE, [this.#hd, fence, text])),
    );
  }

  async append(lines: readonly string[], prev: string | undefined, fence: number): Promise<boolean> {
    const text = lines.map((line) => `${line}\n`).join('');
    const args = [prev ?? '', sha256(lines.at(-1) ?? ''), fence, Buffer.byteLength(text)];
    return this.#wroteLedger(await this.#reach.run(program(programs.APPEND, [this.#hd, ...args], text)));
  }

  async adopt(lines: readonly string[], head: string, fence: number): Promise<boolean> {
    const text = lines.map((line) => `${line}\n`).join('');
    const args = [head, fence, Buffer.byteLength(text)];
    return this.#wroteLedger(await this.#reach.run(program(programs.ADOPT, [this.#hd, ...args], text)));
  }

  #wroteLedger(answer: Completed): boolean {
    if (answer.status === programs.Status.moved) return false;
    expectDone(this.shell, 'writing the ledger', answer);
    return true;
  }

  async ledger(): Promise<readonly LedgerLine[]> {
    const answer = await this.#reach.run(program(programs.LEDGER, [this.#hd]));
    expectDone(this.shell, 'reading the ledger', answer);
    return ledgerLines(this.name, answer.stdout);
  }

  async records(only?: 'ledger'): Promise<HostRecords> {
    const what = only === undefined ? 'all' : '';
    const answer = await this.#reach.run(
      program(programs.RECORDS, [this.#hd, what]),
      this.#reach.limit(MUCH_MS),
    );
    return recordsOf(this.name, answer);
  }

  async journal(deployment: string): Promise<string> {
    const args = [this.#hd, expectDeployment(this.name, deployment)];
    const answer = await this.#reach.run(program(programs.JOURNAL, args));
    expectDone(this.shell, `reading the journal of ${deployment}`, answer);
    return answer.stdout;
  }

  async journalHead(deployment: string): Promise<JournalHead | undefined> {
    const args = [this.#hd, expectDeployment(this.name, deployment)];
    const answer = await this.#reach.run(program(programs.HEAD_OF_JOURNAL, args));
    expectDone(this.shell, `reading the journal of ${deployment}`, answer);
    return journalHeadOf(answer.stdout);
  }

  async ship(
    directory: string,
    files: Parameters<Host['ship']>[1],
    fence: number,
    intent: Intent,
    limitMs = STAGE_MS,
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
    // As long as it takes to send the bytes, which no limit on an answer knows of.
    const limit = { timeoutMs: limitMs, limitedBy: STAGE_FLAG };
    expectDone(
      this.shell,
      `shipping ${directory}`,
      await this.#reach.run(program(programs.SHIP, args, stdin), limit),
    );
  }

  async read(directory: string, paths: readonly string[]): Promise<readonly Uint8Array[]> {
    const answer = await this.#reach.run(
      program(programs.READ, [`${this.#environment.directory}/${directory}`, ...paths]),
    );
    expectDone(this.shell, `reading ${directory}`, answer);
    return answer.stdout
      .split('\x1e')
      .slice(1)
      .map((text) => Buffer.from(text, 'base64'));
  }

  async point(link: string, target: string, fence: number, intent: Intent): Promise<void> {
    const line = intentLine(intent, fence, ['point', link, target]);
    const begin = [this.#hd, fence, expectDeployment(this.name, intent.deployment), line];
    const command = program(programs.POINT, [...begin, this.#environment.directory, link, target]);
    expectDone(this.shell, `pointing ${link} to ${target}`, await this.#reach.run(command));
  }

  async effect(step: Effect, fence: number): Promise<Completed> {
    const where = { hd: this.#hd, secretFiles: this.#secretFiles };
    const login = dockerLoginFor(step.argv, this.#options.logins ?? new Map());
    return runStep(this.#reach, where, step, fence, login);
  }

  async prune(keep: Parameters<Host['prune']>[0], fence: number): Promise<void> {
    const words = [
      ...keep.releases.flatMap((id) => ['release', id]),
      ...keep.files.flatMap((hash) => ['file', hash]),
      ...keep.images.flatMap((image) => ['image', image]),
      ...keep.repositories.flatMap((name) => ['repository', familiar(name)]),
    ];
    const command = program(programs.PRUNE, [this.#hd, fence, this.#environment.directory, ...words]);
    expectDone(this.shell, 'pruning', await this.#reach.run(command, this.#reach.limit(MUCH_MS)));
  }
}
