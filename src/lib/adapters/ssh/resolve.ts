import type { HostSpec } from '../../domain/environment.ts';
import { HdError, UsageError } from '../../domain/errors.ts';
import { Exit } from '../../domain/exit.ts';
import { ANSWER_MS, limitText } from '../../domain/limits.ts';
import { localShell } from '../local/shell.ts';
import { expandPath, type Tokens } from './paths.ts';
import type { SshTarget } from './target.ts';

const MAX_HOPS = 8;

/** Letters, digits, dots, dashes, and what IPv6 needs; never a dash first, which ssh would take for an option. */
const HOST = /^[\w:][\w.:%-]*$/;
/** As OpenSSH itself refuses users since 10.1: nothing that a shell would act upon. */
const USER = /^[^\s"'`;&<>|(){}$\\-][^\s"'`;&<>|(){}$]*$/;

/**
 * What OpenSSH would do to reach a host: asked from `ssh -G`, which follows Include, Match and tokens, once
 * for the host and once for every hop of ProxyJump.
 * @param sshConfig as `ssh -F`
 * @param timeoutMs for each answer of `ssh -G`: it opens no connection, but a `Match exec` may take its time
 * @throws UsageError for a name that ssh could misread, a broken configuration, a ProxyCommand
 */
export async function resolveTarget(
  spec: HostSpec,
  sshConfig?: string,
  timeoutMs: number = ANSWER_MS.program,
): Promise<SshTarget> {
  checkName('host', spec.name, HOST);
  const options: string[] = [];
  if (spec.address !== undefined) {
    checkName('address', spec.address, HOST);
    options.push('-o', `HostName=${spec.address.replaceAll('%', '%%')}`);
  }
  if (spec.port !== undefined) options.push('-p', String(spec.port));
  if (spec.user !== undefined) options.push('-l', spec.user);
  if (spec.identityFile !== undefined) options.push('-o', `IdentityFile="${spec.identityFile}"`);
  return resolve({ host: spec.name, options, timeoutMs }, sshConfig, MAX_HOPS);
}

interface Destination {
  host: string;
  options: readonly string[];
  timeoutMs: number;
  /** The hops to it, if they were given from outside: its own configuration's don't count then (as `ssh -J`). */
  hops?: readonly string[];
}

async function resolve(to: Destination, sshConfig: string | undefined, depth: number): Promise<SshTarget> {
  if (depth === 0) throw new UsageError(`ProxyJump goes round in circles at ${to.host}`);
  const ssh = ['ssh', ...(sshConfig === undefined ? [] : ['-F', sshConfig]), ...to.options];
  const settings = await askSsh(ssh, to.host, to.timeoutMs);
  const one = (key: string): string | undefined => settings.get(key)?.[0];

  const user = one('user') ?? '';
  checkName('user', user, USER);
  const proxyCommand = one('proxycommand');
  if (proxyCommand !== undefined && to.hops === undefined) {
    throw new UsageError(
      `${to.host} is reached by a ProxyCommand, which hd does not run`,
      `ProxyJump for ${to.host} in the ssh configuration`,
      {
        facts: [{ label: 'seen', text: 'ProxyCommand', foreign: [proxyCommand] }],
      },
    );
  }
  const hops = to.hops ?? one('proxyjump')?.split(',') ?? [];
  const last = hops.at(-1);
  const jump =
    last === undefined
      ? undefined
      : await resolve(
          {
            ...parseHop(last),
            timeoutMs: to.timeoutMs,
            ...(hops.length > 1 ? { hops: hops.slice(0, -1) } : {}),
          },
          sshConfig,
          depth - 1,
        );

  return targetOf(to.host, user, settings, ssh, jump);
}

function targetOf(
  host: string,
  user: string,
  settings: ReadonlyMap<string, readonly string[]>,
  ssh: readonly string[],
  jump: SshTarget | undefined,
): SshTarget {
  const one = (key: string): string | undefined => settings.get(key)?.[0];
  const words = (key: string): readonly string[] => (one(key) ?? '').split(',').filter((word) => word !== '');
  const hostname = one('hostname') ?? host;
  const port = Number(one('port') ?? 22);
  const alias = one('hostkeyalias');
  const tokens: Tokens = { host: hostname, original: host, port: String(port), user, keyName: alias ?? host };
  const files = (key: string): readonly string[] =>
    (settings.get(key) ?? []).filter((file) => file !== 'none').map((file) => expandPath(file, tokens));
  const agentSocket = agentOf(one('identityagent'), tokens);
  const timeout = Number(one('connecttimeout'));
  const alive = Number(one('serveraliveinterval'));
  const bindAddress = one('bindaddress');
  return {
    host,
    hostname,
    port,
    user,
    family: one('addressfamily') === 'inet' ? 4 : one('addressfamily') === 'inet6' ? 6 : 0,
    ...(bindAddress === undefined ? {} : { bindAddress }),
    hostKeyNames:
      alias !== undefined ? [alias] : port === 22 ? [hostname] : [`[${hostname}]:${port}`, hostname],
    knownHostsFiles: [one('userknownhostsfile'), one('globalknownhostsfile')].flatMap(splitFiles),
    ...(timeout > 0 ? { connectTimeoutMs: timeout * 1000 } : {}),
    ...(alive > 0 ? { keepalive: { ms: alive * 1000, lost: Number(one('serveralivecountmax') ?? 3) } } : {}),
    authentication: {
      publicKey: one('pubkeyauthentication') !== 'false' && one('pubkeyauthentication') !== 'no',
      identityFiles: files('identityfile'),
      identitiesOnly: one('identitiesonly') === 'yes',
      certificateFiles: files('certificatefile'),
      ...(agentSocket === undefined ? {} : { agentSocket }),
    },
    algorithms: {
      kex: words('kexalgorithms'),
      hostKey: words('hostkeyalgorithms'),
      cipher: words('ciphers'),
      mac: words('macs'),
    },
    ...(jump === undefined ? {} : { jump }),
    ssh,
  };
}

/** The answer of `ssh -G`, by key; a key may come more than once. */
async function askSsh(
  ssh: readonly string[],
  host: string,
  timeoutMs: number,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const argv = [...ssh, '-G', '--', host];
  const asked = localShell(host).run({ argv }, { timeoutMs });
  const { status, stdout, stderr } = await asked.catch((error: unknown) => {
    throw new UsageError(
      `the ssh configuration of ${host} gave no answer in ${limitText(timeoutMs)}: a Match exec that hangs?`,
      undefined,
      {
        next: [{ command: argv }],
        cause: error,
      },
    );
  });
  if (status === 127) {
    throw new HdError(
      'ssh-missing',
      Exit.usage,
      "ssh is not installed: hd reads its configuration through 'ssh -G'",
    );
  }
  if (status !== 0) {
    throw new UsageError(`the ssh configuration of ${host} can't be read`, undefined, {
      facts: [{ label: 'seen', text: `ssh -G, exit ${status}`, foreign: stderr.trim().split('\n') }],
      next: [{ command: argv }],
    });
  }
  const settings = new Map<string, string[]>();
  for (const line of stdout.split('\n')) {
    const [, key, value] = /^(\S+) (.*)$/.exec(line) ?? [];
    if (key === undefined || value === undefined) continue;
    settings.set(key, [...(settings.get(key) ?? []), value]);
  }
  return settings;
}

/** `[user@]host[:port]`, or the same as `ssh://…`. */
function parseHop(text: string): Pick<Destination, 'host' | 'options'> {
  const parts =
    /^(?:ssh:\/\/)?(?:(?<user>.+)@)?(?:\[(?<v6>[^\]]+)\]|(?<host>[^:@]+))(?::(?<port>\d+))?\/?$/.exec(text);
  const { user, v6, host, port } = parts?.groups ?? {};
  const name = v6 ?? host ?? text;
  checkName('host', name, HOST);
  return {
    host: name,
    options: [...(port === undefined ? [] : ['-p', port]), ...(user === undefined ? [] : ['-l', user])],
  };
}

function checkName(what: string, name: string, pattern: RegExp): void {
  if (pattern.test(name)) return;
  throw new UsageError(
    `${JSON.stringify(name)} can't be the ${what === 'host' ? 'name of a host' : `${what} of a host`}`,
    what === 'host' && name.includes('@') ? 'a host as {name, user}' : undefined,
  );
}

/** Paths in one line, without quotes: they begin where a path can begin. */
function splitFiles(line: string | undefined): readonly string[] {
  return (line ?? '').split(/ (?=[/~])/).filter((file) => file !== '' && file !== 'none');
}

function agentOf(setting: string | undefined, tokens: Tokens): string | undefined {
  if (setting === 'none') return undefined;
  const variable =
    setting === undefined || setting === 'SSH_AUTH_SOCK' ? 'SSH_AUTH_SOCK' : /^\$(\w+)$/.exec(setting)?.[1];
  const path = variable === undefined ? expandPath(setting ?? '', tokens) : process.env[variable];
  return path === '' ? undefined : path;
}
