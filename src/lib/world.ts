import type { App } from './app.ts';
import type { Environment } from './domain/environment.ts';
import { GITHUB_WAIT_MS, RECONNECT_MS } from './domain/limits.ts';
import { HdError } from './domain/errors.ts';
import { registryLogins } from './domain/registry-login.ts';
import { isProvablyDead, processIdentity } from './adapters/process-identity.ts';
import { patience } from './engine/line.ts';
import { requireLocalHost } from './flows/environments.ts';
import type { World } from './flows/world.ts';
import type { Host, Reporter, Signer } from './ports.ts';

export interface WorldOptions {
  /** What the screen shows at the second Ctrl-C. */
  onLeave?: World['onLeave'];
  /** How long a lost host is tried again (`--reconnect`), in milliseconds. */
  reconnectMs?: number;
  /** For each stage on each host (`--timeout`), in milliseconds. */
  stageMs?: number | undefined;
  /** For a run of a workflow (`--run-timeout`), in milliseconds. */
  runMs?: number | undefined;
  /** How long to wait for a lock that others hold (`--lock-wait`), in milliseconds. */
  lockWaitMs?: number;
  /** The key that the ledger's last word of a deployment is signed with (`--signing-key`). */
  signingKey?: string | undefined;
}

/** What flows may reach, made from the composition root; every part is loaded when it is first asked for. */
export async function worldOf(app: App, options: WorldOptions = {}): Promise<World> {
  const { onLeave = () => undefined, reconnectMs = RECONNECT_MS } = options;
  const [config, http] = await Promise.all([app.config(), app.http()]);
  requireLocalHost(config, app.env['HD_LOCAL_HOST']);
  const signer = options.signingKey === undefined ? undefined : await app.signer(options.signingKey);
  const hosts = new Map<string, Promise<Host>>();
  const open = async (environment: Environment, name: string): Promise<Host> => {
    const spec = environment.hosts.find((host) => host.name === name);
    if (spec === undefined) throw new TypeError(`${environment.name} has no host ${name}`);
    const [shells, { createHost }] = await Promise.all([app.shells(), import('./adapters/host/host.ts')]);
    return createHost(await shells.open(spec), environment, {
      clock: app.clock,
      reconnectMs,
      answerMs: app.waits.answerMs,
      onSilence: (silence) =>
        app.reporter.event({ type: 'silence', host: name, ...(silence === undefined ? {} : { silence }) }),
      logins: registryLogins(config.registries, app.env),
    });
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
    zone: app.style.zone,
    patience: patience(options.lockWaitMs),
    ...(app.waits.answerMs === undefined ? {} : { answerMs: app.waits.answerMs }),
    ...(options.stageMs === undefined ? {} : { stageMs: options.stageMs }),
    ...(options.runMs === undefined ? {} : { runMs: options.runMs }),
    githubWaitMs: app.waits.githubMs ?? GITHUB_WAIT_MS,
    prompt: app.prompt,
    self: () => {
      const identity = processIdentity();
      return { pid: process.pid, ...(identity === undefined ? {} : { process: identity }) };
    },
    isDead: (holder) => isProvablyDead(holder.process),
    ...(signer === undefined ? {} : { sign: signing(signer, app.reporter) }),
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
      return createSources({
        root: config.root,
        github: () => app.github(),
        answerMs: app.waits.answerMs,
      });
    },
    worktree: async () => {
      const { createWorktreeSources } = await import('./adapters/sources/index.ts');
      return createWorktreeSources({ root: config.root });
    },
    holidays: async (country, range) => (await import('./adapters/holidays.ts')).holidays(country, range),
    actor: async () => (await app.identity()).actor(),
    local: async () => (await app.shells()).open({ name: 'local', local: true }),
  };
}

/** What happened is written, signed or not: a key that fails at the end loses no entry. */
function signing(signer: Signer, reporter: Reporter): NonNullable<World['sign']> {
  return async (text) => {
    try {
      return await signer.sign(text);
    } catch (error) {
      if (!(error instanceof HdError)) throw error;
      reporter.event({
        type: 'note',
        mark: 'warn',
        text: `the ledger's entry is not signed: ${error.message}`,
      });
      return undefined;
    }
  };
}
