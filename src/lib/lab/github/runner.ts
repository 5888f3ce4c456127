import { EventEmitter, once } from 'node:events';
import { copyFile } from 'node:fs/promises';
import { invalid } from './api-error.ts';
import { Groups } from './concurrency.ts';
import { checkedInputs, typedInputs } from './dispatch-inputs.ts';
import { CLOSING, Execution, type Shop } from './execution.ts';
import { interpolate } from './expressions.ts';
import { Gates } from './gates.ts';
import { utc } from './git-objects.ts';
import { githubContext } from './job-context.ts';
import type { Dispatch, RunControl, World } from './operation.ts';
import type { Review } from './review-state.ts';
import { latestJobs, type Run } from './state.ts';
import type { Tokens } from './tokens.ts';
import {
  growByNeeds,
  parseWorkflow,
  readWorkflows,
  startsOnPush,
  type WorkflowFile,
} from './workflow-file.ts';
import { register } from './workflows.ts';

export interface Push {
  ref: string;
  before: string | null;
  sha: string;
  actor: string;
}

/** GitHub Actions: makes runs, and has their jobs executed for real. */
export class Runner implements RunControl {
  private readonly shop: Shop;
  private readonly active = new Map<number, { stop: AbortController; done: Promise<void> }>();

  constructor(world: World, tokens: Tokens) {
    const news = new EventEmitter().setMaxListeners(0);
    this.shop = { world, tokens, gates: new Gates(world), groups: new Groups(), news };
  }

  private get world(): World {
    return this.shop.world;
  }

  /** Starts what the workflow files of the pushed commit ask for. */
  async pushed(push: Push): Promise<void> {
    const { git } = this.world;
    const sha = await git.resolve(push.ref);
    if (sha === undefined) return;
    for (const file of await readWorkflows(git, sha)) {
      if (!startsOnPush(file, push.ref)) continue;
      register(this.world, file);
      const { message } = (await git.commit(sha)) ?? { message: '' };
      const title = message.split('\n')[0] ?? '';
      this.start(this.make(file, { ...push, sha, event: 'push', inputs: {}, title }), file);
    }
  }

  /** @throws 422 as GitHub does, if the workflow can't be dispatched so */
  async dispatch(asked: Dispatch): Promise<number> {
    const { git } = this.world;
    const entry = await git.entry(asked.sha, asked.workflow);
    const file = entry && parseWorkflow(asked.workflow, (await git.blob(entry.sha)).toString());
    if (file?.on === undefined || !('workflow_dispatch' in file.on))
      throw invalid("Workflow does not have 'workflow_dispatch' trigger");
    const inputs = checkedInputs(file.on.workflow_dispatch, asked.inputs);
    register(this.world, file);
    const from = { ...asked, before: null, event: 'workflow_dispatch', inputs, title: file.name } as const;
    const run = this.make(file, from);
    this.start(run, file);
    return run.id;
  }

  cancel(id: number): void {
    this.active.get(id)?.stop.abort();
  }

  review(review: Review): void {
    this.shop.gates.review(review);
  }

  later(run: number, minutes: number): void {
    this.shop.gates.later(run, minutes);
  }

  async ended(id: number): Promise<void> {
    await this.active.get(id)?.done;
  }

  async settled(id: number): Promise<void> {
    const waits = () => this.world.store.state.runs.some((run) => run.id === id && run.status === 'waiting');
    while (this.active.has(id) && !waits())
      await Promise.race([once(this.shop.news, 'moved'), this.ended(id)]);
  }

  /** A new attempt: jobs that succeeded are kept, the others and what needs them run again. */
  async rerunFailed(id: number): Promise<void> {
    const { store } = this.world;
    const run = store.state.runs.find((one) => one.id === id);
    const file = run && (await this.fileOf(run));
    if (run === undefined || file === undefined) return;
    const before = latestJobs(store.state, run);
    const again = new Set(before.filter((job) => job.conclusion !== 'success').map((job) => job.key));
    if (!('error' in file.workflow)) growByNeeds(again, file.workflow.jobs);
    run.attempt += 1;
    run.startedAt = utc(Date.now());
    run.conclusion = null;
    for (const job of before.filter((one) => !again.has(one.key))) {
      const kept = { ...structuredClone(job), id: store.id(), attempt: run.attempt };
      store.state.jobs.push(kept);
      await copyFile(store.logFile(job.id), store.logFile(kept.id));
    }
    this.start(run, file);
  }

