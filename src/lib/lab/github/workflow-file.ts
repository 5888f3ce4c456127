import { parse } from 'yaml';
import { z } from 'zod';
import type { Git } from './git.ts';

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const env = z.record(z.string(), scalar).default({});
const minutes = z.number().positive();
const permissions = z
  .union([z.enum(['read-all', 'write-all']), z.record(z.string(), z.enum(['read', 'write', 'none']))])
  .optional();
const runDefaults = z
  .object({
    run: z.object({ 'working-directory': z.string().optional(), shell: z.string().optional() }).default({}),
  })
  .default({ run: {} });

const concurrency = z
  .union([
    z
      .string()
      .transform((group): { group: string; 'cancel-in-progress'?: string | undefined } => ({ group })),
    z.strictObject({ group: z.string(), 'cancel-in-progress': scalar.optional() }),
  ])
  .optional();

const step = z.strictObject({
  id: z.string().optional(),
  name: z.string().optional(),
  if: scalar.optional(),
  uses: z.string().optional(),
  with: z.record(z.string(), scalar).default({}),
  run: z.string().optional(),
  env,
  shell: z.string().optional(),
  'working-directory': z.string().optional(),
  'timeout-minutes': minutes.optional(),
  'continue-on-error': z.boolean().default(false),
});

/** Strict: a key that the lab's runner would ignore (strategy, container, services) must not pass unseen. */
const job = z.strictObject({
  name: z.string().optional(),
  needs: z.union([z.string().transform((one) => [one]), z.array(z.string())]).default([]),
  if: scalar.optional(),
  'runs-on': z.union([z.string(), z.array(z.string())]),
  permissions,
  env,
  defaults: runDefaults,
  outputs: z.record(z.string(), z.string()).default({}),
  'timeout-minutes': minutes.default(360),
  concurrency,
  environment: z
    .union([
      z.string().transform((name): { name: string; url?: string | undefined } => ({ name })),
      z.strictObject({ name: z.string(), url: z.string().optional() }),
    ])
    .optional(),
  steps: z.array(step).min(1),
});

const dispatchInput = z.looseObject({
  required: z.boolean().default(false),
  default: scalar.optional(),
  type: z.enum(['string', 'choice', 'boolean', 'number', 'environment']).default('string'),
  options: z.array(scalar).default([]),
});
const filters = z.array(z.string()).optional();
const push = z
  .strictObject({ branches: filters, 'branches-ignore': filters, tags: filters, 'tags-ignore': filters })
  .nullable();

const triggers = z
  .union([
    z.string().transform((name) => ({ [name]: null })),
    z.array(z.string()).transform((names) => Object.fromEntries(names.map((name) => [name, null]))),
    z.record(z.string(), z.unknown()),
  ])
  .pipe(
    z.looseObject({
      push: push.optional(),
      workflow_dispatch: z
        .object({ inputs: z.record(z.string(), dispatchInput).nullish() })
        .nullable()
        .optional(),
    }),
  );

const workflow = z.strictObject({
  name: z.string().optional(),
  'run-name': z.string().optional(),
  on: triggers,
  permissions,
  env,
  defaults: runDefaults,
  concurrency,
  jobs: z.record(z.string(), job),
});

export type StepSpec = z.output<typeof step>;
export type JobSpec = z.output<typeof job>;
export type Concurrency = z.output<typeof concurrency>;
export type Permissions = z.output<typeof permissions>;
export type Workflow = z.output<typeof workflow>;
type PushFilters = z.output<typeof push>;

export interface WorkflowFile {
  path: string;
  name: string;
  /** Absent if it can't be read: then, as on GitHub, every push makes a run that fails. */
  on?: Workflow['on'];
  /** Or why the lab can't run it. */
  workflow: Workflow | { error: string };
}

const FOLDER = '.github/workflows';

