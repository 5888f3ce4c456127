import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { condition, interpolate, type Context, type Progress } from './expressions.ts';
import { utc } from './git-objects.ts';
import { JobLog } from './job-log.ts';
import { readPairs } from './pairs.ts';
import { runScript } from './script.ts';
import type { Conclusion, Job, Step } from './state.ts';
import type { Upload } from './upload-artifact.ts';
import { useAction } from './uses.ts';
import type { JobSpec, StepSpec, Workflow } from './workflow-file.ts';

export interface JobTask {
  workflow: Workflow;
  spec: JobSpec;
  job: Job;
  /** `github`, `needs`, `inputs`, `secrets`. */
  context: Context;
  /** GITHUB_SHA and its like, and the lab's own; PATH too. */
  env: Readonly<Record<string, string>>;
  repository: string;
  sha: string;
  /** The commit of a ref, for `actions/checkout` with one. */
  resolve(ref: string): Promise<string | undefined>;
  save(upload: Upload): Promise<{ id: number; url: string }>;
  token: string;
  logFile: string;
  signal: AbortSignal;
  /** Steps or the job changed: the state is to be written. */
  changed(): void;
}

/** Runs a job's steps, one after the other, in a fresh folder. */
export async function runJob(
  task: JobTask,
): Promise<{ conclusion: Conclusion; outputs: Record<string, string> }> {
  const root = await mkdtemp(join(tmpdir(), 'lab-job-'));
  const log = new JobLog(task.logFile, [task.token], (annotation) => task.job.annotations.push(annotation));
  try {
    return await new JobRun(task, root, log).run();
  } finally {
    await log.close();
    await rm(root, { recursive: true, force: true });
  }
}

/** One step's outcome as `steps.ID` shows it. */
interface StepResult {
  outputs: Record<string, string>;
  outcome: Conclusion;
  conclusion: Conclusion;
}

class JobRun {
  private readonly task: JobTask;
  private readonly log: JobLog;
  private readonly root: string;
  private readonly workspace: string;
  private readonly results: Record<string, StepResult> = {};
  /** What steps wrote to GITHUB_ENV and GITHUB_PATH. */
  private readonly added: Record<string, string> = {};
  private path: string;
  private failed = false;
  private readonly deadline: number;

  constructor(task: JobTask, root: string, log: JobLog) {
    this.task = task;
    this.root = root;
    this.log = log;
    this.workspace = join(root, 'work');
    this.path = task.env['PATH'] ?? '';
    this.deadline = Date.now() + task.spec['timeout-minutes'] * 60_000;
  }

  async run(): Promise<{ conclusion: Conclusion; outputs: Record<string, string> }> {
    const { spec, job } = this.task;
    await mkdir(this.workspace);
    const names = ['Set up job', ...spec.steps.map((step) => stepName(step)), 'Complete job'];
    job.steps = names.map((name, index) => ({
      number: index + 1,
      name,
      status: 'queued',
      conclusion: null,
      startedAt: null,
      completedAt: null,
    }));
    await this.follow(0, () => {
      this.log.line('Current runner: the lab');
      return Promise.resolve('success');
    });
    for (const [index, step] of spec.steps.entries()) await this.step(index, step);
    let outputs: Record<string, string> = {};
    await this.follow(spec.steps.length + 1, () => {
      outputs = this.texts(spec.outputs);
      return Promise.resolve('success');
    });
    const cancelled = this.task.signal.aborted;
    return { conclusion: cancelled ? 'cancelled' : this.failed ? 'failure' : 'success', outputs };
  }

  /** Marks a step as it goes; what it throws is a failure that the log explains. */
  private async follow(index: number, work: () => Promise<Conclusion>): Promise<Conclusion> {
    const step = this.task.job.steps[index] as Step;
    step.status = 'in_progress';
    step.startedAt = utc(Date.now());
    this.task.changed();
    let conclusion: Conclusion;
    try {
      conclusion = await work();
    } catch (error) {
      this.log.error(error instanceof Error ? error.message : String(error));
      conclusion = 'failure';
    }
    if (conclusion === 'failure') this.failed = true;
    step.status = 'completed';
    step.conclusion = conclusion;
    step.completedAt = utc(Date.now());
    this.task.changed();
    return conclusion;
  }

  private async step(index: number, spec: StepSpec): Promise<void> {
    const result: StepResult = { outputs: {}, outcome: 'skipped', conclusion: 'skipped' };
    const failedBefore = this.failed;
    result.conclusion = await this.follow(index + 1, async () => {
      if (!condition(spec.if, this.context(spec), this.progress())) return 'skipped';
      result.outcome = await this.perform(index, spec, result.outputs).catch((error: unknown) => {
        this.log.error(error instanceof Error ? error.message : String(error));
        return 'failure' as const;
      });
      return result.outcome === 'failure' && spec['continue-on-error'] ? 'success' : result.outcome;
    });
    this.failed = failedBefore || result.conclusion === 'failure';
    if (spec.id !== undefined) this.results[spec.id] = result;
  }

