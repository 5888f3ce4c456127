import type { Duplex } from 'node:stream';
import type { AnyAuthMethod, AuthHandlerMiddleware, Client, ParsedKey } from 'ssh2';
import type { HdError } from '../../domain/errors.ts';
import { offer } from './algorithms.ts';
import { cut } from './cut.ts';
import { LockedKeyError, type Identity, type KeyStore, type Ssh2 } from './identities.ts';
import { fingerprint, judge, type KnownKey } from './known-hosts.ts';
import { authenticationRefused, hostKeyRefused, incompatible } from './refusals.ts';
import { address, type SshTarget } from './target.ts';

/** sshd's MaxAuthTries, by default. */
const MAX_AUTH_TRIES = 6;

/** The connection broke, or never answered: worth another try, since nothing ran. */
export class ConnectFailure extends Error {
  /** How many tries in all this kind of failure is worth; silence is tried again for as long as there is time. */
  readonly worth: number;
  /** Nothing came back in time: not even a connection, or no handshake on one. */
  readonly silent: 'network' | 'handshake' | undefined;
  constructor(
    why: string,
    cause?: unknown,
    { worth = 3, silent }: { worth?: number; silent?: 'network' | 'handshake' } = {},
  ) {
    super(why, { cause });
    this.worth = silent === undefined ? worth : Infinity;
    this.silent = silent;
  }
}

/** sshd drops connections at random where too many begin at once (MaxStartups); it costs nothing to come back. */
class DroppedFailure extends ConnectFailure {
  constructor(target: SshTarget, cause?: unknown) {
    super(`${address(target)} closed the connection before the SSH handshake`, cause, { worth: 6 });
  }
}

/** As OpenSSH's own ServerAliveCountMax. */
const LOST_KEEPALIVES = 3;

export interface Handshake {
  ssh2: Ssh2;
  target: SshTarget;
  known: readonly KnownKey[];
  identities: readonly Identity[];
  keys: KeyStore;
  /** For all of it; a person who is asked for a passphrase is given it again. */
  timeoutMs: number;
  keepaliveMs: number;
}

/**
 * Key exchange, the host's key verified, authentication.
 * @throws HdError (never to be retried) if the host's key or every key of ours is refused; ConnectFailure else
 */
export function handshake(socket: Duplex, with_: Handshake): Promise<Client> {
  const { ssh2, target, known, keys, timeoutMs } = with_;
  const tried = { offered: [] as string[], skipped: 0, locked: [] as string[] };
  const client = new ssh2.Client();
  const algorithms = offer(target.algorithms, known);
  const none = Object.entries(algorithms).find(([, names]) => Array.isArray(names) && names.length === 0);
  if (none !== undefined) return Promise.reject(incompatible(target, none[0]));
  // ssh2 would wait for a socket that has closed by now to say something.
  if (socket.destroyed) return Promise.reject(new DroppedFailure(target));

  return new Promise((resolve, reject) => {
    let refusal: HdError | undefined;
    let exchanged = false;
    const fail = (error: Error): void => {
      clearTimeout(timer);
      cut(socket);
      reject(error);
    };
    const expire = (): void => {
      if (keys.asking) timer = setTimeout(expire, timeoutMs);
      else
        fail(
          new ConnectFailure(`no answer from ${address(target)} ${moment()}`, undefined, {
            silent: 'handshake',
          }),
        );
    };
    const moment = (): string => (exchanged ? 'during authentication' : 'during the SSH handshake');
    let timer = setTimeout(expire, timeoutMs);

    client.on('handshake', () => (exchanged = true));
    client.on('ready', () => {
      clearTimeout(timer);
      resolve(client);
    });
    // Stays for the connection's life: without a listener a late error would end the process; 'close' tells it all.
    client.on('error', (error) => {
      if (error.level === 'agent') return; // one key could not sign; the next one is tried
      if (refusal !== undefined) fail(refusal);
      else if (
        error.level === 'client-authentication' ||
        /too many authentication failures/i.test(error.message)
      ) {
        fail(authenticationRefused(target, tried));
      } else if (/no matching|no mutual/i.test(error.message)) fail(incompatible(target, error.message));
      else if (!exchanged && isDrop(error)) fail(new DroppedFailure(target, error));
      else fail(new ConnectFailure(`the connection to ${address(target)} failed (${error.message})`, error));
    });
    client.on('close', () => {
      fail(new ConnectFailure(`${address(target)} closed the connection ${moment()}`));
    });

    const hostVerifier = (key: Buffer): boolean => {
      const judgement = judge(key, known);
      if (judgement.kind === 'known') return true;
      refusal = hostKeyRefused(target, key, judgement);
      return false;
    };
    client.connect({
      sock: socket,
      username: target.user,
      algorithms,
      hostVerifier,
      authHandler: keyring(with_, tried),
      keepaliveInterval: with_.keepaliveMs,
      keepaliveCountMax: target.keepalive?.lost ?? LOST_KEEPALIVES,
      readyTimeout: 0,
    });
  });
}

function isDrop(error: Error): boolean {
  return (
    error.message === 'Connection lost before handshake' || ('code' in error && error.code === 'ECONNRESET')
  );
}

interface Tried {
  offered: string[];
  skipped: number;
  locked: string[];
}

/** Offers every identity once, through ssh2's notion of an agent: the public half first, a signature when asked. */
function keyring({ ssh2, target, identities }: Handshake, tried: Tried): AuthHandlerMiddleware {
  const chosen = identities.slice(0, MAX_AUTH_TRIES);
  tried.skipped = identities.length - chosen.length;
  tried.offered = chosen.map(
    ({ publicKey, source }) => `${fingerprint(publicKey.getPublicSSH())} (${source})`,
  );

  class Keyring extends ssh2.BaseAgent<ParsedKey> {
    override getIdentities(callback: (error: undefined, keys: ParsedKey[]) => void): void {
      callback(
        undefined,
        chosen.map((identity) => identity.publicKey),
      );
    }
    override sign(key: ParsedKey, data: Buffer, ...rest: unknown[]): void {
      const callback = rest.at(-1) as (error: Error | undefined, signature?: Buffer) => void;
      const { hash } = rest[0] as { hash?: string };
      const identity = chosen.find(({ publicKey }) => publicKey.getPublicSSH().equals(key.getPublicSSH()));
      if (identity === undefined) throw new Error('ssh2 asks to sign with a key that was not offered');
      identity.sign(data, hash).then(
        (signature) => callback(undefined, signature),
        (error: unknown) => {
          if (error instanceof LockedKeyError) tried.locked.push(error.file);
          callback(error instanceof Error ? error : new Error(String(error)));
        },
      );
    }
  }

  const methods: AnyAuthMethod[] =
    chosen.length === 0 ? [] : [{ type: 'agent', username: target.user, agent: new Keyring() }];
  return (_left, _partial, next) => {
    const method = methods.shift();
    // ssh2 takes false for "no more", which its types don't know.
    next(method ?? (false as unknown as AnyAuthMethod));
  };
}
