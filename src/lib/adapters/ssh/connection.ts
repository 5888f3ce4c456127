import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'ssh2';
import { InterruptedError, UnreachableError } from '../../domain/errors.ts';
import type { Command, Completed, RunOptions } from '../../ports.ts';
import { tcpConnect } from '../local/shell.ts';
import type { Deadline } from '../shell/deadline.ts';
import { duration } from '../shell/output.ts';
import { Slots } from '../shell/slots.ts';
import { ConnectFailure, handshake } from './handshake.ts';
import type { KeyStore, Ssh2 } from './identities.ts';
import { knownKeys } from './known-hosts.ts';
import { unreachable } from './refusals.ts';
import { quote } from './quote.ts';
import { NotOpenedError, runSession } from './session.ts';
import { address, type SshTarget } from './target.ts';
import { openTunnel } from './tunnel.ts';

/** For one try; ConnectTimeout of the configuration, or the caller, says otherwise. */
const CONNECT_TIMEOUT_MS = 10_000;
const KEEPALIVE_MS = 15_000;
const BACKOFF_MS = 250;
const MAX_BACKOFF_MS = 2000;
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
 * Connects, up to three times if the network fails (six if it is dropped at the door); what the host or its keys refuse is never tried again.
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
  const timeoutMs = transport.timeoutMs ?? target.connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
  // Read while the socket connects: neither waits for the other.
  const prepared = Promise.all([knownKeys(target), keys.identities(target.authentication)]);
  prepared.catch(() => undefined);

  const attempt = async (): Promise<Client> => {
    const release = await transport.startups.take(closing);
    let socket: Duplex | undefined;
    const stop = (): void => void socket?.destroy();
    closing.addEventListener('abort', stop);
    try {
      socket = await openSocket(target, via, timeoutMs, closing);
      const [known, identities] = await prepared;
      return await handshake(socket, { ssh2, target, known, identities, keys, timeoutMs, keepaliveMs });
    } catch (error) {
      socket?.destroy();
      throw error;
    } finally {
      closing.removeEventListener('abort', stop);
      release();
    }
  };
  for (let tries = 1; ; tries += 1) {
    try {
      const client = await attempt();
      transport.onConnected();
      return new Connection(target, client, onClosed);
    } catch (error) {
      if (closing.aborted) throw new InterruptedError();
      if (!(error instanceof ConnectFailure)) throw error;
      if (tries >= error.worth) throw unreachable(target, error.message, tries, error);
      // Spread, so that the many that were dropped together don't come back together.
      const pause = Math.min(BACKOFF_MS * 2 ** (tries - 1), MAX_BACKOFF_MS) * (0.5 + Math.random());
      await sleep(pause, undefined, { signal: closing }).catch(() => undefined);
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
    throw new ConnectFailure(socketFailure(target, code, timeoutMs), error, code === 'ENOTFOUND' ? 1 : 3);
  }
}

function socketFailure(target: SshTarget, code: string, timeoutMs: number): string {
  if (code === 'ETIMEDOUT') return `no answer from ${address(target)} in ${duration(timeoutMs)}`;
  if (code === 'ECONNREFUSED') return `${address(target)} refused the connection`;
  if (code === 'ENOTFOUND') return `the name ${target.hostname} has no address`;
  return `no connection to ${address(target)} (${code})`;
}

/** One authenticated connection: sessions for commands, tunnels for TCP. */
export class Connection {
  readonly target: SshTarget;
  readonly #client: Client;
  readonly #sessions = new Slots(MAX_SESSIONS);
  /** Sessions that were given up while their command went on: sshd counts them until it ends. */
  readonly #abandoned = new Set<() => void>();
  #closed = false;

  constructor(target: SshTarget, client: Client, onClosed: () => void) {
    this.target = target;
    this.#client = client;
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
    const timer = setTimeout(() => this.#client.destroy(), CLOSE_MS);
    this.#client.end();
    await gone;
    clearTimeout(timer);
  }
}
