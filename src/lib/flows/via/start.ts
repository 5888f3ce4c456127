import { randomBytes } from 'node:crypto';
import { dispatchInputs, dispatchTrigger, requestId, requestIn } from '../../domain/dispatch.ts';
import type { Environment } from '../../domain/environment.ts';
import { HdError, InterruptedError, UsageError } from '../../domain/errors.ts';
import { Exit } from '../../domain/exit.ts';
import { list } from '../../domain/names.ts';
import type { Tag } from '../../domain/version.ts';
import type { GitHub, WorkflowRun } from '../../ports.ts';
import { githubName } from '../approval/index.ts';
import { announceRun, appeared, type WorkflowText } from '../follow/run.ts';
import { orStop } from '../follow/stop.ts';
import type { World } from '../world.ts';
import { againCommand, followWorld, runsPage, workflowOf, type Errand } from './errand.ts';

/** How long ago a run that has not begun to wait for people may have been started: GitHub drops one that is queued longer. */
const UNDER_WAY_MS = 24 * 3_600_000;
/** GitHub's clock and this one's may differ by that much. */
const SKEW_MS = 120_000;

/** A workflow that is about to be dispatched, read and found fit. */
export interface Ready {
  workflow: WorkflowText;
  /** The branch that it is started on. */
  ref: string;
  request: string;
  inputs: Readonly<Record<string, string>>;
  unknown: readonly string[];
  /** Its run's title has the request: it can be told from others. */
  shown: boolean;
}

/**
 * Reads the workflow on the release branch, and makes what a run of it is told. Changes nothing.
 * @throws UsageError if there is none, or it can't be told what to do; HdError exit 3 if an approval on GitHub has to be
 * `bound` to the plan, and would not be
 */
export async function prepare(
  { config, signal }: World,
  github: Pick<GitHub, 'branchHead' | 'readFile'>,
  {
    verb,
    environment,
    plan,
    release,
    bound,
  }: Pick<Errand, 'verb' | 'environment' | 'plan' | 'release' | 'bound'>,
): Promise<Ready> {
  const file = workflowOf(environment, verb);
  const { branch } = config.release;
  const text = await orStop(signal, readWorkflow(github, branch, file));
  const trigger = dispatchTrigger(text);
  if (trigger === undefined)
    throw new UsageError(
      `${file} can't be dispatched: it has no workflow_dispatch`,
      'on: {workflow_dispatch: …}',
    );
  const request = requestId(environment.name, plan, randomBytes(4).toString('hex'));
  const wish = {
    verb,
    environment: githubName(environment),
    tag: tagOf(release?.tag, environment),
    plan,
    request,
  };
  const given = dispatchInputs(wish, trigger, file);
  const shown = trigger.showsRequest && !given.unknown.includes('request');
  if (bound) requireBound(environment, { file, branch }, { ...given, shown, showsPlan: trigger.showsPlan });
  return { workflow: { file, text }, ref: branch, request, shown, ...given };
}

/**
 * Reviewers on GitHub see a run's title alone: what they approve is the plan only if the title has it (D2), and the job
 * then asks for that. The request has the plan in it.
 */
function requireBound(
  { name }: Environment,
  { file, branch }: { file: string; branch: string },
  { unknown, shown, showsPlan }: Pick<Ready, 'unknown' | 'shown'> & { showsPlan: boolean },
): void {
  const declared = !unknown.includes('plan');
  if (declared && (showsPlan || shown)) return;
  const lacks = declared
    ? `the run-name of ${file} does not hold inputs.plan`
    : `${file} does not declare the input plan`;
  const line = declared
    ? 'run-name: deploy ${{ inputs.version }} to ${{ inputs.environment }}, ${{ inputs.plan }}'
    : 'on: {workflow_dispatch: {inputs: {plan: {}}}}, given to hd deploy as --plan';
  throw new HdError(
    'not-bound',
    Exit.refused,
    `${lacks}: what the reviewers on GitHub approve would be bound to no plan`,
    {
      facts: [{ label: 'write', text: `into .github/workflows/${file} on ${branch}`, more: [line] }],
      next: [{ command: ['hd', 'explain', name] }],
    },
  );
}

function tagOf(tag: Tag | undefined, { name }: Environment): string {
  if (tag !== undefined) return tag;
  throw new UsageError(
    `a workflow deploys a tag; a commit without one is deployed to ${name} from here`,
    '--via here',
  );
}

async function readWorkflow(
  github: Pick<GitHub, 'branchHead' | 'readFile'>,
  branch: string,
  file: string,
): Promise<string> {
  const commit = await github.branchHead(branch);
  const path = `.github/workflows/${file}`;
  const found = commit === undefined ? undefined : await github.readFile(commit, path);
  if (found !== undefined) return new TextDecoder().decode(found.content);
  throw new UsageError(`${branch} has no ${path}`, `the file, committed to ${branch}; see docs/workflows.md`);
}

/**
 * The run for this plan of the environment that is not over: an operator who was killed, or lost the answer, finds it
 * again. Also another's: the same plan is carried out once.
 * @param plan the hash or its beginning; undefined for any
 */
