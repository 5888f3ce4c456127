import type { IncomingHttpHeaders } from 'node:http';
import type { operations } from '@octokit/openapi-types';
import type { Blobs } from './blobs.ts';
import type { Git } from './git.ts';
import type { Identity, Settings } from './options.ts';
import type { Review } from './review-state.ts';
import type { Store } from './store.ts';

/** What an operation works on. */
export interface World {
  settings: Settings;
  git: Git;
  store: Store;
  /** `http://127.0.0.1:PORT`: the web pages' and the jobs' API's origin. */
  origin: string;
  runs: RunControl;
  blobs: Blobs;
}

/** The part of the Actions runner that operations steer. */
export interface RunControl {
  dispatch(asked: Dispatch): Promise<number>;
  cancel(run: number): void;
  rerunFailed(run: number): Promise<void>;
  review(review: Review): void;
  /** As if it had waited for so many minutes more. */
  later(run: number, minutes: number): void;
  /** Resolves when the run does not run. */
  ended(run: number): Promise<void>;
  /** Resolves when it has ended, or waits for its environment. */
  settled(run: number): Promise<void>;
}

export interface Dispatch {
  workflow: string;
  ref: string;
  sha: string;
  actor: string;
  inputs: Record<string, unknown>;
}

interface Json<Body> {
  content: { 'application/json': Body };
}

type BodyOf<Id extends keyof operations> = operations[Id] extends { requestBody: Json<infer Body> }
  ? Body
  : operations[Id] extends { requestBody?: Json<infer Body> }
    ? Body | undefined
    : undefined;

export interface ApiRequest<Body = unknown> {
  /** A path parameter, decoded; empty if the path has none of that name. */
  param(name: string): string;
  query: URLSearchParams;
  /** Validated against the description before the operation sees it. */
  body: Body;
  raw: Buffer;
  headers: IncomingHttpHeaders;
  identity: Identity;
  /** The API's own address as the caller knows it, with `/api/v3` if that is how it was asked. */
  api: string;
  /** The caller's own address of this request, without its query. */
  url: string;
}

export interface Answer {
  status: number;
  headers?: Readonly<Record<string, string>>;
  /** JSON; undefined has no body. */
  body?: unknown;
  /** Instead of JSON, as it is. */
  raw?: Buffer;
}

/** A row of the table of operations. */
export interface Operation<Body = unknown> {
  /** As GitHub writes it in X-Accepted-GitHub-Permissions; absent: any token will do. */
  needs?: `${string}=read` | `${string}=write`;
  run(world: World, request: ApiRequest<Body>): Answer | Promise<Answer>;
}

/** By GitHub's operation id: the method, the path and the shapes come from its description. */
export type Operations = { [Id in keyof operations]?: Operation<BodyOf<Id>> };

export function ok(body: unknown): Answer {
  return { status: 200, body };
}

export function created(body: { url?: string }): Answer {
  return { status: 201, body, headers: body.url === undefined ? {} : { location: body.url } };
}

export function redirect(location: string): Answer {
  return { status: 302, headers: { location } };
}

/**
 * The asked page of a list, with the Link header; GitHub's defaults: 30 a page, 100 at the most.
 * @param wrap makes the body, if it is not the bare list
 */
export function page<Row>(
  request: ApiRequest,
  rows: readonly Row[],
  wrap: (rows: readonly Row[]) => unknown = (shown) => shown,
): Answer {
  const size = Math.min(100, positive(request.query.get('per_page'), 30));
  const at = positive(request.query.get('page'), 1);
  const last = Math.max(1, Math.ceil(rows.length / size));
  const link = (number: number, rel: string): string => {
    const query = new URLSearchParams(request.query);
    query.set('page', String(number));
    return `<${request.url}?${query.toString()}>; rel="${rel}"`;
  };
  const links = [
    ...(at > 1 ? [link(at - 1, 'prev'), link(1, 'first')] : []),
    ...(at < last ? [link(at + 1, 'next'), link(last, 'last')] : []),
  ];
  return {
    status: 200,
    body: wrap(rows.slice((at - 1) * size, at * size)),
    headers: links.length === 0 ? {} : { link: links.join(', ') },
  };
}

function positive(text: string | null, fallback: number): number {
  const number = Number(text ?? fallback);
  return Number.isInteger(number) && number > 0 ? number : fallback;
}
