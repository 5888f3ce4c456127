/** An emulated GitHub whose release branch asks two roles, and a host that only keeps a ledger. */
import { setTimeout as wait } from 'node:timers/promises';
import { createGitHub } from '../../src/lib/adapters/github/index.ts';
import { parseConfig } from '../../src/lib/config/parse.ts';
import { canonical, sha256 } from '../../src/lib/domain/canonical.ts';
import type { Environment } from '../../src/lib/domain/environment.ts';
import type { LedgerEntry, LedgerLine } from '../../src/lib/domain/ledger.ts';
import type { Plan } from '../../src/lib/domain/plan.ts';
import { Secret } from '../../src/lib/domain/secret.ts';
import { drivers } from '../../src/lib/drivers/index.ts';
import type { AskInput } from '../../src/lib/flows/approval/index.ts';
import { quorumFor } from '../../src/lib/flows/gates/quorum.ts';
import type { SeenHost } from '../../src/lib/flows/observe.ts';
import type { World } from '../../src/lib/flows/world.ts';
import type { Clock, GitHub, Host } from '../../src/lib/ports.ts';
import { fakeHost, Recorder } from '../unit/engine/fakes.ts';
import { environment, release, serving, target } from './core.ts';
import { LEAD_TOKEN, OUTSIDER_TOKEN, OWNER, REPOSITORY, startBench, TOKEN, type Bench } from './github.ts';
import { fakeWorld } from './world.ts';

/** tech-lead is login-b by a team, qa-lead is login-d; login-a asks. */
const HD_YML = `app: healthdelta
repository: acme/healthdelta
images: {backend: ghcr.io/acme/backend}
roles: {tech-lead: [acme/leads], qa-lead: [login-d]}
environments:
  prod:
    hosts: [prod-1]
    directory: /opt/app
    compose: [compose.yaml]
    policy:
      approvals: {tech-lead: 1, qa-lead: {count: 1, meaning: review}}
      rollback_approvals: {tech-lead: 1}
      asking: {remind: 15m, expire: 4h, escalate: {after: 1h, to: [login-c]}}
  staging: {hosts: [staging-1], directory: /opt/app, compose: [compose.yaml]}
`;

export type Login = 'login-a' | 'login-b' | 'login-d';

const TOKENS: Readonly<Record<Login, string>> = {
  'login-a': TOKEN,
  'login-b': LEAD_TOKEN,
  'login-d': OUTSIDER_TOKEN,
};

/** Waits are over at once, and what a test has planned happens in them, one thing each; time goes on as it would. */
export class StagedClock implements Clock {
  readonly slept: number[] = [];
  acts: (() => Promise<void> | void)[] = [];
  #skipped = 0;
  now(): number {
    return Date.now() + this.#skipped;
  }
  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return;
    this.slept.push(ms);
    this.#skipped += ms;
    await this.acts.shift()?.();
    await wait(1);
  }
  /** As if that had gone by. */
  later(ms: number): void {
    this.#skipped += ms;
  }
}

/** A host that keeps its lines in memory, as its file would, and whose lock is free. */
export class KeepingHost {
  readonly texts: string[] = [];
  readonly host: Host;
  /** An append that fails, as on a full disk. */
  broken: Error | undefined;

  constructor(name: string) {
    this.host = fakeHost(name, {
      observe: () => Promise.resolve(this.#observed(name)),
      ledger: () => Promise.resolve(this.lines),
      lock: () => Promise.resolve({ fence: 7 }),
      renew: () => Promise.resolve(true),
      stopRequest: () => Promise.resolve(undefined),
      unlock: () => Promise.resolve(),
      append: (lines, prev) => {
        if (this.broken !== undefined) return Promise.reject(this.broken);
        if (prev !== this.lines.at(-1)?.hash) return Promise.resolve(false);
        this.texts.push(...lines);
        return Promise.resolve(true);
      },
    });
  }

  get lines(): LedgerLine[] {
    return this.texts.map((text) => ({ entry: JSON.parse(text) as LedgerEntry, hash: sha256(text) }));
  }

  get entries(): LedgerEntry[] {
    return this.lines.map((line) => line.entry);
  }

  /** An entry that another hd wrote. */
  write(entry: Omit<LedgerEntry, 'v' | 'prev'>): void {
    const prev = this.lines.at(-1)?.hash;
    this.texts.push(canonical({ v: 1, ...entry, ...(prev === undefined ? {} : { prev }) }));
  }

  #observed(name: string): SeenHost['observed'] {
    const { lines } = this;
    const head = lines.at(-1)?.hash;
    const ledger = { lines, count: lines.length, ...(head === undefined ? {} : { head }) };
    return serving(release('1.3.2'), { host: name, ledger });
  }

