import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { broken, etagOf, failure, send } from './answering.ts';
import { ApiError, notFound } from './api-error.ts';
import { Description } from './description.ts';
import { Faults, type Fault } from './faults.ts';
import { Journal } from './journal.ts';
import { labRoute, type Lab } from './lab-routes.ts';
import { Limits } from './limits.ts';
import type { Answer, ApiRequest, World } from './operation.ts';
import { operations } from './operations.ts';
import type { Identity } from './options.ts';
import type { Pushes } from './pushes.ts';
import { allows, type Tokens } from './tokens.ts';
import { webRoute } from './web.ts';

/** Where GitHub, a GitHub Enterprise Server and their uploads have the API. */
const PREFIX = /^\/(?:api\/v3|api\/uploads|uploads)(?=\/)/;

export interface Serving {
  world: World;
  tokens: Tokens;
  pushes: Pushes;
}

/** One request on its way. */
interface Exchange {
  method: string;
  url: URL;
  raw: Buffer;
  incoming: IncomingMessage;
  fault: Fault | undefined;
  login: string | null;
}

/** One for all servers of a process: it holds nothing of theirs, and compiling its schemas takes a while. */
const DESCRIPTION = new Description();

/** GitHub's REST API: routes, proves who asks, validates both ways, answers. */
export class ApiServer {
  readonly http: Server;
  private readonly description = DESCRIPTION;
  private readonly faults = new Faults();
  private readonly journal = new Journal();
  private readonly limits = new Limits();
  private serving: Serving | undefined;

  constructor() {
    this.http = createServer((incoming, outgoing) => void this.exchange(incoming, outgoing));
  }

  /** Begins to answer: the port is known only once the socket listens, and the world needs it. */
  serve(serving: Serving): void {
    this.serving = serving;
  }

  private async exchange(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { serving } = this;
    if (serving === undefined) {
      outgoing.writeHead(503).end();
      return;
    }
    const method = incoming.method ?? 'GET';
    const url = new URL(incoming.url ?? '/', serving.world.origin);
    const lab = url.pathname.startsWith('/_lab/');
    const fault = lab ? undefined : this.faults.take(method, url.pathname + url.search);
    const raw = await readBody(incoming);
    const exchange: Exchange = { method, url, raw, incoming, fault, login: null };
    if (fault?.kind === 'timeout') {
      this.log(exchange, 0);
      return;
    }
    let answer: Answer;
    try {
      answer = lab ? await this.lab(serving, exchange) : await this.answer(serving, exchange);
    } catch (error) {
      answer = failure(error);
    }
    if (!lab) this.log(exchange, answer.status);
    send(outgoing, answer, fault);
  }

  private log({ method, url, login }: Exchange, status: number): void {
    this.journal.asked({
      at: new Date().toISOString(),
      method,
      path: url.pathname + url.search,
      status,
      login,
    });
  }

  private lab({ world, pushes }: Serving, { method, url, raw }: Exchange): Promise<Answer> {
    const { faults, journal } = this;
    const lab: Lab = {
      world,
      faults,
      journal,
      limits: this.limits,
      pushed: () => pushes.look(world.settings.owner),
    };
    return labRoute(lab, method, url.pathname, raw);
  }

  private async answer(serving: Serving, exchange: Exchange): Promise<Answer> {
    const { world, pushes, tokens } = serving;
    const { method, url, fault, incoming } = exchange;
    await pushes.look(world.settings.owner);
    const page = await webRoute(world, method, url);
    if (page !== undefined) return page;
    const token = /^(?:token|bearer) +(.+)$/i.exec(incoming.headers.authorization ?? '')?.[1];
    const identity = token === undefined ? undefined : tokens.find(token);
    if (fault?.kind === 'status') throw new ApiError(fault.status ?? 500, 'Server Error');
    if (token === undefined) throw new ApiError(401, 'Requires authentication');
    if (identity === undefined) throw new ApiError(401, 'Bad credentials');
    exchange.login = identity.login;
    const limit = this.limits.of(token);
    const refused = limit.refusal(fault);
    if (refused !== undefined) return refused;
    const answer = await this.operate(serving, exchange, identity).catch(failure);
    const etag = method === 'GET' && answer.status === 200 ? etagOf(answer) : undefined;
    const unchanged = etag !== undefined && incoming.headers['if-none-match'] === etag;
    if (!unchanged) limit.use();
    const headers = { ...answer.headers, ...limit.headers(), ...(etag === undefined ? {} : { etag }) };
    return unchanged ? { status: 304, headers } : { ...answer, headers };
  }

