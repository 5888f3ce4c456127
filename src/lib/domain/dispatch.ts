import { parse } from 'yaml';
import { UsageError } from './errors.ts';
import { list } from './names.ts';

/** What a workflow's file says of being dispatched. */
export interface DispatchTrigger {
  inputs: ReadonlyMap<string, DispatchInput>;
  /** Its `run-name` shows the input `request`: a run can be found by it. */
  showsRequest: boolean;
  /** It shows the input `plan`. */
  showsPlan: boolean;
}

export interface DispatchInput {
  /** It must be given: required, and without a default. */
  needed: boolean;
  /** Of an input of type `choice`. */
  options?: readonly string[];
}

/**
 * The inputs of `on.workflow_dispatch`, as GitHub reads them
 * (https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onworkflow_dispatchinputs).
 * @returns undefined if the file is no workflow that can be dispatched
 */
export function dispatchTrigger(workflow: string): DispatchTrigger | undefined {
  let document: unknown;
  try {
    document = parse(workflow, { logLevel: 'error' });
  } catch {
    return undefined;
  }
  if (!isRecord(document)) return undefined;
  const { on } = document;
  const bare = on === EVENT || (Array.isArray(on) && on.includes(EVENT));
  if (!bare && !(isRecord(on) && EVENT in on)) return undefined;
  const trigger = isRecord(on) ? on[EVENT] : undefined;
  const inputs = isRecord(trigger) && isRecord(trigger['inputs']) ? trigger['inputs'] : {};
  const name = document['run-name'];
  const title = typeof name === 'string' ? name : '';
  return {
    inputs: new Map(Object.entries(inputs).map(([key, value]) => [key, inputOf(value)])),
    showsRequest: /\$\{\{[^}]*\binputs\.request\b[^}]*\}\}/.test(title),
    showsPlan: /\$\{\{[^}]*\binputs\.plan\b[^}]*\}\}/.test(title),
  };
}

const EVENT = 'workflow_dispatch';

function inputOf(value: unknown): DispatchInput {
  if (!isRecord(value)) return { needed: false };
  const { options } = value;
  return {
    needed: value['required'] === true && value['default'] === undefined,
    ...(Array.isArray(options) ? { options: options.map(String) } : {}),
  };
}

/** What one run is asked to do. */
export interface DispatchWish {
  verb: 'deploy' | 'rollback';
  /** As GitHub calls it. */
  environment: string;
  /** `v1.4.0`. */
  tag: string;
  /** The whole hash. */
  plan: string;
  request: string;
}

/**
 * The inputs that a run gets. A workflow that does not declare `plan` and `request` gets the others only.
 * @param file for messages
 * @returns also which of these two it does not know
 * @throws UsageError for a workflow that can't be told what to do, or demands what hd does not know
 */
export function dispatchInputs(
  { verb, environment, tag, plan, request }: DispatchWish,
  { inputs }: DispatchTrigger,
  file: string,
): { inputs: Record<string, string>; unknown: readonly string[] } {
  // S4-144: a rollback's workflow has `target_version`.
  const what = verb === 'deploy' ? 'version' : 'target_version';
  const known = new Map(Object.entries({ environment, [what]: tag, plan, request }));
  const missing = ['environment', what].filter((name) => !inputs.has(name));
  if (missing.length > 0)
    throw new UsageError(
      `${file} does not declare ${list(missing, 'and')} as inputs of workflow_dispatch`,
      `inputs: {environment: {required: true}, ${what}: {required: true}, plan: {}, request: {}}`,
    );
  for (const [name, { needed, options }] of inputs) {
    const value = known.get(name);
    if (value === undefined && needed)
      throw new UsageError(`${file} requires the input ${name}, which hd does not know`, 'a default for it');
    if (value !== undefined && options?.includes(value) === false)
      throw new UsageError(
        `${value} is no option of the input ${name} of ${file}`,
        `one of ${list(options, 'or')}, or the option into the file`,
      );
  }
  const given = [...known].filter(([name]) => inputs.has(name));
  return {
    inputs: Object.fromEntries(given),
    unknown: ['plan', 'request'].filter((name) => !inputs.has(name)),
  };
}

/** Digits of a plan's hash in a request. */
const PLAN_DIGITS = 12;

/**
 * What a run is found by again: `orin-7c1e09ab42d8-5f3a90c1`. It names the environment and the plan, so that whoever
 * asks for the same plan again finds the run that is under way.
 * @param random eight hexadecimal digits
 */
export function requestId(environment: string, plan: string, random: string): string {
  return `${environment}-${plan.slice(0, PLAN_DIGITS)}-${random}`;
}

/** The request of this environment in a run's title, and the beginning of its plan's hash; undefined if there is none. */
export function requestIn(title: string, environment: string): { id: string; plan: string } | undefined {
  for (const [id, name, plan = ''] of title.matchAll(REQUEST)) if (name === environment) return { id, plan };
  return undefined;
}

const REQUEST = /(?<![\w.-])([\w.-]+)-([0-9a-f]{12})-[0-9a-f]{8}(?![\w-])/g;

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
