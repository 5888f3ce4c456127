import { dispatchTrigger } from '../../domain/dispatch.ts';
import type { Environment } from '../../domain/environment.ts';
import { HdError, InterruptedError, withHeadline } from '../../domain/errors.ts';
import { leaseOf } from '../../domain/locked.ts';
import { releaseName } from '../../domain/release.ts';
import { servingOf } from '../../domain/serving.ts';
import type { GitHub, WorkflowRun } from '../../ports.ts';
import type { Answer } from '../answer.ts';
import type { Change } from '../change.ts';
import { concludeRun, type WorkflowText } from '../follow/run.ts';
import { stopIfAsked } from '../follow/stop.ts';
import { observeAll, type SeenHost, type Sight } from '../observe.ts';
import type { World } from '../world.ts';
import { stillRuns, waitsForReview } from './blocks/under-way.ts';
import { endOf } from './end.ts';
import { followWorld, requireGitHub, type Errand } from './errand.ts';
import { followReviewed, reviewsOf, WaitsForReview } from './follow.ts';
import { reportOf } from './report.ts';
import { isOfRelease, prepare, requireAlone, runUnderWay, start, type Ready } from './start.ts';

export interface Through {
  change: Change;
  seen: readonly SeenHost[];
  /** What was seen to serve, for a failure before the run is started. */
  serves: string;
  /** False: `--no-wait`. */
  wait?: boolean;
  /** The policy has GitHub's reviewers approve, who must then be shown the plan. */
  bound?: boolean;
}

/**
 * Carries out a change by a run of the environment's workflow: starts it, or finds the one that is under way for the same
 * plan, follows it to its end, and proves the hosts itself.
 */
export async function throughWorkflow(world: World, through: Through): Promise<Answer> {
  const { change, seen, serves, wait = true } = through;
  const { verb, environment, plan, leaves } = change;
  const { github, ready, running } = await before(world, through).catch((error: unknown) => {
    throw unchanged(error, serves);
  });
  const services = Object.keys(world.config.images);
  const errand: Errand = {
    ...{ verb, environment, seen, plan: plan.hash, release: plan.release },
    bound: !ready.unknown.includes('plan'),
    before: seen.map((each) => servingOf(each.observed, services)),
    ...(leaves === undefined ? {} : { leaves }),
  };
  if (running !== undefined) {
    const text = `run #${running.number} is under way for this plan: followed, and no other is started`;
    world.reporter.event({ type: 'note', mark: 'idle', text });
  }
  const begin = async (): Promise<WorkflowRun> => running ?? start(world, github, ready);
  return accompany(world, github, errand, ready.workflow, wait, begin).catch((error: unknown) => {
    throw unchanged(error, serves);
  });
}

/** Everything that can be wrong before anything is started. */
async function before(
  world: World,
  { change, bound = false }: Through,
): Promise<{ github: GitHub; ready: Ready; running: WorkflowRun | undefined }> {
  const { verb, environment, plan } = change;
  const github = await requireGitHub(world);
  const { hash, release } = plan;
  const ready = await prepare(world, github, { verb, environment, plan: hash, release, bound });
  const { file } = ready.workflow;
  const found = await runUnderWay(world, github, environment, file, hash);
  if (!ready.shown) await requireAlone(world, github, { verb, environment, release }, file);
  const ours = found !== undefined && (await isOfRelease(world, github, found.run));
  stopIfAsked(world.signal);
  return { github, ready, running: ours ? found.run : undefined };
}

function unchanged(error: unknown, serves: string): unknown {
  return error instanceof HdError && error.headline === undefined
    ? withHeadline(error, `${serves}; nothing was changed`)
    : error;
}

/** The run that `hd resume` finds, or that holds the lock while the same is asked for again. */
export interface UnderWay {
  environment: Environment;
  seen: readonly SeenHost[];
  /** False: `--no-wait`. */
  wait: boolean;
  /** Only the run of which the lock says that it is doing this: `deploy v1.4.0`. */
  purpose?: string;
}

/**
 * `hd resume ENV` after a dispatch: follows the run of the environment that is not over, whoever started it.
 * @returns undefined if there is none, or the environment has no workflow
 */