/** Every workflow file of a commit. */
export async function readWorkflows(git: Git, commit: string): Promise<WorkflowFile[]> {
  const folder = await git.entry(commit, FOLDER);
  if (folder?.type !== 'tree') return [];
  const entries = (await git.tree(folder.sha, false)).filter(
    (entry) => entry.type === 'blob' && /\.ya?ml$/.test(entry.path),
  );
  return Promise.all(
    entries.map(async (entry) =>
      parseWorkflow(`${FOLDER}/${entry.path}`, (await git.blob(entry.sha)).toString()),
    ),
  );
}

export function parseWorkflow(path: string, text: string): WorkflowFile {
  let data: unknown;
  try {
    data = parse(text, { logLevel: 'error' });
  } catch (error) {
    return { path, name: path, workflow: { error: String(error) } };
  }
  const head = z.looseObject({ name: z.string().optional(), on: triggers }).safeParse(data);
  if (!head.success) return { path, name: path, workflow: { error: z.prettifyError(head.error) } };
  const { name = path, on } = head.data;
  const whole = workflow.safeParse(data);
  if (!whole.success) return { path, name, on, workflow: { error: z.prettifyError(whole.error) } };
  const problem = badNeeds(whole.data);
  return { path, name, on, workflow: problem === undefined ? whole.data : { error: problem } };
}

/** An unknown job, or a circle, among `needs`. */
function badNeeds({ jobs }: Workflow): string | undefined {
  const visiting = new Set<string>();
  const done = new Set<string>();
  const visit = (key: string): string | undefined => {
    const spec = jobs[key];
    if (spec === undefined) return `there is no job ${JSON.stringify(key)}`;
    if (done.has(key)) return undefined;
    if (visiting.has(key)) return `the job ${JSON.stringify(key)} needs itself`;
    visiting.add(key);
    for (const need of spec.needs) {
      const problem = visit(need);
      if (problem !== undefined) return problem;
    }
    done.add(key);
    return undefined;
  };
  for (const key of Object.keys(jobs)) {
    const problem = visit(key);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** The jobs that a job needs, over any number of steps. */
export function ancestors(spec: JobSpec, workflow: Workflow): string[] {
  return spec.needs.flatMap((key) => {
    const need = workflow.jobs[key];
    return need === undefined ? [] : [key, ...ancestors(need, workflow)];
  });
}

/** Adds the jobs that need, over any number of steps, one that is in the set. */
export function growByNeeds(keys: Set<string>, specs: Workflow['jobs']): void {
  const before = keys.size;
  for (const [key, spec] of Object.entries(specs))
    if (spec.needs.some((need) => keys.has(need))) keys.add(key);
  if (keys.size > before) growByNeeds(keys, specs);
}

/** Does a push of this ref (`refs/tags/v1.4.0`) start the workflow? */
export function startsOnPush({ on }: WorkflowFile, ref: string): boolean {
  if (on === undefined) return true;
  if (!('push' in on)) return false;
  const filter: PushFilters | undefined = on.push;
  if (filter === null || filter === undefined || Object.keys(filter).length === 0) return true;
  const tag = ref.startsWith('refs/tags/');
  const name = ref.replace(/^refs\/(heads|tags)\//, '');
  const [wanted, unwanted] = tag
    ? [filter.tags, filter['tags-ignore']]
    : [filter.branches, filter['branches-ignore']];
  if (unwanted !== undefined) return !matches(unwanted, name);
  // only the other kind is filtered: then this kind starts nothing
  return wanted !== undefined && matches(wanted, name);
}

/** In order, the last pattern that matches decides; `!` excludes. */
function matches(patterns: readonly string[], name: string): boolean {
  let found = false;
  for (const pattern of patterns) {
    const negative = pattern.startsWith('!');
    if (globToRegExp(negative ? pattern.slice(1) : pattern).test(name)) found = !negative;
  }
  return found;
}

/** GitHub's filter patterns: `*` within a name, `**`, `?` and `+` after a character, `[]`, `\`. */
function globToRegExp(glob: string): RegExp {
  const source = glob.replace(/\*\*|\\.|[*.^${}()|]/g, (part) => {
    if (part === '**') return '.*';
    if (part === '*') return '[^/]*';
    return part.length === 2 ? part : `\\${part}`;
  });
  return new RegExp(`^(?:${source})$`);
}
