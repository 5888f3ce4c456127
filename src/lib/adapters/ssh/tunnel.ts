import { Duplex } from 'node:stream';
import type { Client, ClientChannel } from 'ssh2';

/** What sshd says when it can't connect (strerror's text, or a reason of RFC 4254, 5.1), as the system's code. */
const codes: readonly (readonly [RegExp, string])[] = [
  [/connection refused/i, 'ECONNREFUSED'],
  [/timed out/i, 'ETIMEDOUT'],
  [/no route to host/i, 'EHOSTUNREACH'],
  [/network is unreachable/i, 'ENETUNREACH'],
  [/name or service not known|no address|name resolution|unknown host/i, 'ENOTFOUND'],
];
const PROHIBITED = 1;

/**
 * A TCP connection that the host makes for us (direct-tcpip); it counts in no session limit.
 * @throws Error with a `code` as node:net would have it; EACCES if the host's sshd forbids forwarding
 */
export function openTunnel(
  client: Client,
  address: string,
  port: number,
  timeoutMs: number,
): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    let waiting = true;
    const timer = setTimeout(() => {
      waiting = false;
      reject(coded('ETIMEDOUT', `no answer from ${address}:${port}`));
    }, timeoutMs);
    client.forwardOut('127.0.0.1', 0, address, port, (error, channel) => {
      clearTimeout(timer);
      // ssh2 calls back with an error or a channel, which its types don't say.
      if (error !== undefined) reject(forwardError(error, address, port));
      else if (waiting) resolve(new Tunnel(client, channel));
      else channel.close();
    });
  });
}

function forwardError(error: Error & { reason?: unknown }, address: string, port: number): Error {
  if (error.reason === PROHIBITED) return coded('EACCES', `sshd forbids a connection to ${address}:${port}`);
  const code = codes.find(([text]) => text.test(error.message))?.[1];
  // Without a reason it was not the server that spoke: the connection is gone.
  return coded(
    code ?? (error.reason === undefined ? 'ECONNRESET' : 'ECONNREFUSED'),
    `${address}:${port}: ${error.message}`,
  );
}

function coded(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

/** ssh2's channel as an ordinary stream: it has no `close` of its own, and ends as if all had come when it breaks. */
class Tunnel extends Duplex {
  readonly #channel: ClientChannel;

  constructor(client: Client, channel: ClientChannel) {
    super();
    this.#channel = channel;
    this.on('error', () => undefined); // whoever uses it sees its 'close'; nobody may be listening yet
    const broken = (): void => void this.destroy(coded('ECONNRESET', 'the SSH connection was lost'));
    client.once('close', broken);
    channel.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) channel.pause();
    });
    channel.on('end', () => this.push(null));
    channel.on('error', () => undefined); // the write that caused it fails by itself
    channel.once('close', () => {
      // After what is still to be read; a write that waits for the other side would wait for ever.
      const over = (): void =>
        void this.destroy(this.writableLength > 0 ? coded('EPIPE', 'the other side has closed') : undefined);
      if (this.readableEnded) over();
      else this.once('end', over);
    });
    this.once('close', () => {
      client.off('close', broken);
      channel.resume(); // else its end would never be seen
    });
  }

  override _read(): void {
    this.#channel.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#channel.write(chunk, encoding, callback);
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#channel.end(callback);
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#channel.close();
    callback(error);
  }
}