export async function followUnderWay(world: World, wish: UnderWay): Promise<Answer | undefined> {
  const { environment, seen, wait, purpose } = wish;
  const inside = world.env['GITHUB_ACTIONS'] === 'true';
  const holding = purpose === undefined ? undefined : runHolding(seen, purpose);
  if (inside || (purpose !== undefined && holding === undefined)) return undefined;
  const found = await findUnderWay(world, environment).catch((error: unknown) => {
    // A deployment from here is taken up without GitHub: also with a token that is not good any more.
    if (!(error instanceof HdError) || error instanceof InterruptedError) throw error;
    const text = `whether a run is under way is not known: ${error.message}`;
    world.reporter.event({ type: 'note', mark: 'warn', text });
    return undefined;
  });
  if (found === undefined || (holding !== undefined && found.run.id !== holding)) return undefined;
  const { github, verb, workflow, run, plan } = found;
  const services = Object.keys(world.config.images);
  const errand: Errand = {
    ...{ verb, environment, seen, plan },
    bound: dispatchTrigger(workflow.text)?.inputs.has('plan') ?? false,
    before: seen.map((each) => servingOf(each.observed, services)),
    since: Date.parse(run.startedAt ?? '') || 0,
  };
  const text = `run #${run.number} of ${workflow.file} is under way: followed`;
  world.reporter.event({ type: 'note', mark: 'idle', text });
  return accompany(world, github, errand, workflow, wait, () => Promise.resolve(run));
}

/** The run whose hd holds the lock for this, as its holder says: `11873420118, deploy_backend.yml`. */
function runHolding(seen: readonly SeenHost[], purpose: string): number | undefined {
  const holders = seen.flatMap((each) => leaseOf(each.observed)?.holder ?? []);
  const run = holders.find((each) => each.purpose === purpose)?.run;
  return run === undefined ? undefined : Number.parseInt(run, 10);
}

async function findUnderWay(
  world: World,
  environment: Environment,
): Promise<
  { github: GitHub; verb: Errand['verb']; workflow: WorkflowText; run: WorkflowRun; plan: string } | undefined
> {
  const { workflow, rollbackWorkflow } = environment.github ?? {};
  const files = [
    { verb: 'deploy', file: workflow },
    { verb: 'rollback', file: rollbackWorkflow },
  ] as const;
  for (const { verb, file } of files) {
    if (file === undefined) continue;
    const github = await world.github();
    if (github?.hasToken !== true) return undefined;
    const found = await runUnderWay(world, github, environment, file);
    if (found === undefined || !(await isOfRelease(world, github, found.run))) continue;
    const content = await github.readFile(found.run.commit, `.github/workflows/${file}`);
    const text = content === undefined ? '' : new TextDecoder().decode(content.content);
    return { github, verb, workflow: { file, text }, ...found };
  }
  return undefined;
}

/** From the run's beginning to its end, or to where nobody follows it any more. */
async function accompany(
  world: World,
  github: GitHub,
  errand: Errand,
  workflow: WorkflowText,
  wait: boolean,
  begin: () => Promise<WorkflowRun>,
): Promise<Answer> {
  const { environment, release } = errand;
  const services = Object.keys(world.config.images);
  const what = release === undefined ? `plan ${errand.plan}` : releaseName(release);
  let run: WorkflowRun | undefined;
  const hosts: Sight = { seen: [], unseen: [] };
  world.onLeave(() => stillRuns(errand, run, hosts, services, { stopped: true }).block);
  try {
    run = await begin();
    const wish = { environment: environment.name, wait, what: `${what} on ${environment.name}` };
    const followed = await followReviewed(world, github, run, workflow, wish);
    const concluded = await concludeRun(followed, workflow, followWorld(world, github), false);
    const [report, reviews] = await Promise.all([
      reportOf(world, github, followed.run.id),
      reviewsOf(github, followed.run.id),
    ]);
    return await endOf(world, errand, { followed, concluded, report, reviews });
  } catch (error) {
    if (error instanceof WaitsForReview)
      return waitsForReview(errand, error.run, error.pending, await observeAll(world, environment), services);
    if (!(error instanceof HdError) || (run === undefined && !mayRun(error))) throw error;
    const why = error instanceof InterruptedError ? { stopped: true as const } : { error };
    return stillRuns(errand, run, await observeAll(world, environment), services, why);
  }
}

/** Before the run is known: whether one may have been started all the same. */
function mayRun(error: HdError): boolean {
  return error instanceof InterruptedError || error.code === 'run-not-known';
}
