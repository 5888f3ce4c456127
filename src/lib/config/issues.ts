import type * as z from 'zod';
import { flow } from './flow.ts';
import { formsAt, jsonSchema, type JsonSchema } from './json-schema.ts';
import { find, type Flaw, type Located, type Path } from './located.ts';
import { nearest } from './nearest.ts';

type Issue = z.core.$ZodIssue;

/**
 * What the schema has against a part of hd.yml, as flaws that point at the text.
 * @param at where the part stands in the schema, and the part with the places of its values
 */
export function toFlaws(issues: readonly Issue[], at: { path: Path; node: Located }): readonly Flaw[] {
  const root = jsonSchema();
  return issues.flatMap((issue) => describe(root, issue, at.path, at.node));
}

function describe(root: JsonSchema, issue: Issue, base: Path, tree: Located): readonly Flaw[] {
  const below = issue.path.filter((step) => typeof step !== 'symbol');
  const schemaPath = [...base, ...below];
  const { node, rest } = find(tree, below);
  const here = { span: node.span, path: node.path };

  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = formsAt(root, schemaPath).flatMap(({ properties }) => Object.keys(properties ?? {}));
      return issue.keys.map((key) => {
        const span = node.kind === 'map' ? node.entries.get(key)?.key : undefined;
        return {
          span: span ?? node.span,
          path: node.path,
          message: `no such key, ${key}`,
          ...nearest(key, known),
        };
      });
    }
    case 'invalid_union': {
      // The form that was meant is the one with the fewest objections.
      const [meant] = [...issue.errors].sort((a, b) => weight(a) - weight(b));
      const shapes = formsAt(root, schemaPath);
      if (meant?.every(({ code, path }) => code === 'invalid_type' && path.length === 0) === true) {
        return [{ ...here, ...wants(kinds(shapes), node) }];
      }
      return (meant ?? []).flatMap((inner) =>
        describe(root, { ...inner, path: [...issue.path, ...inner.path] }, base, tree),
      );
    }
    case 'invalid_key':
      return issue.issues.map((inner) => {
        const name = String(below.at(-1));
        const parent = find(tree, below.slice(0, -1)).node;
        const span = parent.kind === 'map' ? parent.entries.get(name)?.key : undefined;
        return { span: span ?? parent.span, path: parent.path, ...splitMessage(inner.message) };
      });
    case 'invalid_type':
      if (rest.length > 0) {
        const name = String(rest.at(-1));
        return [{ ...here, message: `${name} is missing`, ...example(name, formsAt(root, schemaPath)) }];
      }
      return [{ ...here, ...wants(kinds(formsAt(root, schemaPath)), node) }];
    case 'invalid_value': {
      const word = scalarText(node);
      return [{ ...here, message: `no such value, ${word}`, ...nearest(word, issue.values.map(String)) }];
    }
    case 'too_small':
      if (issue.origin === 'array') return [{ ...here, message: 'the list is empty' }];
      return [{ ...here, message: 'too small', write: `${String(issue.minimum)} or more` }];
    case 'too_big':
      if (issue.origin === 'array') return [{ ...here, message: `more than ${String(issue.maximum)}` }];
      return [{ ...here, message: 'too large', write: `${String(issue.maximum)} or less` }];
    default:
      return [{ ...here, ...splitMessage(issue.message) }];
  }
}

function weight(issues: readonly Issue[]): number {
  return issues
    .map((issue) => {
      if (issue.code === 'unrecognized_keys') return issue.keys.length;
      return issue.code === 'invalid_type' && issue.path.length === 0 ? 1000 : 1;
    })
    .reduce((sum, each) => sum + each, 0);
}

/** A message's second line is what to write instead. */
export function splitMessage(text: string): { message: string; write?: string } {
  const [message = '', write] = text.split('\n');
  return write === undefined ? { message } : { message, write };
}

const WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  duration: 'a duration',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  null: 'null',
};

function kinds(shapes: readonly JsonSchema[]): readonly string[] {
  return [...new Set(shapes.map(({ title, type }) => (title === 'duration' ? title : (type ?? 'string'))))];
}

function wants(types: readonly string[], node: Located): { message: string; write?: string } {
  const wanted = types.map((type) => WORDS[type] ?? type).join(' or ');
  const instead = rewrite(types, node);
  return {
    message: `wants ${wanted}, got ${got(node)}`,
    ...(instead === undefined ? {} : { write: instead }),
  };
}

function got(node: Located): string {
  if (node.kind !== 'scalar') return node.kind === 'list' ? 'a list' : 'a map';
  if (node.value === null) return 'nothing';
  if (typeof node.value === 'number') return 'a number';
  return typeof node.value === 'boolean' ? 'true or false' : 'text';
}

/** The same value in the form that is wanted, where that is plain. */
function rewrite(types: readonly string[], node: Located): string | undefined {
  if (node.kind !== 'scalar' || node.value === null) return undefined;
  const value = scalarText(node);
  if (value.length > 60 || /[^\x20-\x7e]/.test(value)) return undefined;
  if (types.includes('duration')) return /^\d+$/.test(value) ? `${value}s` : undefined;
  if (types.includes('string')) return JSON.stringify(value);
  if (types.includes('array')) return flow(/^[\w./ -]+$/.test(value) ? value.split(/ +/) : [value]);
  if (types.includes('boolean')) return /^(yes|on|true|1)$/i.test(value) ? 'true' : 'false';
  return (types.includes('integer') || types.includes('number')) && /^\d+$/.test(value) ? value : undefined;
}

function scalarText(node: Located): string {
  if (node.kind !== 'scalar') return '';
  return typeof node.value === 'string' ? node.value : JSON.stringify(node.value);
}

function example(name: string, shapes: readonly JsonSchema[]): { write?: string } {
  const value = shapes.flatMap(({ examples }) => examples ?? [])[0];
  return value === undefined ? {} : { write: `${name}: ${flow(value)}` };
}
