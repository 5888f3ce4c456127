import { randomUUID } from 'node:crypto';
import { retry } from '@octokit/plugin-retry';
import { throttling, type ThrottlingOptions } from '@octokit/plugin-throttling';
import { Octokit } from '@octokit/rest';
import { ANSWER_MS, GITHUB_WAIT_MS } from '../../domain/limits.ts';
import type { Secret } from '../../domain/secret.ts';
import { createTransport } from './transport.ts';

/** Supported until at least March 2028; without the header GitHub may change its default under us. */
const API_VERSION = '2022-11-28';

export interface ClientOptions {
  /** `https://api.github.com`, `https://HOST/api/v3` for GitHub Enterprise Server. */
  baseUrl: string;
  token?: Secret;
  fetch?: typeof globalThis.fetch;
  /** For one attempt; 15 s. */
  timeoutMs?: number | undefined;
  /** The first pause before a GET is tried again; 1 s, then four times as long. */
  retryBaseMs?: number;
  /** How long a rate limit is waited for, at most twice; 2 minutes. Longer is an error that says when it ends. */
  maxWaitMs?: number | undefined;
  /** Told before a rate limit is waited for. */
  onWait?: (wait: RateLimitWait) => void;
}

interface RateLimitWait {
  seconds: number;
  why: string;
}

/** A GET is tried three times in all. */
const GET_RETRIES = 2;
/** A limit that is still there after this many waits is an error. */
const LIMIT_WAITS = 2;
/** A rate limit is waited for this long by what is made beside the work. */
const ASIDE_WAIT_MS = 10_000;

/** Octokit with our transport, GETs retried, rate limits waited for; a request that writes sets `retries: 0`. */
export function createClient(options: ClientOptions): Octokit {
  const { timeoutMs = ANSWER_MS.github, maxWaitMs = GITHUB_WAIT_MS, retryBaseMs = 1000 } = options;
  const wait = (why: string) => (seconds: number, asked: object, _octokit: unknown, waits: number) => {
    const aside = isAside(asked);
    if (waits >= LIMIT_WAITS || seconds * 1000 > (aside ? ASIDE_WAIT_MS : maxWaitMs)) return false;
    if (!aside) options.onWait?.({ seconds, why });
    return true;
  };
  const serial = createSerial();
  const client = new (Octokit.plugin(throttling, retry))({
    baseUrl: options.baseUrl.replace(/\/+$/, ''),
    ...(options.token && { auth: options.token.reveal() }),
    userAgent: 'hd',
    request: { fetch: createTransport({ fetch: options.fetch ?? globalThis.fetch, timeoutMs }) },
    log: silent,
    retry: { retries: GET_RETRIES, retryAfterBaseValue: retryBaseMs },
    throttle: {
      id: randomUUID(),
      write: serial,
      notifications: serial,
      onRateLimit: wait('rate limit'),
      onSecondaryRateLimit: wait('secondary rate limit'),
    },
  });
  client.hook.before('request', (request) => {
    request.headers['x-github-api-version'] = API_VERSION;
  });
  return client;
}

/** Whether a request is made beside the work (`aside` of calls.ts). */
function isAside(asked: { request?: { aside?: boolean } }): boolean {
  return asked.request?.aside === true;
}

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

type Group = NonNullable<ThrottlingOptions['write']>;

/**
 * Writes one after the other, without the plugin's second between them: that pause is for programs that write
 * in bulk, and a release writes four times.
 */
function createSerial(): Group {
  let last: Promise<unknown> = Promise.resolve();
  const schedule = <T>(_options: object, job: () => Promise<T>) => {
    const next = last.then(job);
    last = next.catch(() => undefined);
    return next;
  };
  return { key: () => ({ schedule }) } as unknown as Group;
}
