import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HostSpec } from '../../../../src/lib/domain/environment.ts';

/** A folder with a user's keys, known_hosts and ssh_config, for real OpenSSH servers on loopback ports. */
export class Bench {
  readonly dir = mkdtempSync(join(tmpdir(), 'hd-ssh-'));
  readonly config = join(this.dir, 'config');
  readonly knownHosts = join(this.dir, 'known_hosts');
  readonly #servers: Sshd[] = [];

  constructor() {
    this.keygen('id');
    writeFileSync(this.config, '');
    writeFileSync(this.knownHosts, '');
  }

  /** A new key pair; the path of its private half. */
  keygen(name: string, type = 'ed25519', passphrase = ''): string {
    const file = join(this.dir, name);
    execFileSync('ssh-keygen', ['-q', '-t', type, '-N', passphrase, '-C', name, '-f', file]);
    return file;
  }

  /** Appends to the user's ssh_config. */
  configure(...lines: string[]): void {
    writeFileSync(this.config, `${lines.join('\n')}\n`, { flag: 'a' });
  }

  /** A Host of ssh_config for a server, with the user's key and known_hosts. */
  host(name: string, server: Sshd, ...lines: string[]): HostSpec {
    const known = lines.some((line) => line.startsWith('UserKnownHostsFile'))
      ? []
      : [`UserKnownHostsFile ${this.knownHosts}`];
    const identity = lines.some((line) => line.startsWith('IdentityFile'))
      ? []
      : [`IdentityFile ${join(this.dir, 'id')}`];
    this.configure(
      `Host ${name}`,
      '  HostName 127.0.0.1',
      `  Port ${server.port}`,
      ...[...lines, ...known, ...identity, 'GlobalKnownHostsFile none', 'IdentityAgent none'].map(
        (line) => `  ${line}`,
      ),
    );
    return { name, local: false };
  }

  /** Writes the server's key into known_hosts, as `ssh` does after a yes. */
  trust(server: Sshd, key = server.hostKey, file = this.knownHosts): void {
    writeFileSync(file, `[127.0.0.1]:${server.port} ${publicKey(key)}\n`, { flag: 'a' });
  }

  /** Starts an sshd that accepts the user's key, and waits until it listens. */
  async sshd(...lines: string[]): Promise<Sshd> {
    const number = this.#servers.length;
    const server = new Sshd(this, number, await freePort(), lines);
    this.#servers.push(server);
    await server.start();
    return server;
  }

  async close(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.stop()));
    rmSync(this.dir, { recursive: true, force: true });
  }
}

export class Sshd {
  readonly port: number;
  readonly hostKey: string;
  readonly authorizedKeys: string;
  log = '';
  readonly #config: string;
  #child: ChildProcess | undefined;

  constructor(bench: Bench, number: number, port: number, lines: readonly string[]) {
    this.port = port;
    this.hostKey = bench.keygen(`host_${number}`);
    this.authorizedKeys = join(bench.dir, `authorized_keys_${number}`);
    this.#config = join(bench.dir, `sshd_config_${number}`);
    writeFileSync(this.authorizedKeys, readFileSync(join(bench.dir, 'id.pub')));
    const hostKeys = lines.some((line) => line.startsWith('HostKey ')) ? [] : [`HostKey ${this.hostKey}`];
    const settings = [
      ...lines,
      ...hostKeys,
      'ListenAddress 127.0.0.1',
      `Port ${port}`,
      `AuthorizedKeysFile ${this.authorizedKeys}`,
      `PidFile none`,
      'UsePAM no',
      'StrictModes no',
      'UseDNS no',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'PermitRootLogin yes',
      'LogLevel VERBOSE',
    ];
    writeFileSync(this.#config, `${settings.join('\n')}\n`);
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  async start(): Promise<void> {
    if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true });
    const child = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', this.#config], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#child = child;
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.log += text));
    await this.logged(/Server listening on/);
  }

  /** Waits until the log has the text. */
  async logged(text: RegExp): Promise<void> {
    const stream = this.#child?.stderr;
    while (!text.test(this.log)) {
      if (this.#child?.exitCode !== null) throw new Error(`sshd ended: ${this.log}`);
      await new Promise((resolve) => stream?.once('data', resolve));
    }
  }

  /** The processes that serve connections: children of the listener. */
  sessions(): number[] {
    const children = readFileSync(`/proc/${this.pid}/task/${this.pid}/children`, 'latin1');
    return children.trim().split(' ').filter(Boolean).map(Number);
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    for (const pid of [...this.sessions(), this.pid]) kill(pid);
    await ended;
  }
}

/** Ends a process, if it has not ended by itself. */
export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

export function publicKey(file: string): string {
  return readFileSync(`${file}.pub`, 'utf8').split(' ').slice(0, 2).join(' ');
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
