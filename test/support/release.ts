import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createGitHub } from '../../src/lib/adapters/github/index.ts';
import { createRegistry } from '../../src/lib/adapters/registry/index.ts';
import { parseConfig } from '../../src/lib/config/parse.ts';
import type { Event } from '../../src/lib/domain/event.ts';
import { Secret } from '../../src/lib/domain/secret.ts';
import {
  release,
  type ReleaseRequest,
  type ReleaseResult,
  type ReleaseWorld,
} from '../../src/lib/flows/release/index.ts';
import type { Clock } from '../../src/lib/ports.ts';
import { endBlockLines } from '../../src/lib/ui/endblock.ts';
import { plainText } from '../../src/lib/ui/style.ts';
import { OWNER, REPOSITORY, startBench, TOKEN, type Bench } from './github.ts';
import { startRegistry, type RealRegistry } from './oci.ts';
import type { Behaviour } from './release-job.ts';

export const WORKFLOW = `name: release
on:
  push:
    tags: ['v*']
permissions: {contents: write}
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - name: Run the tests
        run: echo fine
  image:
    needs: test
    runs-on: ubuntu-latest
    env:
      GITHUB_TOKEN: \${{ github.token }}
    steps:
      - name: Build and push backend
        run: |
          "$NODE" "$JOB"
`;

export const hdYml = (registry: string): string => `app: healthdelta
repository: acme/healthdelta
images:
  backend: ${registry}/acme/healthdelta-backend
release: {branch: main, workflow: release.yml}
environments:
  local: {hosts: [local], compose: [compose.yaml]}
  staging: {hosts: [staging-1], directory: /opt/hd, compose: [compose.yaml]}
  prod: {hosts: [prod-1], directory: /opt/hd, compose: [compose.yaml], production: true}
`;

/** Time in which a wait is over a hundred times as soon: limits count what was waited, however slow the machine. */
class FastClock implements Clock {
  #skipped = 0;
  now(): number {
    return Date.now() + this.#skipped;
  }
  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    await wait(ms / 100, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
    this.#skipped += ms;
  }
}

/** A GitHub that runs release workflows for real, and a real registry that they push to. */
export interface ReleaseBench extends Bench {
  registry: RealRegistry;
  behave(behaviour: Behaviour): Promise<void>;
  /** Runs the flow as the command would; `answer` is what the person says. */
  release(request: Partial<ReleaseRequest>, options?: RunOptions): Promise<Ran>;
}

export interface RunOptions {
  answer?: boolean;
  /** Without a terminal. */
  batch?: boolean;
  token?: string;
  /** Sees every event as it happens; may stop the flow. */
  watch?: (event: Event, stop: () => void) => void;
  world?: Partial<ReleaseWorld>;
}

export interface Ran extends ReleaseResult {
  events: readonly Event[];
  questions: readonly string[];
  /** The end block as a person without colour sees it. */
  screen: string;
}

export async function startReleaseBench(): Promise<ReleaseBench> {
  const registry = await startRegistry();
  const folder = await mkdtemp(join(tmpdir(), 'hd-release-'));
  const file = join(folder, 'behaviour.json');
  const env = {
    NODE: process.execPath,
    JOB: join(import.meta.dirname, 'release-job.ts'),
    REGISTRY: registry.host,
    IMAGE: 'acme/healthdelta-backend',
    BEHAVIOUR: file,
  };
  const bench = await startBench({ env });
  const behave = (behaviour: Behaviour) => writeFile(file, JSON.stringify(behaviour));
  await behave({});
  const config = parseConfig(hdYml(registry.host), {
    file: 'hd.yml',
    root: bench.clone,
    name: 'hd.yml',
    version: '0.1.0',
  });

  return {
    ...bench,
    registry,
    behave,
    async release(request, options = {}) {
      const events: Event[] = [];
      const questions: string[] = [];
      const stop = new AbortController();
      const clock = new FastClock();
      const world: ReleaseWorld = {
        config,
        clock,
        github: createGitHub({
          repository: { owner: OWNER, name: REPOSITORY },
          baseUrl: bench.github.url,
          clock,
          retryBaseMs: 1,
          timeoutMs: 5000,
          ...(options.token !== '' && { token: new Secret(options.token ?? TOKEN) }),
        }),
        registry: createRegistry({ registries: config.registries, env: {} }),
        patienceMs: 120_000,
        reporter: {
          event: (event) => {
            events.push(event);
            options.watch?.(event, () => stop.abort());
          },
        },
        prompt: {
          interactive: options.batch !== true,
          confirm: (question) => {
            questions.push(question);
            return Promise.resolve(options.answer ?? true);
          },
          text: () => Promise.reject(new Error('nothing else is asked')),
          choose: () => Promise.reject(new Error('nothing else is asked')),
        },
        signal: stop.signal,
        zone: 'UTC',
        ...options.world,
      };
      const asked = { sign: false, dryRun: false, yes: false, timeoutMs: 1_800_000, ...request };
      const result = await release(asked, world);
      return { ...result, events, questions, screen: draw(result) };
    },
    async stop() {
      await bench.stop();
      await registry.stop();
      await rm(folder, { recursive: true });
    },
  };
}

export function draw({ end }: Pick<ReleaseResult, 'end'>): string {
  const style = { ascii: false, width: 80, zone: 'UTC' };
  return endBlockLines(end, style).map(plainText).join('\n');
}

/** The rows of a stage as the last event left them: `ok image 1 of 1 step`. */
export function rows(events: readonly Event[], stage: string): string[] {
  const last = new Map<string, string>();
  for (const event of events) {
    if (event.type === 'stage' && event.name === stage) last.set('', `${event.mark} ${event.text}`);
    if (event.type === 'item' && event.stage === stage)
      last.set(event.name, `${event.mark} ${event.name}: ${event.text}`);
  }
  return [...last.values()];
}