  async seen(): Promise<SeenHost[]> {
    return [{ host: this.host, observed: await this.host.observe() }];
  }
}

export const PLAN = '7c1e09ab42d8f3b0c1d5e6a7980b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6f7a8b';
export const OTHER_PLAN = 'b3d2270c91fe'.padEnd(64, '0');

export interface ApprovalBench {
  bench: Bench;
  host: KeepingHost;
  clock: StagedClock;
  recorder: Recorder;
  /** A host without a ledger, and time as it is; what is on GitHub stays. */
  afresh(): void;
  github(login: Login): GitHub;
  world(login?: Login, rest?: Partial<World>): World;
  environment(name?: string): Environment;
  input(plan?: string): Promise<AskInput>;
  /** Somebody says a word in the browser. */
  says(login: Login, issue: number, text: string): Promise<void>;
}

export async function startApprovals(): Promise<ApprovalBench> {
  const bench = await startBench();
  await bench.commit({ 'hd.yml': HD_YML });
  const config = parseConfig(HD_YML, { file: '/hd.yml', root: '/', name: 'hd.yml', version: '0.1.0' });
  const github = (login: Login): GitHub =>
    createGitHub({
      repository: { owner: OWNER, name: REPOSITORY },
      baseUrl: bench.github.url,
      clock: { now: () => Date.now(), sleep: async () => wait(1) },
      retryBaseMs: 1,
      timeoutMs: 5000,
      token: new Secret(TOKENS[login]),
    });
  const own = (name: string): Environment => {
    const found = config.environments[name];
    if (found === undefined) throw new Error(`no environment ${name}`);
    return found;
  };
  const here = {
    ...{ host: new KeepingHost('prod-1'), clock: new StagedClock(), recorder: new Recorder() },
    ...{ bench, github, environment: (name = 'prod') => own(name) },
    afresh() {
      Object.assign(here, {
        host: new KeepingHost('prod-1'),
        clock: new StagedClock(),
        recorder: new Recorder(),
      });
    },
    world(login: Login = 'login-a', rest: Partial<World> = {}) {
      const { clock, recorder: reporter, host } = here;
      const asked = github(login);
      return fakeWorld({
        ...{ config, clock, reporter },
        github: () => Promise.resolve(asked),
        host: () => Promise.resolve(host.host),
        actor: () => Promise.resolve({ name: login, proven: true, machine: 'build-7' }),
        ...rest,
      });
    },
    async input(plan = PLAN): Promise<AskInput> {
      const { policy } = own('prod');
      const quorum = policy === undefined ? undefined : quorumFor('deploy', policy);
      if (policy === undefined || quorum === undefined) throw new Error('prod asks nobody');
      return {
        change: {
          verb: 'deploy',
          environment: environment({ name: 'prod', hosts: ['prod-1'] }),
          driver: drivers.compose,
          target: { target: target({ 'compose.yaml': '' }), blobs: new Map(), layers: new Map() },
          plan: planOf(plan),
          actor: { name: 'login-a', proven: true, machine: 'build-7' },
        },
        quorum,
        seen: await here.host.seen(),
        story: {
          ...{ pulls: [], files: [], expectedMs: {} },
          images: [
            {
              ...{ service: 'backend', repository: 'ghcr.io/acme/healthdelta-backend' },
              ...{ from: `sha256:${'4'.repeat(64)}`, to: `sha256:${'5'.repeat(64)}` },
            },
          ],
        },
        asking: policy.asking,
      };
    },
    async says(login: Login, issue: number, text: string) {
      await github(login).addComment(issue, text);
    },
  };
  return here;
}

/** A plan that does nothing, by its hash. */
export function planOf(hash: string): Plan {
  const of = release('1.4.0');
  const subject = {
    environment: 'prod',
    hosts: ['prod-1'],
    images: of.images,
    files: [],
    serves: [],
    steps: [],
  };
  return { environment: 'prod', release: of, hosts: ['prod-1'], stages: [], subject, hash };
}
