/** A `fetch` for octokit that gives whole answers or an error, within a limit, and asks only for what changed. */
import { limitText } from '../../domain/limits.ts';

export interface TransportOptions {
  fetch: typeof globalThis.fetch;
  /** For one attempt, the body included. */
  timeoutMs: number;
  /** A longer answer is an error: GitHub's own JSON stays far below. */
  maxBytes?: number;
}

interface Answer {
  status: number;
  headers: Headers;
  url: string;
  body: Uint8Array<ArrayBuffer> | null;
}

/** How many answers are remembered for conditional requests. */
const REMEMBERED = 200;

/**
 * Three things that octokit leaves open. A body that ends early is an error, not an empty success (octokit
 * swallows it). Every attempt has its own time limit, so that a retry is not born aborted. A GET that was
 * answered with an ETag is asked with If-None-Match from then on, and a 304 is answered from memory: it does
 * not count against the rate limit
 * (https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api).
 */
export function createTransport(options: TransportOptions): typeof globalThis.fetch {
  const { timeoutMs, maxBytes = 64 * 1024 * 1024 } = options;
  const remembered = new Map<string, { etag: string; answer: Answer }>();

  return async (input, init = {}) => {
    const url = input instanceof Request ? input.url : input.toString();
    const headers = new Headers(init.headers);
    const key = `${headers.get('accept') ?? ''} ${url}`;
    const known = (init.method ?? 'GET') === 'GET' ? remembered.get(key) : undefined;
    if (known !== undefined) headers.set('if-none-match', known.etag);

    const limit = AbortSignal.timeout(timeoutMs);
    const signal = init.signal ? AbortSignal.any([limit, init.signal]) : limit;
    const [response, body] = await options
      .fetch(url, { ...init, headers, signal })
      .then(async (response) => [response, await readWhole(response, maxBytes)] as const)
      .catch((error: unknown) => {
        throw limit.aborted ? lateError(timeoutMs, error) : error;
      });
    if (response.status === 304 && known !== undefined) return respond(known.answer);

    const answer: Answer = { status: response.status, headers: response.headers, url: response.url, body };
    assertJson(answer);
    const etag = response.headers.get('etag');
    if (init.method === 'GET' && response.status === 200 && etag !== null && !response.redirected) {
      remembered.delete(key);
      remembered.set(key, { etag, answer });
      const oldest = remembered.keys().next().value;
      if (remembered.size > REMEMBERED && oldest !== undefined) remembered.delete(oldest);
    }
    return respond(answer);
  };
}

/** The one error of a time that ran out, wherever in the answer that was. */
function lateError(timeoutMs: number, cause: unknown): Error {
  const error = new Error(`no whole answer in ${limitText(timeoutMs)}`, { cause });
  error.name = 'TimeoutError';
  return error;
}

async function readWhole(response: Response, maxBytes: number): Promise<Uint8Array<ArrayBuffer> | null> {
  if (response.body === null) return null;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > maxBytes) throw new Error(`the answer is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

/** An answer without a length that was cut looks whole to HTTP; JSON knows better. */
function assertJson(answer: Answer): void {
  const type = answer.headers.get('content-type') ?? '';
  if (answer.status >= 300 || answer.body === null || !/^application\/json\b/.test(type)) return;
  try {
    JSON.parse(new TextDecoder().decode(answer.body));
  } catch (error) {
    throw new Error('the answer ended early', { cause: error });
  }
}

function respond(answer: Answer): Response {
  const empty = [101, 204, 205, 304].includes(answer.status);
  const response = new Response(empty ? null : answer.body, {
    status: answer.status,
    headers: answer.headers,
  });
  // A Response that is made has no url, and octokit's pagination needs one.
  return Object.defineProperty(response, 'url', { value: answer.url });
}
