import { copyFile } from 'node:fs/promises';
import { invalid } from './api-error.ts';
import { condition, interpolate, show, type Context } from './expressions.ts';
import { utc } from './git-objects.ts';
import { runJob } from './job.ts';
import { followJob } from './job-deployment.ts';
import type { Dispatch, RunControl, World } from './operation.ts';
import { environmentOf, githubContext } from './job-context.ts';
import { conclusionOf, latestJobs, type Job, type Run } from './state.ts';
import type { Tokens } from './tokens.ts';
import {
  ancestors,
  growByNeeds,
  parseWorkflow,
  readWorkflows,
  startsOnPush,
  type JobSpec,
  type Workflow,
} from './workflow-file.ts';
import { register } from './workflows.ts';

export interface Push {
  ref: string;
  before: string | null;
  sha: string;
  actor: string;
}

/** GitHub Actions: makes runs and executes their jobs for real, in the order of `needs`. */
export class Runner implements RunControl {
  private readonly world: World;
  private readonly tokens: Tokens;
  private readonly active = new Map<number, { stop: AbortController; done: Promise<void> }>();

  constructor(world: World, tokens: Tokens) {
    this.world = world;
    this.tokens = tokens;
  }

  /** Starts what the workflow files of the pushed commit ask for. */
  async pushed(push: Push): Promise<void> {
    const { git } = this.world;
    const sha = await git.resolve(push.ref);
    if (sha === undefined) return;
    for (const file of await readWorkflows(git, sha)) {
      if (!startsOnPush(file, push.ref)) continue;
      register(this.world, file);
      const run = this.make(file.path, { ...push, sha, event: 'push', inputs: {} });
      this.start(run, file.workflow);
    }
  }

  /** @throws 422 as GitHub does, if the workflow can't be dispatched so */
  async dispatch(asked: Dispatch): Promise<number> {
    const { git } = this.world;
    const entry = await git.entry(asked.sha, asked.workflow);
    const file = entry && parseWorkflow(asked.workflow, (await git.blob(entry.sha)).toString());
    const trigger = file?.on?.workflow_dispatch;
    if (file?.on === undefined || trigger === undefined)
      throw invalid("Workflow does not have 'workflow_dispatch' trigger");
    const known = trigger?.inputs ?? {};
    const unexpected = Object.keys(asked.inputs).filter((name) => !(name in known));
    if (unexpected.length > 0) throw invalid(`Unexpected inputs provided: ${JSON.stringify(unexpected)}`);
    const inputs: Record<string, string> = {};
    for (const [name, input] of Object.entries(known)) {
      const value = asked.inputs[name] ?? input.default;
      if (value === undefined && input.required) throw invalid(`Required input '${name}' not provided`);
      inputs[name] = show(value);
    }
    register(this.world, file);
    const run = this.make(file.path, { ...asked, before: null, event: 'workflow_dispatch', inputs });
    this.start(run, file.workflow);
    return run.id;
  }

  cancel(id: number): void {
    this.active.get(id)?.stop.abort();
  }

  async ended(id: number): Promise<void> {
    await this.active.get(id)?.done;
  }

  /** A new attempt: jobs that succeeded are kept, the others and what needs them run again. */
  async rerunFailed(id: number): Promise<void> {
    const { state } = this.world.store;
    const run = state.runs.find((one) => one.id === id);
    if (run === undefined) return;
    const entry = await this.world.git.entry(run.sha, run.workflow);
    if (entry === undefined) return;
    const { workflow } = parseWorkflow(run.workflow, (await this.world.git.blob(entry.sha)).toString());
    const before = latestJobs(state, run);
    const again = new Set(before.filter((job) => job.conclusion !== 'success').map((job) => job.key));
    if (!('error' in workflow)) growByNeeds(again, workflow.jobs);
    run.attempt += 1;
    run.startedAt = utc(Date.now());
    run.conclusion = null;
    for (const job of before.filter((one) => !again.has(one.key))) {
      const kept = { ...structuredClone(job), id: this.world.store.id(), attempt: run.attempt };
      state.jobs.push(kept);
      await copyFile(this.world.store.logFile(job.id), this.world.store.logFile(kept.id));
    }
    this.start(run, workflow);
  }

  /** Stops everything that runs. */
  async close(): Promise<void> {
    for (const { stop } of this.active.values()) stop.abort();
    await Promise.all([...this.active.values()].map(({ done }) => done));
  }

  /** Runs that a dead emulator left behind can't be followed any more. */
  abandon(): void {
    const { state } = this.world.store;
    const lost = { status: 'completed', conclusion: 'cancelled' } as const;
    const completedAt = utc(Date.now());
    for (const run of state.runs.filter((one) => one.status !== 'completed')) this.mark(run, lost);
    for (const job of state.jobs.filter((one) => one.status !== 'completed')) {
      this.mark(job, lost);
      for (const step of job.steps)
        if (step.status !== 'completed') Object.assign(step, lost, { completedAt });
    }
  }