export async function runUnderWay(
  { clock, signal }: Pick<World, 'clock' | 'signal'>,
  github: Pick<GitHub, 'waitingRuns' | 'dispatched'>,
  environment: Pick<Environment, 'name'>,
  file: string,
  plan?: string,
): Promise<{ run: WorkflowRun; plan: string } | undefined> {
  for (const run of await runsUnderWay({ clock, signal }, github, file)) {
    const request = requestIn(run.title, environment.name);
    const other = plan !== undefined && request?.plan !== plan.slice(0, request?.plan.length);
    if (request === undefined || other) continue;
    return { run, plan: request.plan };
  }
  return undefined;
}

/** Runs of the workflow that are not over. */
async function runsUnderWay(
  { clock, signal }: Pick<World, 'clock' | 'signal'>,
  github: Pick<GitHub, 'waitingRuns' | 'dispatched'>,
  file: string,
): Promise<readonly WorkflowRun[]> {
  const [waiting, recent] = await orStop(
    signal,
    Promise.all([github.waitingRuns(), github.dispatched(file, clock.now() - UNDER_WAY_MS)]),
  );
  return [...waiting, ...recent].filter((run) => run.workflow === file && run.status !== 'completed');
}

/**
 * A workflow whose runs do not show the request is started only while no run of it is under way: it could be this plan's.
 * @throws HdError exit 8, naming the run
 */
export async function requireAlone(
  world: Pick<World, 'clock' | 'signal'>,
  github: Pick<GitHub, 'waitingRuns' | 'dispatched' | 'repository'>,
  errand: Pick<Errand, 'verb' | 'environment' | 'release'>,
  file: string,
): Promise<void> {
  const [run] = await runsUnderWay(world, github, file);
  if (run === undefined) return;
  const { owner, name } = github.repository;
  const follow = ['gh', 'run', 'watch', String(run.id), '--repo', `${owner}/${name}`];
  throw new HdError(
    'run-under-way',
    Exit.locked,
    `${file} #${run.number} is under way, and whether it deploys to ${errand.environment.name} can not be told`,
    {
      facts: [
        { label: 'seen', text: run.url },
        {
          label: 'write',
          text: `the input request into ${file}, and into its run-name: its runs can then be told apart`,
        },
      ],
      next: [
        { remark: 'follow it', command: follow },
        { remark: 'once it is over', command: againCommand(errand) },
      ],
    },
  );
}

/**
 * Whether a run is of the release branch. Whoever may write to the repository can start one of a branch of their own, with
 * a title as they like: such a run is not followed, and nobody is asked to approve it here.
 */
export async function isOfRelease(
  { config, reporter, signal }: Pick<World, 'config' | 'reporter' | 'signal'>,
  github: Pick<GitHub, 'compare'>,
  { commit, number }: WorkflowRun,
): Promise<boolean> {
  const { branch } = config.release;
  const { status } = await orStop(signal, github.compare(branch, commit));
  const ours = status === 'identical' || status === 'behind';
  if (!ours) {
    const text = `run #${number} shows a request of hd, and is not of ${branch}: not followed`;
    reporter.event({ type: 'note', mark: 'warn', text });
  }
  return ours;
}

/**
 * Starts the run, once: after a lost answer it is looked for, never sent again.
 * @throws HdError exit 9, `run-not-known`, if it was, or may have been, started, and can't be told from other runs
 */
export async function start(world: World, github: GitHub, ready: Ready): Promise<WorkflowRun> {
  const { workflow, ref, inputs, unknown, request, shown } = ready;
  const { file } = workflow;
  const follow = followWorld(world, github);
  if (unknown.length > 0) {
    const text = `${file} does not declare ${list(unknown, 'and')}: it gets ${list(Object.keys(inputs), 'and')} only${unknown.includes('plan') ? ', and makes a plan of its own' : ''}`;
    world.reporter.event({ type: 'note', mark: 'warn', text });
  }
  const since = world.clock.now() - SKEW_MS;
  announceRun(follow, workflow);
  const started = await github.dispatch(file, ref, inputs);
  if (started === undefined && !shown) throw notToBeTold(github, ready);
  const find = async (): Promise<WorkflowRun | undefined> =>
    started === undefined
      ? (await github.dispatched(file, since)).find(({ title }) => title.includes(request))
      : github.run(started.run).catch(notYet);
  const run =
    started === undefined ? `run of ${file} that shows the request ${request}` : `run ${started.run}`;
  try {
    return await appeared(find, `no ${run}`, follow);
  } catch (error) {
    if (!(error instanceof HdError) || error instanceof InterruptedError) throw error;
    throw notToBeTold(github, ready, error.message);
  }
}

/** A run that was just started may not be shown for a moment. */
function notYet(error: unknown): undefined {
  if (!(error instanceof HdError) || error.code !== 'no-run') throw error;
}

function notToBeTold(github: GitHub, { workflow, request }: Ready, missing?: string): HdError {
  const { file } = workflow;
  const { owner, name } = github.repository;
  const why =
    missing ??
    `GitHub does not say which run of ${file} it started, and its run-name does not show the input request`;
  return new HdError('run-not-known', Exit.inconclusive, why, {
    outcome: 'inconclusive',
    facts: [{ label: 'seen', text: `a run may be under way: ${runsPage(github, file)}` }],
    next: [
      {
        remark: missing === undefined ? 'look for it by its time' : `look for ${request}`,
        command: ['gh', 'run', 'list', '--repo', `${owner}/${name}`, '--workflow', file],
      },
    ],
  });
}
