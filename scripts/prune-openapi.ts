/**
 * Writes src/lib/lab/github/openapi.generated.json: of GitHub's OpenAPI description, what the lab emulates.
 *
 *   npm pack @octokit/openapi@23.0.2 && tar xzf octokit-openapi-*.tgz
 *   node scripts/prune-openapi.ts package/generated/api.github.com.json
 *
 * The package is too big to depend on (413 MB unpacked), and only this script reads it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { operations } from '../src/lib/lab/github/operations.ts';

type Node = Record<string, unknown>;

/** Validation uses none of these; of names of properties they are not dropped. */
const PROSE = new Set(['description', 'example', 'examples', 'externalDocs', 'summary', 'title', 'tags']);
const METHODS = ['get', 'put', 'post', 'patch', 'delete'];

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Without prose. @param named whether the keys are names (of properties, paths, …), not the description's own words */
function strip(value: unknown, named = false): unknown {
  if (Array.isArray(value)) return value.map((one) => strip(one));
  if (!isNode(value)) return value;
  const kept = Object.entries(value).filter(
    ([key]) => named || !(PROSE.has(key) || (key.startsWith('x-') && key !== 'x-multi-segment')),
  );
  const plain = Object.fromEntries(
    kept.map(([key, one]) => [
      key,
      strip(one, !named && ['properties', 'schemas', 'responses', 'content'].includes(key)),
    ]),
  );
  return named ? plain : withNull(plain);
}

/** `nullable` alone means nothing to JSON Schema where there is an enum, or no type. */
function withNull(schema: Node): Node {
  if (schema['nullable'] !== true) return schema;
  const { enum: values, ...rest } = schema;
  if (Array.isArray(values) && !values.includes(null))
    return { ...rest, enum: [...(values as unknown[]), null] };
  if ('type' in schema) return schema;
  const other = Object.fromEntries(Object.entries(schema).filter(([key]) => key !== 'nullable'));
  return { anyOf: [other, { type: 'null' }] };
}

/** GitHub answers with its default, the empty text, where a URI is not set: its schema calls that a URI too. */
function withEmptyUris(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withEmptyUris);
  if (!isNode(value)) return value;
  const empty = value['format'] === 'uri' && value['default'] === '';
  const kept = Object.entries(value).filter(([key]) => !(empty && key === 'format'));
  return Object.fromEntries(kept.map(([key, one]) => [key, withEmptyUris(one)]));
}

function references(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(references);
  if (!isNode(value)) return [];
  const own = typeof value['$ref'] === 'string' ? [value['$ref']] : [];
  return [...own, ...Object.values(value).flatMap(references)];
}

function at(root: Node, keys: readonly string[]): unknown {
  return keys.reduce<unknown>((value, key) => (isNode(value) ? value[key] : undefined), root);
}

function prune(whole: Node, version: string): Node {
  const paths: Record<string, Node> = {};
  const missing = new Set(operations.keys());
  for (const [path, item] of Object.entries(whole['paths'] as Record<string, Node>)) {
    for (const method of METHODS) {
      const operation = item[method];
      if (!isNode(operation) || !missing.delete(String(operation['operationId']))) continue;
      (paths[path] ??= {})[method] = strip(operation);
    }
  }
  if (missing.size > 0) throw new Error(`the description has no ${[...missing].join(', ')}`);
  const components: Record<string, Record<string, unknown>> = {};
  const todo = references(paths);
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    const [kind = '', name = ''] = next.replace('#/components/', '').split('/');
    const group = (components[kind] ??= {});
    if (name in group) continue;
    const found = withEmptyUris(strip(at(whole, ['components', kind, name])));
    // it is a search (`>=2026-01-01`), as its prose says; its schema calls it one date
    if (kind === 'parameters' && name === 'created') delete (found as { schema: Node }).schema['format'];
    // a deployment that waits for a review has it, as GraphQL's DeploymentStatusState says
    if (kind === 'schemas' && name === 'deployment-status')
      (found as { properties: { state: { enum: string[] } } }).properties.state.enum.push('waiting');
    group[name] = found;
    todo.push(...references(found));
  }
  const info = { title: 'GitHub REST API, in part', version, license: { name: 'MIT' } };
  return { openapi: whole['openapi'], info, paths, components };
}

const [, , source] = process.argv;
if (source === undefined) throw new Error('usage: node scripts/prune-openapi.ts api.github.com.json');
const { name, version } = JSON.parse(readFileSync(join(dirname(source), '../package.json'), 'utf8')) as Node;
const whole = JSON.parse(readFileSync(source, 'utf8')) as Node;
const text = JSON.stringify(prune(whole, `${String(name)} ${String(version)}`));
const target = new URL('../src/lib/lab/github/openapi.generated.json', import.meta.url);
writeFileSync(target, `${text}\n`);
process.stdout.write(`${operations.size} operations, ${Math.round(text.length / 1000)} kB\n`);
