import { ApiError, errorBody } from './api-error.ts';
import type { Fault } from './faults.ts';
import type { Answer } from './operation.ts';

const PER_HOUR = 5000;
const HOUR_MS = 3_600_000;

/** A token's primary rate limit: 5000 requests an hour. */
class Limit {
  private used = 0;
  private reset = Date.now() + HOUR_MS;

  use(): void {
    this.used += 1;
  }

  headers(): Record<string, string> {
    if (Date.now() > this.reset) {
      this.used = 0;
      this.reset = Date.now() + HOUR_MS;
    }
    return {
      'x-ratelimit-limit': String(PER_HOUR),
      'x-ratelimit-remaining': String(Math.max(0, PER_HOUR - this.used)),
      'x-ratelimit-used': String(this.used),
      'x-ratelimit-reset': String(Math.ceil(this.reset / 1000)),
      'x-ratelimit-resource': 'core',
    };
  }

  /** What GitHub answers when a limit is reached; undefined lets the request pass. */
  refusal(fault: Fault | undefined): Answer | undefined {
    if (fault?.kind === 'secondary-limit') {
      const error = new ApiError(
        fault.status ?? 403,
        'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
      );
      const headers = { ...this.headers(), 'retry-after': String(fault.retryAfter) };
      return { status: error.status, body: errorBody(error), headers };
    }
    if (fault?.kind !== 'rate-limit' && this.used < PER_HOUR) return undefined;
    const error = new ApiError(fault?.status ?? 403, 'API rate limit exceeded for user ID 1.');
    const headers = {
      ...this.headers(),
      'x-ratelimit-remaining': '0',
      ...(fault === undefined
        ? {}
        : { 'x-ratelimit-reset': String(Math.ceil(Date.now() / 1000 + fault.retryAfter)) }),
    };
    return { status: error.status, body: errorBody(error), headers };
  }
}

export class Limits {
  private readonly limits = new Map<string, Limit>();

  of(token: string): Limit {
    const known = this.limits.get(token);
    if (known !== undefined) return known;
    const limit = new Limit();
    this.limits.set(token, limit);
    return limit;
  }

  /** As if an hour had gone by: nobody has asked for anything yet. */
  clear(): void {
    this.limits.clear();
  }
}
