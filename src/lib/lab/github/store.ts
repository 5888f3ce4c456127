import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomically } from './files.ts';
import type { Job, State } from './state.ts';

const NOTHING_SAID: Pick<Job, 'annotations' | 'summary'> = { annotations: [], summary: '' };

const EMPTY: State = {
  lastId: 1000,
  lastNumber: 0,
  refs: undefined,
  workflows: {},
  runs: [],
  jobs: [],
  checks: [],
  statuses: [],
  releases: [],
  deployments: [],
  issues: [],
  comments: [],
  labels: [],
  environments: [],
  gates: [],
  reviews: [],
  artifacts: [],
  branches: {},
};

/** What git does not hold: in memory, and in `state.json` so that a restart keeps it. */
export class Store {
  readonly directory: string;
  readonly state: State;
  private writing: Promise<void> = Promise.resolve();
  private waiting = false;

  private constructor(directory: string, state: State) {
    this.directory = directory;
    this.state = state;
  }

  static async open(directory: string): Promise<Store> {
    await mkdir(join(directory, 'logs'), { recursive: true });
    await mkdir(join(directory, 'assets'), { recursive: true });
    await mkdir(join(directory, 'artifacts'), { recursive: true });
    const text = await readFile(join(directory, 'state.json'), 'utf8').catch(() => '{}');
    const state = { ...structuredClone(EMPTY), ...(JSON.parse(text) as Partial<State>) };
    // of a lab that was made before there were any
    state.jobs = state.jobs.map((job) => ({ ...NOTHING_SAID, ...job }));
    return new Store(directory, state);
  }

  /** Never given twice, over all kinds of things. */
  id(): number {
    this.state.lastId += 1;
    return this.state.lastId;
  }

  /** Writes the state soon: changes that come while a write runs share the next one. */
  changed(): void {
    if (this.waiting) return;
    this.waiting = true;
    this.writing = this.writing.then(async () => {
      this.waiting = false;
      await writeAtomically(join(this.directory, 'state.json'), JSON.stringify(this.state));
    });
  }

  /** Resolves when everything that changed so far is on the disk. */
  async flush(): Promise<void> {
    this.changed();
    await this.writing;
  }

  logFile(job: number): string {
    return join(this.directory, 'logs', `${job}.log`);
  }

  artifactFile(artifact: number): string {
    return join(this.directory, 'artifacts', String(artifact));
  }

  assetFile(asset: number): string {
    return join(this.directory, 'assets', String(asset));
  }
}
