import type { HostSpec } from '../domain/environment.ts';
import type { Shell, Shells } from '../ports.ts';
import { localShell } from './local/shell.ts';
import { Slots } from './shell/slots.ts';
import type { Transport } from './ssh/connection.ts';
import type { AskPassphrase } from './ssh/identities.ts';
import { resolveTarget } from './ssh/resolve.ts';
import type { SshShell } from './ssh/shell.ts';
import type { SshTarget } from './ssh/target.ts';

export interface ShellsOptions {
  /** As `ssh -F`. */
  sshConfig?: string;
  /** Instead of each limit: to connect (ConnectTimeout, 10 s), to ssh -G and ssh-keygen, to a silent connection (30 s). */
  answerMs?: number | undefined;
  /** After three that were not answered the connection is lost; default 7.5 s. */
  keepaliveMs?: number;
  /** Only where a person can be asked; undefined or an empty answer skips the key. */
  askPassphrase?: AskPassphrase;
  /** The host that is this machine, whatever hd.yml says; default HD_LOCAL_HOST. */
  localHost?: string;
}

/** Below sshd's MaxStartups (10:30:100), for all hosts together: they may share one jump host. */
const MAX_STARTUPS = 8;

/** Shells on hosts: over SSH, one shared connection a host, or on this machine. ssh2 is loaded for the first SSH host. */
export function createShells(options: ShellsOptions = {}): Shells {
  const used = { connections: 0, commands: 0 };
  const onRun = (): void => void (used.commands += 1);
  const onConnected = (): void => void (used.connections += 1);
  const localHost = options.localHost ?? process.env['HD_LOCAL_HOST'];
  const opened = new Map<string, Promise<Shell>>();
  const sshShells = new Map<string, SshShell>();
  let closing = new AbortController();
  let transport: Promise<SshModules> | undefined;

  const open = (spec: HostSpec): Promise<Shell> => {
    if (spec.local || spec.name === localHost) return Promise.resolve(localShell(spec.name, onRun));
    return openSsh(spec);
  };
  const openSsh = async (spec: HostSpec): Promise<Shell> => {
    // ssh(1) answers while ssh2 is loaded.
    const asked = resolveTarget(spec, options.sshConfig, options.answerMs);
    transport ??= load(options, { closing: closing.signal, onConnected, onRun });
    const [target, modules] = await Promise.all([asked, transport]);
    const shell = sshShell(target, modules);
    await shell.connection();
    return shell;
  };
  const sshShell = (target: SshTarget, modules: SshModules): SshShell => {
    const key = JSON.stringify([target.host, target.hostname, target.port, target.user, target.jump]);
    const via = target.jump === undefined ? undefined : sshShell(target.jump, modules);
    const shell = sshShells.get(key) ?? new modules.SshShell(modules.transport, target, via);
    sshShells.set(key, shell);
    return shell;
  };

  return {
    used,
    open(spec) {
      const key = JSON.stringify(spec);
      const shell = opened.get(key) ?? open(spec);
      opened.set(key, shell);
      shell.catch(() => opened.delete(key));
      return shell;
    },
    async closeAll() {
      closing.abort();
      await Promise.allSettled(opened.values());
      // A hop was made before the hosts behind it, and goes after them.
      for (const shell of [...sshShells.values()].reverse()) await shell.close();
      opened.clear();
      sshShells.clear();
      closing = new AbortController();
      transport = undefined;
    },
  };
}

interface SshModules {
  transport: Transport;
  SshShell: typeof SshShell;
}

async function load(
  options: ShellsOptions,
  callbacks: Pick<Transport, 'closing' | 'onConnected' | 'onRun'>,
): Promise<SshModules> {
  const [{ default: ssh2 }, { KeyStore }, { SshShell }] = await Promise.all([
    import('ssh2'),
    import('./ssh/identities.ts'),
    import('./ssh/shell.ts'),
  ]);
  const transport: Transport = {
    ssh2,
    keys: new KeyStore(ssh2, options.askPassphrase, options.answerMs),
    startups: new Slots(MAX_STARTUPS),
    timeoutMs: options.answerMs,
    keepaliveMs: options.keepaliveMs ?? (options.answerMs === undefined ? undefined : options.answerMs / 4),
    ...callbacks,
  };
  return { transport, SshShell };
}