  private make(
    workflow: string,
    from: Pick<Run, 'ref' | 'before' | 'sha' | 'actor' | 'event' | 'inputs'>,
  ): Run {
    const { store } = this.world;
    const now = utc(Date.now());
    const known = store.state.workflows[workflow];
    if (known !== undefined) known.runs += 1;
    const { ref, before, sha, actor, event, inputs } = from;
    const run: Run = {
      ...{ id: store.id(), checkSuite: store.id(), workflow, number: known?.runs ?? 1, attempt: 1 },
      ...{ event, ref, before, sha, actor, inputs, title: '', status: 'queued', conclusion: null },
      ...{ createdAt: now, startedAt: now, updatedAt: now },
    };
    store.state.runs.push(run);
    return run;
  }

  private start(run: Run, workflow: Workflow | { error: string }): void {
    const stop = new AbortController();
    const done = this.execute(run, workflow, stop.signal).finally(() => this.active.delete(run.id));
    this.active.set(run.id, { stop, done });
  }

  private async execute(
    run: Run,
    workflow: Workflow | { error: string },
    signal: AbortSignal,
  ): Promise<void> {
    if ('error' in workflow) {
      process.stderr.write(`${run.workflow}: ${workflow.error}\n`);
      this.mark(run, { status: 'completed', conclusion: 'failure' });
      return;
    }
    const kept = latestJobs(this.world.store.state, run);
    const jobs = new Map(kept.map((job) => [job.key, job]));
    for (const [key, spec] of Object.entries(workflow.jobs))
      if (!jobs.has(key)) jobs.set(key, this.makeJob(run, key, spec));
    this.mark(run, { status: 'in_progress' });
    const going = new Map<string, Promise<void>>();
    const go = (key: string): Promise<void> => {
      const known = going.get(key);
      if (known !== undefined) return known;
      const spec = workflow.jobs[key];
      const job = jobs.get(key);
      if (spec === undefined || job === undefined) return Promise.resolve();
      const promise = Promise.all(spec.needs.map(go)).then(() =>
        this.job(run, workflow, spec, job, jobs, signal),
      );
      going.set(key, promise);
      return promise;
    };
    await Promise.all([...jobs.keys()].map(go));
    const conclusion = conclusionOf([...jobs.values()]);
    this.mark(run, { status: 'completed', conclusion });
    await this.world.store.flush();
  }

  private async job(
    run: Run,
    workflow: Workflow,
    spec: JobSpec,
    job: Job,
    jobs: ReadonlyMap<string, Job>,
    signal: AbortSignal,
  ): Promise<void> {
    if (job.status === 'completed') return;
    const needed = spec.needs.flatMap((key) => jobs.get(key) ?? []);
    const token = this.tokens.issue(spec.permissions ?? workflow.permissions);
    try {
      const context: Context = {
        github: githubContext(this.world, run, job, token),
        inputs: run.inputs,
        secrets: { GITHUB_TOKEN: token },
        vars: {},
        needs: Object.fromEntries(
          needed.map((need) => [need.key, { outputs: need.outputs, result: need.conclusion }]),
        ),
      };
      const progress = {
        success: !signal.aborted && needed.every((need) => need.conclusion === 'success'),
        failure: ancestors(spec, workflow).some((name) => jobs.get(name)?.conclusion === 'failure'),
        cancelled: signal.aborted,
      };
      if (!condition(spec.if, context, progress)) {
        this.mark(job, { status: 'completed', conclusion: signal.aborted ? 'cancelled' : 'skipped' });
        return;
      }
      if (spec.name !== undefined) job.name = interpolate(spec.name, context, progress);
      job.startedAt = utc(Date.now());
      this.mark(job, { status: 'in_progress' });
      const env = environmentOf(this.world, run, job, token);
      const { git, store } = this.world;
      const { name = '', url = '' } = spec.environment ?? {};
      const texts = { name: interpolate(name, context, progress), url: interpolate(url, context, progress) };
      const deployed = texts.name === '' ? undefined : followJob(this.world, run, job, texts);
      const end = await runJob({
        ...{ workflow, spec, job, context, env, token, signal },
        repository: git.path,
        sha: run.sha,
        resolve: (ref) => git.resolve(ref),
        logFile: store.logFile(job.id),
        changed: () => store.changed(),
      });
      deployed?.(end.conclusion);
      job.outputs = end.outputs;
      job.completedAt = utc(Date.now());
      this.mark(job, { status: 'completed', conclusion: end.conclusion });
    } catch (error) {
      process.stderr.write(`job ${job.name}: ${String(error)}\n`);
      job.completedAt = utc(Date.now());
      this.mark(job, { status: 'completed', conclusion: 'failure' });
    } finally {
      this.tokens.revoke(token);
      run.updatedAt = utc(Date.now());
    }
  }

  private makeJob(run: Run, key: string, spec: JobSpec): Job {
    const job: Job = {
      ...{ id: this.world.store.id(), run: run.id, attempt: run.attempt, key, name: spec.name ?? key },
      ...{ status: 'queued', conclusion: null, startedAt: null, completedAt: null },
      ...{ createdAt: utc(Date.now()), steps: [], outputs: {}, annotations: [], summary: '' },
    };
    this.world.store.state.jobs.push(job);
    return job;
  }

  private mark<Thing extends Run | Job>(
    thing: Thing,
    change: Partial<Pick<Thing, 'status' | 'conclusion'>>,
  ): void {
    Object.assign(thing, change);
    if ('updatedAt' in thing) thing.updatedAt = utc(Date.now());
    else if (thing.status === 'completed') thing.completedAt ??= utc(Date.now());
    this.world.store.changed();
  }
}
