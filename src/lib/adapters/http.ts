import type { ClientRequest, IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as tlsConnect } from 'node:tls';
import { HdError, UsageError } from '../domain/errors.ts';
import { Secret } from '../domain/secret.ts';
import type { Http, HttpAnswer, HttpRequest, Shell } from '../ports.ts';
import { tcpConnect } from './local/shell.ts';
import { deadline, until } from './shell/deadline.ts';

/** What is kept of an answer's body; the rest is not read. */
export const MAX_BODY = 64 * 1024;

/**
 * One request, one connection, no redirect followed: what a check has to see. Through a shell it is made as
 * that machine sees the address; TLS ends here in either case, so that the certificate is verified here.
 */
export function createHttp(): Http {
  return { request };
}

async function request(wanted: HttpRequest, via?: Shell): Promise<HttpAnswer> {
  const url = httpUrl(wanted.url);
  const started = performance.now();
  const limit = deadline(wanted.timeoutMs);
  const exchange = new Exchange(url, wanted, via);
  try {
    const late = (): Error => Object.assign(new Error('no answer in time'), { code: 'timeout' });
    const answer = await until(exchange.run(), limit.signal, late);
    return { kind: 'answer', ...answer, ms: performance.now() - started };
  } catch (error) {
    return { kind: 'none', why: reason(error), ms: performance.now() - started };
  } finally {
    limit.clear();
    exchange.end();
  }
}

function httpUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UsageError(`${JSON.stringify(text)} is not an http or https URL`);
  }
  return url;
}

/** The system's code (`ECONNREFUSED`), TLS's, the parser's, or hd's own of a host that can't be reached. */
function reason(error: unknown): string {
  if (error instanceof HdError) return error.code;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ETIMEDOUT') return 'timeout';
  return typeof code === 'string' ? code : String(error);
}

class Exchange {
  readonly #url: URL;
  readonly #wanted: HttpRequest;
  readonly #via: Shell | undefined;
  #ended = false;
  #connection: Duplex | undefined;

  constructor(url: URL, wanted: HttpRequest, via: Shell | undefined) {
    this.#url = url;
    this.#wanted = wanted;
    this.#via = via;
  }

  async run(): Promise<{ status: number; body: string }> {
    const secure = this.#url.protocol === 'https:';
    const host = this.#url.hostname.replace(/^\[|\]$/g, '');
    const port = Number(this.#url.port === '' ? (secure ? 443 : 80) : this.#url.port);
    const { timeoutMs } = this.#wanted;
    const connection = await (this.#via?.connect(host, port, timeoutMs) ?? tcpConnect(host, port, timeoutMs));
    this.#connection = connection;
    if (this.#ended) connection.destroy();
    return this.#ask(
      secure
        ? tlsConnect({ socket: connection, ...(isIP(host) === 0 ? { servername: host } : { host }) })
        : connection,
    );
  }

  /** Lets go of the connection, whatever it is at. */
  end(): void {
    this.#ended = true;
    this.#connection?.destroy();
  }

  #ask(connection: Duplex): Promise<{ status: number; body: string }> {
    const { method = 'GET', headers = {} } = this.#wanted;
    return new Promise((resolve, reject) => {
      // An import of either would load undici too (30 ms), for a getter among the exports.
      const { request } = process.getBuiltinModule(
        this.#url.protocol === 'https:' ? 'node:https' : 'node:http',
      );
      const asked: ClientRequest = request(this.#url, {
        method,
        headers: revealed(headers),
        createConnection: () => connection,
      });
      asked.on('error', reject);
      asked.on('response', (response) => {
        readBody(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
      });
      asked.end();
    });
  }
}

function readBody(response: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const done = (): void => resolve(Buffer.concat(chunks).subarray(0, MAX_BODY).toString('utf8'));
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= MAX_BODY) done();
    });
    response.on('end', done);
    response.on('error', reject);
  });
}

/** The only place where a secret header's value becomes text. */
function revealed(headers: Readonly<Record<string, string | Secret>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, value instanceof Secret ? value.reveal() : value]),
  );
}
