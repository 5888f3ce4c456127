import { UnreachableError } from '../../domain/errors.ts';
import { limitText } from '../../domain/limits.ts';

export type Fetch = typeof globalThis.fetch;

export interface Answer {
  status: number;
  headers: Headers;
  body: Buffer;
}

export interface Ask {
  url: URL;
  headers: Readonly<Record<string, string>>;
  /** A form; the request is then a POST and is made only once. */
  form?: URLSearchParams;
  /** For each of the two tries: redirects, the whole body, all. */
  timeoutMs: number;
  maxBytes: number;
  /** How errors call the other side. */
  registry: string;
}

const REDIRECTS = 5;
const PASSING = new Set([502, 503, 504]);

/**
 * One request, with everything limited: time, size, redirects. Redirects lose `authorization` when they leave
 * the origin, and never go from https to http. A GET is made once more
 * if no answer came, or one that says to try again.
 * @throws UnreachableError
 */
export async function exchange(fetch: Fetch, ask: Ask): Promise<Answer> {
  try {
    const answer = await once(fetch, ask);
    if (ask.form !== undefined || !PASSING.has(answer.status)) return answer;
  } catch (error) {
    if (ask.form !== undefined || error instanceof UnreachableError || isTimeout(error)) {
      throw toUnreachable(error, ask);
    }
  }
  try {
    return await once(fetch, ask);
  } catch (error) {
    throw toUnreachable(error, ask);
  }
}

async function once(fetch: Fetch, ask: Ask): Promise<Answer> {
  const signal = AbortSignal.timeout(ask.timeoutMs);
  let { url, headers } = ask;
  for (let hop = 0; hop <= REDIRECTS; hop++) {
    const response = await fetch(url, {
      method: ask.form === undefined ? 'GET' : 'POST',
      headers: { 'user-agent': 'hd', ...headers },
      ...(ask.form === undefined ? {} : { body: ask.form }),
      redirect: 'manual',
      signal,
    });
    const location = response.headers.get('location');
    if (ask.form !== undefined || location === null || ![301, 302, 303, 307, 308].includes(response.status)) {
      return { status: response.status, headers: response.headers, body: await readBody(response, ask) };
    }
    await response.body?.cancel();
    const target = URL.canParse(location, url.href) ? new URL(location, url.href) : undefined;
    if (target === undefined || !/^https?:$/.test(target.protocol)) break;
    if (url.protocol === 'https:' && target.protocol === 'http:') {
      throw new UnreachableError('registry', `${ask.registry} redirects from https to http: not followed`);
    }
    if (target.origin !== url.origin) {
      headers = Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'authorization'));
    }
    url = target;
  }
  throw new UnreachableError('registry', `${ask.registry} redirects without end`);
}

async function readBody(response: Response, { maxBytes, registry }: Ask): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const stream = response.body as AsyncIterable<Uint8Array> | null;
  for await (const chunk of stream ?? []) {
    size += chunk.byteLength;
    if (size > maxBytes) {
      throw new UnreachableError('registry', `${registry} sent more than ${maxBytes} bytes for one document`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError');
}

function toUnreachable(error: unknown, ask: Ask): UnreachableError {
  if (error instanceof UnreachableError) return error;
  if (isTimeout(error)) {
    return new UnreachableError(
      'registry',
      `${ask.registry} gave no whole answer in ${limitText(ask.timeoutMs)}`,
      {
        cause: error,
      },
    );
  }
  const why = systemCode(error);
  const plain = /SSL|TLS|EPROTO/.test(why) && ask.url.protocol === 'https:';
  return new UnreachableError('registry', `${ask.registry} can not be reached: ${why}`, {
    cause: error,
    facts: plain
      ? [{ label: 'why', text: `if it speaks plain http: registries: {"${ask.registry}": {insecure: true}}` }]
      : [],
  });
}

/** fetch wraps the system's error, sometimes twice. */
function systemCode(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') return at.code;
  }
  return error instanceof Error ? error.message : 'no answer';
}
