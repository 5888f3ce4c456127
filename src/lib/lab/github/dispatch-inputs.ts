import { invalid } from './api-error.ts';
import { show } from './expressions.ts';
import type { Workflow } from './workflow-file.ts';

type Trigger = Workflow['on']['workflow_dispatch'];

/**
 * The inputs of a dispatch, with the defaults of those that are left out.
 * @throws 422 as GitHub does, for one that is missing, unknown or no value of its type
 */
export function checkedInputs(
  trigger: Trigger,
  given: Readonly<Record<string, unknown>>,
): Record<string, string> {
  const known = trigger?.inputs ?? {};
  const unexpected = Object.keys(given).filter((name) => !(name in known));
  if (unexpected.length > 0) throw invalid(`Unexpected inputs provided: ${JSON.stringify(unexpected)}`);
  const inputs: Record<string, string> = {};
  for (const [name, input] of Object.entries(known)) {
    const value = given[name] ?? input.default;
    if (value === undefined && input.required) throw invalid(`Required input '${name}' not provided`);
    const text = show(value);
    const allowed = { choice: input.options, boolean: ['true', 'false'] }[input.type as string];
    if (value !== undefined && allowed !== undefined && !allowed.includes(text))
      throw invalid(`Provided value '${text}' for input '${name}' not in the list of allowed values`);
    inputs[name] = text;
  }
  return inputs;
}

/** The `inputs` context: a boolean or a number is one there, in `github.event.inputs` it is text. */
export function typedInputs(
  trigger: Trigger,
  inputs: Readonly<Record<string, string>>,
): Record<string, string | boolean | number> {
  const typed = Object.entries(inputs).map(([name, text]): [string, string | boolean | number] => {
    const type = trigger?.inputs?.[name]?.type;
    if (type === 'boolean') return [name, text === 'true'];
    return [name, type === 'number' && text !== '' ? Number(text) : text];
  });
  return Object.fromEntries(typed);
}
