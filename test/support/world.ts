/** What a flow may reach, with nothing behind it: a test gives what it expects to be asked. */
import { patience } from '../../src/lib/engine/line.ts';
import type { World } from '../../src/lib/flows/world.ts';
import { FakeHttp, FastClock, Recorder } from '../unit/engine/fakes.ts';

const never = () => Promise.reject(new Error('nobody expected that'));

export function fakeWorld(rest: Partial<World> = {}): World {
  return {
    config: {
      file: '',
      root: '',
      app: 'app',
      images: {},
      registries: {},
      release: { branch: 'main', workflow: 'r.yml' },
      ledger: { publish: true },
      roles: {},
      environments: {},
    },
    clock: new FastClock(),
    reporter: new Recorder(),
    redact: (text) => text,
    http: new FakeHttp(),
    signal: new AbortController().signal,
    host: never,
    registry: never,
    github: never,
    sources: never,
    worktree: never,
    actor: never,
    local: never,
    onLeave: () => undefined,
    version: '0.1.0',
    env: {},
    zone: 'UTC',
    patience: patience(),
    githubWaitMs: 120_000,
    prompt: { interactive: false, confirm: never, text: never, choose: never },
    self: () => ({ pid: 1 }),
    holidays: () => Promise.resolve([]),
    isDead: () => false,
    ...rest,
  };
}
