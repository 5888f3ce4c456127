import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'ssh2';
import { InterruptedError, UnreachableError } from '../../domain/errors.ts';
import { ANSWER_FLAG, ANSWER_MS, limitText } from '../../domain/limits.ts';
import { span } from '../../domain/values.ts';
import type { Command, Completed, RunOptions } from '../../ports.ts';
import { tcpConnect } from '../local/shell.ts';
import type { Deadline } from '../shell/deadline.ts';
import { Slots } from '../shell/slots.ts';
import { ConnectFailure, handshake } from './handshake.ts';
import type { KeyStore, Ssh2 } from './identities.ts';
import { cut } from './cut.ts';
import { knownKeys } from './known-hosts.ts';
import { unreachable } from './refusals.ts';
import { quote } from './quote.ts';
import { NotOpenedError, runSession } from './session.ts';
import { address, type SshTarget } from './target.ts';
import { openTunnel } from './tunnel.ts';

/** A SYN that is lost is sent anew in less time than the system would take; a handshake has whatever is left. */
const TCP_TRIES = 3;
/** The fourth that is due without an answer to those before it ends the connection: after 30 s. */
const KEEPALIVE_MS = 7_500;
const BACKOFF_MS = 250;
const MAX_BACKOFF_MS = 2000;
/** A timer may be early by this much. */
const JITTER_MS = 5;
/** Below sshd's MaxSessions, 10 by default. */
const MAX_SESSIONS = 8;
/** How long a server has to say goodbye. */
const CLOSE_MS = 1000;

/** What all connections of one program share. */
export interface Transport {
  ssh2: Ssh2;
  keys: KeyStore;
  /** Handshakes in flight; below sshd's MaxStartups, 10:30:100 by default. */
  startups: Slots;
  /** For connecting to one machine, all tries together; instead of what the configuration says. */
  timeoutMs: number | undefined;
  /** Instead of what the configuration says. */
  keepaliveMs: number | undefined;
  /** Fires when everything is closed: whatever is still connecting stops. */
  closing: AbortSignal;
  /** For the count. */
  onConnected: () => void;
  onRun: () => void;
}

/**
 * Connects, up to three times if the network fails (six if it is dropped at the door), all tries within one limit, that
 * of ConnectTimeout; what the host or its keys refuse is never tried again. Waiting for a turn is not counted.
 * @param onClosed called when the connection is gone, for whatever cause
 * @param via the connection to the hop before this host
 * @throws UnreachableError, or a refusal (exit 4)
 */
export async function connect(
  transport: Transport,
  target: SshTarget,
  onClosed: () => void,
  via?: Connection,
): Promise<Connection> {
  const { ssh2, keys, closing } = transport;
  const keepaliveMs = transport.keepaliveMs ?? target.keepalive?.ms ?? KEEPALIVE_MS;
  const limitMs = transport.timeoutMs ?? target.connectTimeoutMs ?? ANSWER_MS.connect;
  const configured = transport.timeoutMs === undefined && target.connectTimeoutMs !== undefined;
  const by = configured ? 'ConnectTimeout' : ANSWER_FLAG;
  let until: number | undefined;
  const left = (): number => Math.max(1, (until ?? 0) - performance.now());
  // Read while the socket connects: neither waits for the other.
  const prepared = Promise.all([
    knownKeys(target, transport.timeoutMs),
    keys.identities(target.authentication),
  ]);
  prepared.catch(() => undefined);

  const attempt = async (): Promise<[Client, Duplex]> => {
    const release = await transport.startups.take(closing);
    until ??= performance.now() + limitMs;
    let socket: Duplex | undefined;
    const stop = (): void => {
      if (socket !== undefined) cut(socket);
    };
    closing.addEventListener('abort', stop);
    try {
      socket = await openSocket(target, via, Math.min(left(), limitMs / TCP_TRIES), closing);
      const [known, identities] = await prepared;
      const with_ = { ssh2, target, known, identities, keys, timeoutMs: left(), keepaliveMs };
      const client = await handshake(socket, with_);
      return [client, socket];
    } catch (error) {
      stop();
      throw error;
    } finally {
      closing.removeEventListener('abort', stop);
      release();
    }
  };
  for (let tries = 1; ; tries += 1) {
    try {
      const [client, socket] = await attempt();
      transport.onConnected();
      return new Connection(target, client, socket, onClosed);
    } catch (error) {
      if (closing.aborted) throw new InterruptedError();
      if (!(error instanceof ConnectFailure)) throw error;
      if (left() <= JITTER_MS || tries >= error.worth) {
        const limit = error.silent === 'handshake' ? limitText(limitMs, by) : span(limitMs);
        const why = error.silent === undefined ? error.message : `${error.message} in ${limit}`;
        throw unreachable(target, why, tries, error);
      }
      if (error.silent !== undefined) continue;
      // Spread, so that the many that were dropped together don't come back together.
      const pause = Math.min(BACKOFF_MS * 2 ** (tries - 1), MAX_BACKOFF_MS) * (0.5 + Math.random());
      await sleep(Math.min(pause, left()), undefined, { signal: closing }).catch(() => undefined);
    }
  }
}

