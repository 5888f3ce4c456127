import type { App } from './app.ts';
import type { Environment } from './domain/environment.ts';
import type { World } from './flows/world.ts';
import type { Host } from './ports.ts';

export interface WorldOptions {
  /** What the screen shows at the second Ctrl-C. */
  onLeave?: World['onLeave'];
  /** How long a lost host is tried again while one of its steps runs, in milliseconds. */
  reconnectMs?: number;
}

/** What flows may reach, made from the composition root; every part is loaded when it is first asked for. */
export async function worldOf(app: App, options: WorldOptions = {}): Promise<World> {
  const { onLeave = () => undefined, reconnectMs = 60_000 } = options;
  const [config, http] = await Promise.all([app.config(), app.http()]);
  const hosts = new Map<string, Promise<Host>>();
  const open = async (environment: Environment, name: string): Promise<Host> => {
    const spec = environment.hosts.find((host) => host.name === name);
    if (spec === undefined) throw new TypeError(`${environment.name} has no host ${name}`);
    const [shells, { createHost }] = await Promise.all([app.shells(), import('./adapters/host/host.ts')]);
    return createHost(await shells.open(spec), environment, { clock: app.clock, reconnectMs });
  };
  const github = (): Promise<Awaited<ReturnType<World['github']>>> =>
    config.repository === undefined ? Promise.resolve(undefined) : app.github();
  return {
    config,
    clock: app.clock,
    reporter: app.reporter,
    redact: app.redact,
    http,
    signal: app.signal,
    version: app.version,
    onLeave,
    env: app.env,
    host: (environment, name) => {
      const key = `${environment.name}/${name}`;
      const known = hosts.get(key) ?? open(environment, name);
      hosts.set(key, known);
      // A host that could not be opened is tried afresh the next time.
      known.catch(() => hosts.delete(key));
      return known;
    },
    registry: () => app.registry(),
    github,
    // Without a repository there is no commit to take files from: the working tree is the only source (D1).
    sources: async () => {
      if (config.repository === undefined)
        return (await import('./adapters/sources/index.ts')).createWorktreeSources({ root: config.root });
      const { createSources } = await import('./adapters/sources/index.ts');
      return createSources({ root: config.root, github: () => app.github() });
    },
    worktree: async () => {
      const { createWorktreeSources } = await import('./adapters/sources/index.ts');
      return createWorktreeSources({ root: config.root });
    },
    actor: async () => (await app.identity()).actor(),
    local: async () => (await app.shells()).open({ name: 'local', local: true }),
  };
}
