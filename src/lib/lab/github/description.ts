import { OpenAPIBackend, type Document } from 'openapi-backend';
import document from './openapi.generated.json' with { type: 'json' };

/** One operation of GitHub's description, ready to match paths and to validate. */
export interface Described {
  id: string;
  method: string;
  /** Against a path as it came, still encoded. */
  pattern: RegExp;
  parameters: readonly string[];
}

interface Parameter {
  name: string;
  'x-multi-segment'?: boolean;
}

/** These hold refs or paths with slashes, though the description does not say so. */
const SLASHES = new Set(['branch', 'tag', 'basehead', 'path', 'ref']);

const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** GitHub's own OpenAPI description, in part: what a request and a response must look like. */
export class Description {
  private readonly backend: OpenAPIBackend;
  /** More literal paths first, so that `releases/latest` comes before `releases/{release_id}`. */
  readonly operations: readonly Described[];

  constructor() {
    this.backend = new OpenAPIBackend({
      definition: document as unknown as Document,
      quick: true,
      ajvOpts: { strict: false, allErrors: false },
      customizeAjv: (ajv) => {
        ajv.addFormat('uri', (text) => URL.canParse(text));
        ajv.addFormat('date-time', (text) => DATE_TIME.test(text));
        ajv.addFormat('email', /^\S+@\S+$/);
        return ajv;
      },
    });
    void this.backend.init();
    this.operations = this.backend.router
      .getOperations()
      .toSorted((a, b) => literal(b.path) - literal(a.path))
      .map((operation) => ({
        id: operation.operationId ?? '',
        method: operation.method.toUpperCase(),
        ...matcher(operation.path, (operation.parameters ?? []) as unknown as Parameter[]),
      }));
  }

  /** What is wrong with a request: one line each. */
  request(id: string, asked: AskedRequest): string[] {
    const operation = this.backend.router.getOperation(id);
    if (operation === undefined) throw new Error(`no operation ${id}`);
    const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) =>
      encodeURIComponent(asked.params[name] || '/'),
    );
    const { body } = asked;
    const checked = this.backend.validator.validateRequest(
      {
        method: operation.method,
        path,
        query: Object.fromEntries(asked.query),
        headers: body === undefined ? {} : { 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body }),
      },
      operation,
    );
    return (checked.errors ?? []).map((error) => line(error));
  }

  /** What is wrong with a response; a status that succeeds must be described. */
  response(id: string, status: number, body: unknown): string[] {
    const operation = this.backend.router.getOperation(id);
    if (operation === undefined) throw new Error(`no operation ${id}`);
    const described = Object.keys(operation.responses ?? {}).includes(String(status));
    if (!described) return status < 400 ? [`${status} is not a status of ${id}`] : [];
    const checked = this.backend.validator.validateResponse(body ?? null, operation, status);
    return (checked.errors ?? []).map((error) => line(error));
  }
}

export interface AskedRequest {
  params: Readonly<Record<string, string>>;
  query: URLSearchParams;
  body: unknown;
}

function line(error: { instancePath: string; message?: string; params?: unknown }): string {
  return `${error.instancePath || '/'} ${error.message ?? 'is wrong'} ${JSON.stringify(error.params ?? {})}`;
}

function literal(path: string): number {
  return path.replace(/\{.*?\}/g, '').length;
}

function matcher(path: string, parameters: readonly Parameter[]): Pick<Described, 'pattern' | 'parameters'> {
  const multi = new Set(parameters.filter((one) => one['x-multi-segment'] === true).map((one) => one.name));
  const names: string[] = [];
  const source = path.replace(/(\/?)\{(\w+)\}|[.]/g, (_, slash: string, name: string | undefined) => {
    if (name === undefined) return '\\.';
    names.push(name);
    // without a path: the root
    if (name === 'path') return '(?:/(.*?))?';
    return slash + (multi.has(name) || SLASHES.has(name) ? '(.+)' : '([^/]+)');
  });
  return { pattern: new RegExp(`^${source}/?$`), parameters: names };
}
