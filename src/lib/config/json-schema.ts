import * as z from 'zod';
import { file } from './schema.ts';

/** The parts of JSON Schema (draft 7) that ours uses. */
export interface JsonSchema {
  $ref?: string;
  title?: string;
  description?: string;
  type?: string;
  pattern?: string;
  enum?: readonly unknown[];
  default?: unknown;
  examples?: readonly unknown[];
  properties?: Readonly<Record<string, JsonSchema>>;
  required?: readonly string[];
  additionalProperties?: boolean | JsonSchema;
  items?: JsonSchema;
  anyOf?: readonly JsonSchema[];
  allOf?: readonly JsonSchema[];
  definitions?: Readonly<Record<string, JsonSchema>>;
}

let made: JsonSchema | undefined;

/** What editors get. An environment may inherit its hosts, so there `hosts` or `extends` is asked for. */
export function jsonSchema(): JsonSchema {
  return (made ??= make());
}

function make(): JsonSchema {
  const generated = z.toJSONSchema(file, {
    io: 'input',
    target: 'draft-07',
    override: ({ zodSchema, jsonSchema: schema }) => {
      const { id, examples } = z.globalRegistry.get(zodSchema) ?? {};
      // The generator drops examples of what is transformed; ours are all of what is written.
      if (Array.isArray(examples)) schema.examples = examples;
      if (id !== 'environment') return;
      delete schema.required;
      schema.anyOf = [{ required: ['hosts'] }, { required: ['extends'] }];
    },
  });
  // The generator's own type is wider than what it makes of our schema.
  return JSON.parse(JSON.stringify(generated)) as JsonSchema;
}

/** Follows references and unwraps what only refers; several where a value has more than one form. */
export function forms(root: JsonSchema, schema: JsonSchema): readonly JsonSchema[] {
  if (schema.$ref !== undefined) {
    const target = root.definitions?.[schema.$ref.replace('#/definitions/', '')];
    return target === undefined ? [] : forms(root, target);
  }
  const nested = schema.properties === undefined ? [...(schema.anyOf ?? []), ...(schema.allOf ?? [])] : [];
  return nested.length > 0 ? nested.flatMap((each) => forms(root, each)) : [schema];
}

/** What may stand at this path. */
export function formsAt(root: JsonSchema, path: readonly (string | number)[]): readonly JsonSchema[] {
  let schemas = forms(root, root);
  for (const step of path) {
    schemas = schemas
      .flatMap(({ properties, additionalProperties, items }) => [
        ...(typeof step === 'number' ? [items] : [properties?.[step] ?? additionalProperties]),
      ])
      .filter((each) => typeof each === 'object')
      .flatMap((each) => forms(root, each));
  }
  return schemas;
}
