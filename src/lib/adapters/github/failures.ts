import { Exit } from '../../domain/exit.ts';
import { HdError, UnreachableError } from '../../domain/errors.ts';
import type { Fact } from '../../domain/verdict.ts';

/** The parts of octokit's RequestError that are read here. */
interface RequestError extends Error {
  status: number;
  request: { method: string; url: string };
  response?: { headers: Record<string, string | number | undefined>; data: unknown };
}

export function isRequestError(error: unknown): error is RequestError {
  return error instanceof Error && 'status' in error && 'request' in error;
}

/** The HTTP status that GitHub answered with; undefined if no answer came. */
export function answered(error: unknown): number | undefined {
  return isRequestError(error) && error.response !== undefined ? error.status : undefined;
}

/** No answer, or one that does not say what happened: the request may or may not have had its effect. */
export function isLost(error: unknown): boolean {
  const status = answered(error);
  return isRequestError(error) && (status === undefined || status >= 500 || status === 408);
}

/** No connection was made, so that the request can't have had an effect. */
export function isUnsent(error: unknown): boolean {
  if (!isRequestError(error) || error.response !== undefined) return false;
  const code = systemCode(error);
  return (
    code !== undefined && ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'].includes(code)
  );
}

/** What GitHub said, without the link to its documentation. */
export function explanation(error: unknown): string {
  const data = isRequestError(error) ? error.response?.data : undefined;
  if (typeof data === 'object' && data !== null && 'message' in data && typeof data.message === 'string')
    return data.message;
  return isRequestError(error) ? `HTTP ${error.status}` : String(error);
}

/**
 * Octokit's error as one of ours.
 * @param doing what was tried, in the infinitive: `read tag v1.4.0`
 */
export function translate(error: unknown, doing: string, repository: string, hasToken: boolean): unknown {
  if (!isRequestError(error)) return error;
  const host = new URL(error.request.url).host;
  const asked = { label: 'seen', text: `${error.request.method} ${new URL(error.request.url).pathname}` };
  const status = answered(error);
  if (status === undefined || status === 408 || status >= 500)
    return new UnreachableError('github', `${host} can't be reached to ${doing}: ${silence(error)}`, {
      facts: [asked],
      cause: error,
    });

  const limit = limitEnd(error);
  if (limit !== undefined)
    return new HdError(
      'github-rate-limit',
      Exit.unreachable,
      `GitHub's ${limit} stops hd from trying to ${doing}`,
      {
        facts: [asked],
        cause: error,
      },
    );
  if (!hasToken && (status === 401 || status === 404)) return tokenNeeded(doing, asked, error);
  if (status === 401)
    return new HdError('github-token', Exit.notAllowed, `${host} does not accept the token`, {
      facts: [asked],
      next: [getToken],
      cause: error,
    });
  if (status === 403 || status === 404)
    return new HdError('github-permission', Exit.notAllowed, refusal(error, doing, repository), {
      facts: [asked],
      next: [
        { remark: 'grant it to the token, or sign in as somebody who may', command: ['gh', 'auth', 'login'] },
      ],
      cause: error,
    });
  return new HdError(
    'github-refused',
    Exit.notVerified,
    `GitHub refused to ${doing}: ${explanation(error)}`,
    {
      facts: [asked],
      cause: error,
    },
  );
}

/** No token, and what was asked for needs one. */
export function tokenNeeded(doing: string, asked?: Fact, cause?: unknown): HdError {
  return new HdError('github-token', Exit.notAllowed, `GitHub needs a token to ${doing}, and there is none`, {
    facts: asked === undefined ? [] : [asked],
    next: [getToken],
    cause,
  });
}

const getToken = { remark: 'sign in, or set GH_TOKEN', command: ['gh', 'auth', 'login'] };

function silence(error: RequestError): string {
  if (error.response !== undefined) return `it answered ${error.status}`;
  const cause = error.cause;
  if (!(cause instanceof Error)) return error.message;
  if (cause.name === 'TimeoutError') return cause.message;
  return systemCode(error) ?? (cause.cause instanceof Error ? cause.cause : cause).message;
}

/** `ECONNREFUSED`, as the operating system or the HTTP client names it. */
function systemCode({ cause }: RequestError): string | undefined {
  const system = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  if (!(system instanceof Error) || !('code' in system)) return undefined;
  return typeof system.code === 'string' ? system.code : undefined;
}

/** `rate limit, which ends at 14:32:10Z,`, if that is why. */
function limitEnd(error: RequestError): string | undefined {
  const headers = error.response?.headers ?? {};
  if (error.status !== 403 && error.status !== 429) return undefined;
  if (/\bsecondary rate\b/i.test(explanation(error))) {
    const seconds = Number(headers['retry-after'] ?? 60);
    return `secondary rate limit, which ends in ${seconds} s,`;
  }
  if (error.status !== 429 && String(headers['x-ratelimit-remaining']) !== '0') return undefined;
  const reset = new Date(Number(headers['x-ratelimit-reset'] ?? 0) * 1000);
  return `rate limit, which ends at ${reset.toISOString().slice(11, 19)}Z,`;
}

/** Names the permission as GitHub does: `X-Accepted-GitHub-Permissions: contents=write`. */
function refusal(error: RequestError, doing: string, repository: string): string {
  const accepted = error.response?.headers['x-accepted-github-permissions'];
  if (typeof accepted === 'string' && accepted !== '')
    return `the token may not ${doing}: it lacks ${accepted} on ${repository}`;
  if (error.status === 404) return `GitHub has no ${repository} that this token may see, to ${doing}`;
  return `the token may not ${doing} on ${repository}: ${explanation(error)}`;
}