  /** Stops everything that runs; what waits for a review is left waiting. */
  async close(): Promise<void> {
    for (const { stop } of this.active.values()) stop.abort(CLOSING);
    await Promise.all([...this.active.values()].map(({ done }) => done));
  }

  /** What an earlier emulator left: runs that wait go on waiting, others can't be followed any more. */
  async takeUp(): Promise<void> {
    const { state } = this.world.store;
    const lost = { status: 'completed', conclusion: 'cancelled' } as const;
    const completedAt = utc(Date.now());
    for (const run of state.runs.filter((one) => one.status !== 'completed')) {
      const file = run.status === 'waiting' ? await this.fileOf(run) : undefined;
      if (file !== undefined) {
        this.start(run, file);
        continue;
      }
      Object.assign(run, lost, { updatedAt: completedAt });
      for (const job of latestJobs(state, run).filter((one) => one.status !== 'completed')) {
        Object.assign(job, lost, { completedAt });
        for (const step of job.steps)
          if (step.status !== 'completed') Object.assign(step, lost, { completedAt });
      }
    }
    this.world.store.changed();
  }

  private async fileOf(run: Run): Promise<WorkflowFile | undefined> {
    const entry = await this.world.git.entry(run.sha, run.workflow);
    return entry && parseWorkflow(run.workflow, (await this.world.git.blob(entry.sha)).toString());
  }

  private make(
    file: WorkflowFile,
    from: Pick<Run, 'ref' | 'before' | 'sha' | 'actor' | 'event' | 'inputs' | 'title'>,
  ): Run {
    const { store } = this.world;
    const now = utc(Date.now());
    const known = store.state.workflows[file.path];
    if (known !== undefined) known.runs += 1;
    const { ref, before, sha, actor, event, inputs, title } = from;
    const run: Run = {
      ...{
        id: store.id(),
        checkSuite: store.id(),
        workflow: file.path,
        number: known?.runs ?? 1,
        attempt: 1,
      },
      ...{ event, ref, before, sha, actor, inputs, title, status: 'queued', conclusion: null },
      ...{ createdAt: now, startedAt: now, updatedAt: now },
    };
    run.title = this.runName(run, file) ?? title;
    store.state.runs.push(run);
    return run;
  }

  /** `run-name`; undefined without one, or if it is empty. @throws 422 if it can't be evaluated */
  private runName(run: Run, { workflow }: WorkflowFile): string | undefined {
    if ('error' in workflow || workflow['run-name'] === undefined) return undefined;
    const context = {
      github: githubContext(this.world, run, undefined, ''),
      inputs: typedInputs(workflow.on.workflow_dispatch, run.inputs),
      vars: {},
    };
    const progress = { success: true, failure: false, cancelled: false };
    return interpolate(workflow['run-name'], context, progress).trim() || undefined;
  }

  private start(run: Run, file: WorkflowFile): void {
    const stop = new AbortController();
    const done = this.perform(run, file, stop).finally(() => this.active.delete(run.id));
    this.active.set(run.id, { stop, done });
  }

  private async perform(run: Run, { workflow }: WorkflowFile, stop: AbortController): Promise<void> {
    try {
      if ('error' in workflow) throw new Error(workflow.error);
      await new Execution(this.shop, run, workflow, stop).perform();
    } catch (error) {
      process.stderr.write(`${run.workflow}: ${String(error)}\n`);
      const updatedAt = utc(Date.now());
      Object.assign(run, { status: 'completed', conclusion: 'failure', updatedAt });
      this.world.store.changed();
    }
  }
}
