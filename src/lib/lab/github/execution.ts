import type { EventEmitter } from 'node:events';
import { admit } from './admission.ts';
import { saveArtifact } from './artifacts.ts';
import type { Groups } from './concurrency.ts';
import { typedInputs } from './dispatch-inputs.ts';
import { condition, evaluate, interpolate, type Context, type Progress } from './expressions.ts';
import type { Gates } from './gates.ts';
import { utc } from './git-objects.ts';
import { runJob } from './job.ts';
import { environmentOf, githubContext } from './job-context.ts';
import { endOf } from './job-deployment.ts';
import type { World } from './operation.ts';
import { conclusionOf, latestJobs, type Conclusion, type Job, type Run } from './state.ts';
import type { Tokens } from './tokens.ts';
import { ancestors, type Concurrency, type JobSpec, type Workflow } from './workflow-file.ts';

/** What all runs share. */
export interface Shop {
  world: World;
  tokens: Tokens;
  gates: Gates;
  groups: Groups;
  /** Tells `moved` after every change of a run or a job. */
  news: EventEmitter;
}

/** Why a run is stopped that is to wait on: the emulator itself ends. */
export const CLOSING = new Error('the emulator ends');

const GOING: Progress = { success: true, failure: false, cancelled: false };

/** One attempt of a run: its jobs, each when those that it needs have ended. */
export class Execution {
  private readonly shop: Shop;
  private readonly run: Run;
  private readonly workflow: Workflow;
  private readonly stop: AbortController;
  private readonly jobs: ReadonlyMap<string, Job>;
  private readonly going = new Map<string, Promise<void>>();

  constructor(shop: Shop, run: Run, workflow: Workflow, stop: AbortController) {
    this.shop = shop;
    this.run = run;
    this.workflow = workflow;
    this.stop = stop;
    const kept = latestJobs(shop.world.store.state, run);
    const jobs = new Map(kept.map((job) => [job.key, job]));
    for (const [key, spec] of Object.entries(workflow.jobs))
      if (!jobs.has(key)) jobs.set(key, this.makeJob(key, spec));
    this.jobs = jobs;
  }

  /** Resolves when the run has ended, or waits for the emulator that comes after this one. */
  async perform(): Promise<void> {
    const { run, stop } = this;
    const leave = await this.enter(this.workflow.concurrency, run, this.context(undefined), stop);
    if (leave === undefined)
      for (const job of this.jobs.values()) this.mark(job, { status: 'completed', conclusion: 'cancelled' });
    else if (run.status !== 'waiting') this.mark(run, { status: 'in_progress' });
    try {
      await Promise.all([...this.jobs.keys()].map((key) => this.go(key)));
      this.mark(run, { status: 'completed', conclusion: conclusionOf([...this.jobs.values()]) });
    } catch (error) {
      if (error !== CLOSING) throw error;
    } finally {
      leave?.();
      await this.shop.world.store.flush();
    }
  }

  private go(key: string): Promise<void> {
    const known = this.going.get(key);
    if (known !== undefined) return known;
    const spec = this.workflow.jobs[key];
    const job = this.jobs.get(key);
    if (spec === undefined || job === undefined) return Promise.resolve();
    const promise = Promise.all(spec.needs.map((need) => this.go(need))).then(() => this.job(spec, job));
    this.going.set(key, promise);
    return promise;
  }

  private async job(spec: JobSpec, job: Job): Promise<void> {
    if (job.status === 'completed') return;
    const token = this.shop.tokens.issue(spec.permissions ?? this.workflow.permissions);
    const stop = new AbortController();
    const signal = AbortSignal.any([this.stop.signal, stop.signal]);
    let leave: (() => void) | undefined;
    let end: Conclusion = 'failure';
    try {
      const context = this.context(job, token, spec);
      const progress = this.progress(spec, signal);
      if (!condition(spec.if, context, progress)) end = signal.aborted ? 'cancelled' : 'skipped';
      else {
        if (spec.name !== undefined) job.name = interpolate(spec.name, context, progress);
        leave = await this.enter(spec.concurrency, job, context, stop);
        end = leave === undefined ? 'cancelled' : await this.work(spec, job, { context, token, signal });
      }
    } catch (error) {
      if (error === CLOSING) throw error;
      process.stderr.write(`job ${job.name}: ${String(error)}\n`);
    } finally {
      leave?.();
      this.shop.tokens.revoke(token);
    }
    this.mark(job, { status: 'completed', conclusion: end });
  }