  private progress(): Progress {
    const cancelled = this.task.signal.aborted;
    return { success: !this.failed && !cancelled, failure: this.failed, cancelled };
  }

  private context(step?: StepSpec): Context {
    const { workflow, spec, context } = this.task;
    const steps = this.results;
    const github = { ...(context['github'] as object), workspace: this.workspace };
    const base = { ...context, github, steps, job: { status: this.failed ? 'failure' : 'success' } };
    let env: Record<string, string> = {};
    for (const level of [workflow.env, spec.env, this.added, step?.env ?? {}]) {
      const seen = { ...base, env };
      const texts = Object.entries(level).map(([name, text]) => [
        name,
        interpolate(text, seen, this.progress()),
      ]);
      env = { ...env, ...(Object.fromEntries(texts) as Record<string, string>) };
    }
    return { ...base, env, runner: { os: 'Linux', arch: 'X64', temp: this.root } };
  }

  private texts(values: Record<string, string>): Record<string, string> {
    const context = this.context();
    return Object.fromEntries(
      Object.entries(values).map(([name, text]) => [name, interpolate(text, context, this.progress())]),
    );
  }

  private async perform(index: number, spec: StepSpec, outputs: Record<string, string>): Promise<Conclusion> {
    if (this.task.signal.aborted) return 'cancelled';
    if (spec.uses !== undefined) return this.use(spec.uses, spec, outputs);
    if (spec.run === undefined) throw new Error('a step needs run or uses');
    const { workflow, spec: job } = this.task;
    const shell = spec.shell ?? job.defaults.run.shell ?? workflow.defaults.run.shell ?? 'bash';
    if (shell !== 'bash' && shell !== 'sh') throw new Error(`the lab's runner has bash, not ${shell}`);
    const context = this.context(spec);
    const text = interpolate(spec.run, context, this.progress());
    const lines = text.trimEnd().split('\n');
    this.log.line(`##[group]Run ${lines[0] ?? ''}`);
    for (const line of lines) this.log.line(line);
    this.log.line('##[endgroup]');
    const file = join(this.root, `step-${index}.sh`);
    const [set, out, paths, summary] = ['env', 'output', 'path', 'summary'].map((name) =>
      join(this.root, `${name}-${index}`),
    ) as [string, string, string, string];
    const empty = [set, out, paths, summary].map((name) => writeFile(name, ''));
    await Promise.all([writeFile(file, text), ...empty]);
    const folder =
      spec['working-directory'] ??
      job.defaults.run['working-directory'] ??
      workflow.defaults.run['working-directory'] ??
      '.';
    const minutes = spec['timeout-minutes'];
    const left = Math.max(0, this.deadline - Date.now());
    const end = await runScript({
      file,
      cwd: resolve(this.workspace, interpolate(folder, context, this.progress())),
      env: {
        ...this.task.env,
        ...(context['env'] as Record<string, string>),
        PATH: this.path,
        GITHUB_WORKSPACE: this.workspace,
        GITHUB_ENV: set,
        GITHUB_OUTPUT: out,
        GITHUB_PATH: paths,
        GITHUB_STEP_SUMMARY: summary,
        RUNNER_TEMP: this.root,
      },
      timeoutMs: minutes === undefined ? left : Math.min(left, minutes * 60_000),
      signal: this.task.signal,
      log: this.log,
    });
    Object.assign(outputs, readPairs(await readFile(out, 'utf8')));
    Object.assign(this.added, readPairs(await readFile(set, 'utf8')));
    const more = (await readFile(paths, 'utf8')).split('\n').filter((line) => line !== '');
    this.path = [...more.reverse(), this.path].join(':');
    this.task.job.summary += this.log.masked(await readFile(summary, 'utf8'));
    if (end.kind === 'cancelled') {
      this.log.error('The operation was canceled.');
      return 'cancelled';
    }
    if (end.kind === 'timeout') {
      this.log.error('The action has timed out.');
      return 'failure';
    }
    if (end.status !== 0) this.log.error(`Process completed with exit code ${end.status}.`);
    return end.status === 0 ? 'success' : 'failure';
  }

  private async use(uses: string, spec: StepSpec, outputs: Record<string, string>): Promise<Conclusion> {
    const context = this.context(spec);
    const inputs = Object.entries(spec.with).map(([name, text]) => [
      name,
      interpolate(text, context, this.progress()),
    ]);
    const { env, repository, sha } = this.task;
    const made = await useAction({
      ...{ uses, inputs: Object.fromEntries(inputs) as Record<string, string>, workspace: this.workspace },
      ...{ env, repository, sha, log: this.log },
      resolve: (ref) => this.task.resolve(ref),
      save: (upload) => this.task.save(upload),
    });
    Object.assign(outputs, made);
    return 'success';
  }
}

function stepName(step: StepSpec): string {
  return step.name ?? `Run ${step.uses ?? step.run?.split('\n')[0] ?? ''}`;
}
