import { createHash, randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { ApiError, errorBody } from './api-error.ts';
import type { Fault } from './faults.ts';
import type { Answer } from './operation.ts';

/** What is thrown, as an answer: GitHub's error shape, or 500 for a bug of ours. */
export function failure(error: unknown): Answer {
  if (error instanceof ApiError)
    return { status: error.status, body: errorBody(error), headers: error.details.headers ?? {} };
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`${text}\n`);
  return { status: 500, body: errorBody(new ApiError(500, text)) };
}

/** Of the fault `break`: without the answer's first field. */
export function broken(answer: Answer, fault: Fault | undefined): Answer {
  if (fault?.kind !== 'break' || typeof answer.body !== 'object' || answer.body === null) return answer;
  const [, ...rest] = Object.entries(answer.body);
  return { ...answer, body: Object.fromEntries(rest) };
}

function contentOf(answer: Answer): Buffer | undefined {
  return answer.raw ?? (answer.body === undefined ? undefined : Buffer.from(JSON.stringify(answer.body)));
}

export function etagOf(answer: Answer): string {
  return `W/"${createHash('sha256')
    .update(contentOf(answer) ?? '')
    .digest('hex')}"`;
}

/** Writes an answer, as its fault wants it. */
export function send(outgoing: ServerResponse, answer: Answer, fault: Fault | undefined): void {
  if (fault?.kind === 'lost') {
    outgoing.destroy();
    return;
  }
  const content = contentOf(answer);
  outgoing.writeHead(answer.status, {
    ...(answer.body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }),
    ...(content === undefined ? {} : { 'content-length': content.length }),
    'x-github-media-type': 'github.v3; format=json',
    'x-github-request-id': randomBytes(10).toString('hex'),
    ...answer.headers,
  });
  if (fault?.kind === 'cut') {
    const half = (content ?? Buffer.from('')).subarray(0, Math.floor((content?.length ?? 0) / 2));
    outgoing.write(half, () => outgoing.destroy());
    return;
  }
  outgoing.end(content);
}