async function openSocket(
  target: SshTarget,
  via: Connection | undefined,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Duplex> {
  const { hostname, port, family, bindAddress } = target;
  const from = bindAddress === undefined ? {} : { localAddress: bindAddress };
  try {
    return await (via === undefined
      ? tcpConnect(hostname, port, timeoutMs, { family, signal, ...from })
      : via.tunnel(hostname, port, timeoutMs));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    if (code === 'ETIMEDOUT')
      throw new ConnectFailure(`no answer from ${address(target)}`, error, { silent: 'network' });
    throw new ConnectFailure(socketFailure(target, code), error, { worth: code === 'ENOTFOUND' ? 1 : 3 });
  }
}

function socketFailure(target: SshTarget, code: string): string {
  if (code === 'ECONNREFUSED') return `${address(target)} refused the connection`;
  if (code === 'ENOTFOUND') return `the name ${target.hostname} has no address`;
  return `no connection to ${address(target)} (${code})`;
}

/** One authenticated connection: sessions for commands, tunnels for TCP. */
export class Connection {
  readonly target: SshTarget;
  readonly #client: Client;
  readonly #socket: Duplex;
  readonly #sessions = new Slots(MAX_SESSIONS);
  /** Sessions that were given up while their command went on: sshd counts them until it ends. */
  readonly #abandoned = new Set<() => void>();
  #closed = false;

  constructor(target: SshTarget, client: Client, socket: Duplex, onClosed: () => void) {
    this.target = target;
    this.#client = client;
    this.#socket = socket;
    client.setMaxListeners(0); // each session and each tunnel listens for its end
    const closed = (): void => {
      this.#closed = true;
      onClosed();
    };
    client.once('end', closed).once('close', closed);
  }

  /** So many sessions are held by commands that nobody waits for that another connection is needed. */
  get worn(): boolean {
    return this.#abandoned.size >= MAX_SESSIONS / 2;
  }

  /** @throws NotOpenedError if the connection is gone and nothing was sent; LostError, InterruptedError, UnreachableError */
  async run(command: Command, options: RunOptions, limit: Deadline): Promise<Omit<Completed, 'ms'>> {
    const line = quote(command.argv);
    for (;;) {
      const release = await this.#sessions.take(limit.signal).catch(() => {
        throw limit.expired
          ? new UnreachableError('host', `${this.target.host}: no free session in time`)
          : new InterruptedError();
      });
      if (this.#closed) {
        release();
        throw new NotOpenedError(new Error('the connection is closed'));
      }
      const session = { open: true };
      const closed = (): void => {
        session.open = false;
        this.#abandoned.delete(release);
        release();
      };
      try {
        return await runSession(this.#client, this.target, line, command.stdin, options, limit, closed);
      } catch (error) {
        if (session.open) this.#abandoned.add(release);
        if (!(error instanceof NotOpenedError) || !error.refused) throw error;
        // The host allows fewer sessions than we hold: wait for one of ours to end.
        const fewer = this.#sessions.shrink();
        closed();
        if (!fewer)
          throw new UnreachableError('host', `${this.target.host} opens no session: ${error.message}`);
      }
    }
  }

  tunnel(to: string, port: number, timeoutMs: number): Promise<Duplex> {
    if (this.#closed)
      return Promise.reject(Object.assign(new Error('the connection is closed'), { code: 'ECONNRESET' }));
    return openTunnel(this.#client, to, port, timeoutMs);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    const gone = new Promise<void>((resolve) => void this.#client.once('close', resolve));
    const timer = setTimeout(() => cut(this.#socket), CLOSE_MS);
    this.#client.end();
    await gone;
    clearTimeout(timer);
  }
}