  /** Into its environment, if it has one, then step by step. */
  private async work(
    spec: JobSpec,
    job: Job,
    given: { context: Context; token: string; signal: AbortSignal },
  ): Promise<Conclusion> {
    const { run, workflow } = this;
    const { world, gates } = this.shop;
    const { context, token, signal } = given;
    const { name = '', url = '' } = spec.environment ?? {};
    const texts = { name: interpolate(name, context, GOING), url: interpolate(url, context, GOING) };
    const waits = () => this.mark(job, { status: 'waiting' });
    const entry =
      texts.name === '' ? undefined : await admit({ world, gates, run, job, texts, waits, signal });
    if (signal.reason === CLOSING && run.status === 'waiting') throw CLOSING;
    if (entry?.passage === 'cancelled') entry.followed.say('error');
    if (entry !== undefined && entry.passage !== 'open')
      return entry.passage === 'cancelled' ? 'cancelled' : 'failure';
    job.startedAt = utc(Date.now());
    this.mark(job, { status: 'in_progress' });
    entry?.followed.say('in_progress');
    const { git, store } = world;
    const end = await runJob({
      ...{ workflow, spec, job, context, token, signal },
      ...{ env: environmentOf(world, run, job, token), repository: git.path, sha: run.sha },
      resolve: (ref) => git.resolve(ref),
      save: (upload) => saveArtifact(world, run, upload),
      logFile: store.logFile(job.id),
      changed: () => store.changed(),
    });
    entry?.followed.say(endOf(end.conclusion));
    job.outputs = end.outputs;
    return end.conclusion;
  }

  /** Resolves when the group is free for it; undefined if it is cancelled before. */
  private async enter(
    concurrency: Concurrency,
    thing: Run | Job,
    context: Context,
    stop: AbortController,
  ): Promise<(() => void) | undefined> {
    if (concurrency === undefined) return () => undefined;
    const group = interpolate(concurrency.group, context, GOING);
    const cancel = (concurrency['cancel-in-progress'] ?? 'false').replace(/^\$\{\{(.*)\}\}$/s, '$1');
    const member = { cancel: () => stop.abort(), waits: () => this.mark(thing, { status: 'pending' }) };
    const signal = AbortSignal.any([this.stop.signal, stop.signal]);
    return this.shop.groups.enter(group, member, evaluate(cancel, context, GOING) === true, signal);
  }

  private context(job: Job | undefined, token = '', spec?: JobSpec): Context {
    const needed = (spec?.needs ?? []).flatMap((key) => this.jobs.get(key) ?? []);
    return {
      github: githubContext(this.shop.world, this.run, job, token),
      inputs: typedInputs(this.workflow.on.workflow_dispatch, this.run.inputs),
      secrets: { GITHUB_TOKEN: token },
      vars: {},
      needs: Object.fromEntries(
        needed.map((need) => [need.key, { outputs: need.outputs, result: need.conclusion }]),
      ),
    };
  }

  private progress(spec: JobSpec, signal: AbortSignal): Progress {
    const ends = (keys: readonly string[]) => keys.map((key) => this.jobs.get(key)?.conclusion);
    return {
      success: !signal.aborted && ends(spec.needs).every((end) => end === 'success'),
      failure: ends(ancestors(spec, this.workflow)).includes('failure'),
      cancelled: signal.aborted,
    };
  }

  private makeJob(key: string, spec: JobSpec): Job {
    const { store } = this.shop.world;
    const job: Job = {
      ...{ id: store.id(), run: this.run.id, attempt: this.run.attempt, key, name: spec.name ?? key },
      ...{ status: 'queued', conclusion: null, startedAt: null, completedAt: null },
      ...{ createdAt: utc(Date.now()), steps: [], outputs: {}, annotations: [], summary: '' },
    };
    store.state.jobs.push(job);
    return job;
  }

  /** Also brings the run's own status in line: it waits if nothing of it runs and something waits. */
  private mark(thing: Run | Job, change: Partial<Pick<Run, 'status' | 'conclusion'>>): void {
    const now = utc(Date.now());
    Object.assign(thing, change);
    if (thing !== this.run) {
      if (thing.status === 'completed') (thing as Job).completedAt ??= now;
      const states = [...this.jobs.values()].map((job) => job.status);
      const waits = states.includes('waiting') && !states.includes('in_progress');
      if (this.run.status !== 'pending') this.run.status = waits ? 'waiting' : 'in_progress';
    }
    this.run.updatedAt = now;
    this.shop.world.store.changed();
    this.shop.news.emit('moved');
  }
}
