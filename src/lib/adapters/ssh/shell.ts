import type { Duplex } from 'node:stream';
import { InterruptedError, UnreachableError } from '../../domain/errors.ts';
import type { Command, Completed, RunOptions, Shell } from '../../ports.ts';
import { deadline, until, type Deadline } from '../shell/deadline.ts';
import { RUN_TIMEOUT_MS } from '../shell/output.ts';
import { connect, type Connection, type Transport } from './connection.ts';
import { NotOpenedError } from './session.ts';
import type { SshTarget } from './target.ts';

/** A host reached over SSH, on one connection that is made again when it was lost. */
export class SshShell implements Shell {
  readonly host: string;
  readonly #transport: Transport;
  readonly #target: SshTarget;
  readonly #via: SshShell | undefined;
  #connection: Promise<Connection> | undefined;
  readonly #worn: Connection[] = [];

  /** @param via the shell on the hop before this host */
  constructor(transport: Transport, target: SshTarget, via: SshShell | undefined) {
    this.host = target.host;
    this.#transport = transport;
    this.#target = target;
    this.#via = via;
  }

  /** The connection; a new one if there is none, if it was lost, or if it is worn. */
  async connection(): Promise<Connection> {
    const current = (this.#connection ??= this.#connect());
    const connection = await current;
    if (!connection.worn) return connection;
    if (this.#connection === current) {
      this.#worn.push(connection);
      this.#connection = this.#connect();
    }
    return this.connection();
  }

  /**
   * A connection that turns out to be gone before the command was sent is made again, once.
   * @throws LostError if the command may have run; UnreachableError or a refusal (exit 4) if it did not;
   * InterruptedError if the caller's signal fired, whether the command runs or not
   */
  async run(command: Command, options: RunOptions = {}): Promise<Completed> {
    this.#transport.onRun();
    if (options.signal?.aborted === true) throw new InterruptedError();
    const limit = deadline(options.timeoutMs ?? RUN_TIMEOUT_MS, options.signal, options.limitedBy);
    try {
      const done = await this.#once(command, options, limit).catch((error: unknown) => {
        if (error instanceof NotOpenedError) return this.#once(command, options, limit);
        throw error;
      });
      return done;
    } catch (error) {
      if (!(error instanceof NotOpenedError)) throw error;
      throw new UnreachableError('host', `${this.host}: no session, ${error.message}`, { cause: error });
    } finally {
      limit.clear();
    }
  }

  async connect(to: string, port: number, timeoutMs: number): Promise<Duplex> {
    return (await this.connection()).tunnel(to, port, timeoutMs);
  }

  typed(command: readonly string[]): readonly string[] {
    return [...this.#target.ssh, this.host, ...command];
  }

  async close(): Promise<void> {
    const connection = await this.#connection?.catch(() => undefined);
    this.#connection = undefined;
    for (const each of [connection, ...this.#worn]) await each?.close();
  }

  async #once(command: Command, options: RunOptions, limit: Deadline): Promise<Completed> {
    const stopped = (): Error =>
      limit.expired
        ? new UnreachableError('host', `${this.host}: no connection in ${limit.text}`)
        : new InterruptedError();
    const connection = await until(this.connection(), limit.signal, stopped);
    const started = performance.now();
    const done = await connection.run(command, options, limit);
    return { ...done, ms: performance.now() - started };
  }

  #connect(): Promise<Connection> {
    const forget = (): void => {
      if (this.#connection === connecting) this.#connection = undefined;
    };
    const connecting = (async () =>
      connect(this.#transport, this.#target, forget, await this.#via?.connection()))();
    connecting.catch(forget);
    return connecting;
  }
}
