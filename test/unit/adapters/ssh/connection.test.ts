import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createShells, type ShellsOptions } from '../../../../src/lib/adapters/shells.ts';
import type { HostSpec } from '../../../../src/lib/domain/environment.ts';
import { HdError, InterruptedError, LostError, UnreachableError } from '../../../../src/lib/domain/errors.ts';
import type { Completed, Shell, Shells } from '../../../../src/lib/ports.ts';
import { Gateway } from './network.ts';
import { Bench, freePort, kill, publicKey, type Sshd } from './sshd.ts';

/** Tells that it runs, then stays; the number of its process is its first line. */
const LONG = ['sh', '-c', 'echo $$; exec sleep 60'];

describe('a connection over SSH', () => {
  const bench = new Bench();
  const opened: Shells[] = [];
  const gateways: Gateway[] = [];
  const running: number[] = [];
  let server: Sshd;

  before(async () => {
    server = await bench.sshd();
    bench.trust(server);
  });
  after(async () => {
    running.forEach(kill);
    for (const shells of opened) await shells.closeAll();
    for (const gateway of gateways) await gateway.close();
    await bench.close();
  });

  function shellsWith(options: ShellsOptions = {}): Shells {
    const shells = createShells({ sshConfig: bench.config, ...options });
    opened.push(shells);
    return shells;
  }

  /** A host behind a gateway, known by the server's own key. */
  async function behind(
    name: string,
    treat: ConstructorParameters<typeof Gateway>[1],
  ): Promise<[HostSpec, Gateway]> {
    const gateway = new Gateway(server.port, treat);
    gateways.push(gateway);
    const port = await gateway.listen();
    const spec = bench.host(name, server, `HostKeyAlias [127.0.0.1]:${server.port}`);
    return [{ ...spec, port }, gateway];
  }

  /** Starts a command that would not end, and resolves when it runs. */
  async function started(
    shell: Shell,
    signal?: AbortSignal,
  ): Promise<{ done: Promise<Completed>; pid: number }> {
    let tell: (pid: number) => void;
    const pid = new Promise<number>((resolve) => (tell = resolve));
    const done = shell.run(
      { argv: LONG },
      { onStdout: (text) => tell(Number(text)), ...(signal === undefined ? {} : { signal }) },
    );
    done.catch(() => undefined);
    return { done, pid: await Promise.race([pid, done.then(() => assert.fail('it ended'))]) };
  }

  async function fails<T extends Error>(
    promise: Promise<unknown>,
    type: new (...args: never[]) => T,
  ): Promise<T> {
    const error: unknown = await promise.then(
      () => assert.fail('it succeeded'),
      (reason: unknown) => reason,
    );
    assert(error instanceof type, String(error));
    return error;
  }

  it('is shared: one a host, however often it is opened', async () => {
    const shells = shellsWith();
    const host = bench.host('shared', server);
    const all = await Promise.all(Array.from({ length: 5 }, () => shells.open(host)));
    await Promise.all(all.map((shell) => shell.run({ argv: ['true'] })));
    assert.deepEqual(shells.used, { connections: 1, commands: 5 });
  });

  it('that is killed mid-command is lost, never a success; the next command gets a new one', async () => {
    const shells = shellsWith();
    const shell = await shells.open(bench.host('killed', server));
    const before = server.sessions();
    const { done, pid } = await started(shell);
    before.forEach(kill);
    const error = await fails(done, LostError);
    kill(pid);
    assert.equal(error.exit, 9);
    assert.equal(error.host, 'killed');
    assert.equal((await shell.run({ argv: ['echo', 'again'] })).stdout, 'again\n');
    assert.equal(shells.used.connections, 2);
  });

  it('that goes silent mid-command is lost within the keepalives', async () => {
    const [host, gateway] = await behind('frozen', () => 'pass');
    const shell = await shellsWith({ keepaliveMs: 100 }).open(host);
    const { done, pid } = await started(shell);
    gateway.freeze();
    await fails(done, LostError);
    kill(pid);
    // What was still to be sent is never delivered.
    await gateway.broken;
  });

  it('that was cut between two commands is made again', async () => {
    const [host, gateway] = await behind('cut', () => 'pass');
    const shell = await shellsWith().open(host);
    gateway.cut();
    assert.equal((await shell.run({ argv: ['echo', 'here'] })).stdout, 'here\n');
    assert.equal(gateway.connections, 2);
  });

  it('that is dropped before the handshake is tried again', async () => {
    const [host, gateway] = await behind('dropped', (n) => (n < 4 ? 'close' : 'pass'));
    const shells = shellsWith();
    await shells.open(host);
    assert.equal(gateway.connections, 4);
    assert.equal(shells.used.connections, 1);
  });

  it('that is refused says so', async () => {
    const host = bench.host('refused', server);
    const error = await fails(shellsWith().open({ ...host, port: await freePort() }), UnreachableError);
    assert.match(error.message, /^refused: 127\.0\.0\.1:\d+ refused the connection, 3 tries$/);
  });

  it('to a name without an address is not tried again', async () => {
    const host = { ...bench.host('nameless', server), address: 'no-such-host.invalid' };
    const error = await fails(shellsWith().open(host), UnreachableError);
    assert.match(error.message, /^nameless: the name no-such-host\.invalid has no address, 1 try$/);
  });

  it('of one shell can be opened again after it failed', async () => {
    const [host] = await behind('late', (n) => (n === 1 ? 'silent' : 'pass'));
    const shells = shellsWith({ answerMs: 1000 });
    await fails(shells.open(host), UnreachableError);
    assert.equal((await (await shells.open(host)).run({ argv: ['echo', 'up'] })).stdout, 'up\n');
  });

  it('queues the commands beyond its limit, below MaxSessions', async () => {
    const ten = await bench.sshd('MaxSessions 10');
    bench.trust(ten);
    await many(20, await shellsWith().open(bench.host('sessions10', ten)));
    assert.doesNotMatch(ten.log, /no more sessions/);
  });

  it('finds its limit where the host allows fewer sessions', async () => {
    const two = await bench.sshd('MaxSessions 2');
    bench.trust(two);
    await many(10, await shellsWith().open(bench.host('sessions2', two)));
    assert.match(two.log, /no more sessions/);
  });

  async function many(count: number, shell: Shell): Promise<void> {
    const numbers = Array.from({ length: count }, (_, index) => String(index));
    const answers = await Promise.all(numbers.map((number) => shell.run({ argv: ['echo', number] })));
    assert.deepEqual(
      answers.map(({ stdout }) => stdout.trim()),
      numbers,
    );
  }

  it('is replaced when commands that were given up hold its sessions', async () => {
    const shells = shellsWith();
    const shell = await shells.open(bench.host('worn', server));
    for (let count = 0; count < 4; count += 1) {
      const { pid } = await abandoned(shell);
      running.push(pid);
    }
    assert.equal((await shell.run({ argv: ['echo', 'on'] })).stdout, 'on\n');
    assert.equal(shells.used.connections, 2);
  });

  /** A command that runs, and that nobody waits for any more. */
  async function abandoned(shell: Shell): Promise<{ pid: number }> {
    const stop = new AbortController();
    const { done, pid } = await started(shell, stop.signal);
    stop.abort();
    await fails(done, InterruptedError);
    return { pid };
  }

  it('whose session ends without a status is lost', async () => {
    const [key, ssh2] = [bench.keygen('silent_host'), await import('ssh2')];
    const mute = new ssh2.default.Server({ hostKeys: [readFileSync(key)] }, (client) => {
      client.on('error', () => undefined).on('authentication', (context) => context.accept());
      client.on('session', (accept) => accept().on('exec', (take) => take().close()));
    });
    await new Promise<void>((resolve) => void mute.listen(0, '127.0.0.1', resolve));
    const { port } = mute.address() as AddressInfo;
    const known = join(bench.dir, 'known_mute');
    writeFileSync(known, `[127.0.0.1]:${port} ${publicKey(key)}\n`);
    const host = bench.host('mute', server, `UserKnownHostsFile ${known}`);
    const shells = shellsWith();
    const shell = await shells.open({ ...host, port });
    const error = await fails(shell.run({ argv: ['true'] }), LostError);
    assert.match(error.message, /^mute: a command ended without a status$/);
    await shells.closeAll();
    await new Promise((resolve) => mute.close(resolve));
  });

  it('to 30 hosts at once stays below MaxStartups 10:30:100', async function () {
    this.timeout(30_000);
    const busy = await bench.sshd('MaxStartups 10:30:100');
    bench.trust(busy);
    const hosts = Array.from({ length: 30 }, (_, index) => bench.host(`start${index}`, busy));
    const shells = shellsWith();
    await Promise.all(hosts.map((host) => shells.open(host)));
    assert.equal(shells.used.connections, 30);
    // Of the 30 never more than 8 were at the door; the log's own order is a little behind.
    assert(mostAtOnce(busy.log) <= 12, busy.log);
  });

  it('goes through two hops, each with its own host key, and shares them', async () => {
    const [inner, first, second] = [server, await bench.sshd(), await bench.sshd()];
    for (const hop of [first, second]) bench.trust(hop);
    bench.host('hop-a', first);
    bench.host('hop-b', second);
    const shells = shellsWith();
    const targets = ['far1', 'far2'].map((name) => bench.host(name, inner, 'ProxyJump hop-a,hop-b'));
    for (const target of targets) {
      const { stdout } = await (
        await shells.open(target)
      ).run({ argv: ['sh', '-c', 'echo $SSH_CONNECTION'] });
      assert.equal(stdout.trim().split(' ').at(-1), String(inner.port));
    }
    assert.equal(shells.used.connections, 4);
    assert.equal(first.log.match(/Accepted publickey/g)?.length, 1);
    assert.equal(second.log.match(/Accepted publickey/g)?.length, 1);
  });

  it('stops at a hop whose host key is not known', async () => {
    const hop = await bench.sshd();
    bench.host('hop-unknown', hop);
    const target = bench.host('behind-unknown', server, 'ProxyJump hop-unknown');
    const error = await fails(shellsWith().open(target), HdError);
    assert.equal(error.code, 'host-key-unknown');
    assert.match(error.message, /^hop-unknown /);
  });

  it('says which host is not reached from the hop', async () => {
    const hop = await bench.sshd();
    bench.trust(hop);
    bench.host('hop-near', hop);
    const target = bench.host('dark', server, 'ProxyJump hop-near');
    const error = await fails(shellsWith().open({ ...target, port: await freePort() }), UnreachableError);
    assert.match(error.message, /^dark: 127\.0\.0\.1:\d+ refused the connection, 3 tries$/);
  });

  it('says so if no algorithm is in common', async () => {
    const host = bench.host('modern', server, 'KexAlgorithms sntrup761x25519-sha512@openssh.com');
    const error = await fails(shellsWith().open(host), UnreachableError);
    assert.match(error.message, /no SSH algorithm in common/);
  });

  it('that is still being made ends with closeAll', async () => {
    const [host] = await behind('closing', () => 'silent');
    const shells = shellsWith({ answerMs: 60_000 });
    const opening = fails(shells.open(host), HdError);
    await shells.closeAll();
    assert.equal((await opening).code, 'interrupted');
  });

  it('holds no process back after closeAll', () => {
    const host = bench.host('leaving', server);
    const program = `
      const { createShells } = await import(${JSON.stringify(join(import.meta.dirname, '../../../../src/lib/adapters/shells.ts'))});
      const shells = createShells({ sshConfig: ${JSON.stringify(bench.config)} });
      const shell = await shells.open(${JSON.stringify(host)});
      process.stdout.write((await shell.run({ argv: ['echo', 'done'] })).stdout);
      await shell.connect('127.0.0.1', ${server.port}, 1000);
      await shells.closeAll();
    `;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
      timeout: 8000,
      encoding: 'utf8',
    });
    assert.equal(output, 'done\n');
  });
});

/** How many connections a server had accepted and not yet let in, at the most. */
function mostAtOnce(log: string): number {
  const events = log.match(/Connection from|Accepted publickey/g) ?? [];
  let now = 0;
  return Math.max(...events.map((event) => (now += event === 'Connection from' ? 1 : -1)));
}