  private async operate(serving: Serving, exchange: Exchange, identity: Identity): Promise<Answer> {
    const { world, pushes } = serving;
    const { method, url, raw, incoming } = exchange;
    const prefix = PREFIX.exec(url.pathname)?.[0] ?? '';
    const path = url.pathname.slice(prefix.length);
    const found = this.match(method, path);
    if (found === undefined || !isOurs(world, found.params)) throw notFound();
    const { id, params } = found;
    const operation = operations.get(id);
    if (operation === undefined) throw notFound();
    const { needs } = operation;
    if (needs !== undefined && !allows(identity, needs))
      throw new ApiError(
        403,
        `Resource not accessible by ${identity.job ? 'integration' : 'personal access token'}`,
        {
          headers: { 'x-accepted-github-permissions': needs },
        },
      );
    const upload = id === 'repos/upload-release-asset';
    const body = upload || raw.length === 0 ? undefined : parseJson(raw);
    this.validate(exchange, id, params, body);
    const api = world.origin + (prefix === '/api/v3' ? prefix : '');
    const request: ApiRequest = {
      param: (name) => params[name] ?? '',
      query: url.searchParams,
      body,
      raw,
      headers: incoming.headers,
      identity,
      api,
      url: api + path,
    };
    const answer = broken(await operation.run(world, request), exchange.fault);
    if (method !== 'GET') {
      await pushes.look(identity.login, identity.job);
      await world.store.flush();
    }
    return this.proved(exchange, id, answer);
  }

  private match(method: string, path: string): { id: string; params: Record<string, string> } | undefined {
    for (const { id, method: wanted, pattern, parameters } of this.description.operations) {
      const values = wanted === method ? pattern.exec(path) : null;
      if (values === null) continue;
      const params = parameters.map((name, index) => [name, decode(values[index + 1] ?? '')] as const);
      return { id, params: Object.fromEntries(params) };
    }
    return undefined;
  }

  /** Records what is wrong with a request; GitHub itself overlooks an unknown query. @throws 422 */
  private validate(
    { method, url }: Exchange,
    id: string,
    params: Record<string, string>,
    body: unknown,
  ): void {
    const errors = this.description.request(id, { params, query: url.searchParams, body });
    if (errors.length === 0) return;
    const path = url.pathname + url.search;
    this.journal.violated({ side: 'request', operation: id, method, path, status: 422, errors });
    if (errors.some((error) => !error.startsWith('/query must NOT have additional')))
      throw new ApiError(422, `Invalid request.\n\n${errors.join('\n')}`);
  }

  /** An answer that GitHub's description does not allow never leaves: it is a bug of the emulator. */
  private proved({ method, url }: Exchange, id: string, answer: Answer): Answer {
    const errors = answer.raw === undefined ? this.description.response(id, answer.status, answer.body) : [];
    if (errors.length === 0) return answer;
    const path = url.pathname + url.search;
    this.journal.violated({ side: 'response', operation: id, method, path, status: answer.status, errors });
    throw new ApiError(500, `the emulator's answer is not GitHub's:\n${errors.join('\n')}`);
  }
}

/** @throws 400 on a stray percent sign */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ApiError(400, 'Bad Request');
  }
}

function isOurs({ settings }: World, { owner, repo }: Record<string, string>): boolean {
  const same = (a: string | undefined, b: string): boolean =>
    a === undefined || a.toLowerCase() === b.toLowerCase();
  return same(owner, settings.owner) && same(repo, settings.repo);
}

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of incoming) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

function parseJson(raw: Buffer): unknown {
  try {
    return JSON.parse(raw.toString()) as unknown;
  } catch {
    throw new ApiError(400, 'Problems parsing JSON');
  }
}
