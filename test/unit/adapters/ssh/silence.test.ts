import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import ssh2 from 'ssh2';
import { createShells } from '../../../../src/lib/adapters/shells.ts';
import type { HostSpec } from '../../../../src/lib/domain/environment.ts';
import { LostError, UnreachableError } from '../../../../src/lib/domain/errors.ts';
import type { Shell, Shells } from '../../../../src/lib/ports.ts';
import { Bench, publicKey } from './sshd.ts';

type Silent = 'during authentication' | 'at a session' | 'at a command';

/** Servers that stop talking, each at another moment: no wait for them may be without an end. */
describe('a server that falls silent', () => {
  const bench = new Bench();
  const hostKey = bench.keygen('silent_host');
  const servers: { close(): unknown }[] = [];
  const sockets = new Set<Socket>();
  const opened: Shells[] = [];
  let connections = 0;

  after(async () => {
    for (const shells of opened) await shells.closeAll();
    for (const socket of sockets) socket.destroy();
    for (const server of servers) server.close();
    await bench.close();
  });

  async function listen(name: string, server: Server): Promise<HostSpec> {
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    bench.configure(`Host ${name}`, '  HostName 127.0.0.1', `  Port ${port}`, '  User operator');
    bench.configure(`  IdentityFile ${bench.dir}/id`, '  IdentityAgent none', '  HostKeyAlias silent');
    bench.configure(`  UserKnownHostsFile ${bench.dir}/known_silent`, '  GlobalKnownHostsFile none');
    return { name, local: false };
  }

  /** Accepts TCP, says these words, and nothing more. */
  function mute(name: string, words: string): Promise<HostSpec> {
    const server = createServer((socket) => {
      connections += 1;
      sockets.add(socket.on('error', () => undefined));
      socket.write(words);
    });
    return listen(name, server);
  }

  /** Speaks SSH up to that moment. */
  function speaking(name: string, silent: Silent): Promise<HostSpec> {
    const server = new ssh2.Server({ hostKeys: [readFileSync(hostKey)] }, (client) => {
      client.on('error', () => undefined);
      client.on('authentication', (context) => {
        if (silent !== 'during authentication') context.accept();
      });
      client.on('session', (accept) => {
        if (silent === 'at a command') accept().on('exec', () => undefined);
      });
    });
    return listen(name, server);
  }

  function shells(answerMs: number): Shells {
    const made = createShells({ sshConfig: bench.config, answerMs });
    opened.push(made);
    return made;
  }

  const refusal = async (doing: Promise<unknown>): Promise<unknown> =>
    doing.then(
      () => assert.fail('it answered'),
      (error: unknown) => error,
    );

  before(() => {
    writeFileSync(`${bench.dir}/known_silent`, `silent ${publicKey(hostKey)}\n`);
  });

  for (const [when, moment, start] of [
    ['once it accepted', 'during the SSH handshake', () => mute('accepts', '')],
    ['after its greeting', 'during the SSH handshake', () => mute('greets', 'SSH-2.0-OpenSSH_10.0\r\n')],
    ['after key exchange', 'during authentication', () => speaking('exchanges', 'during authentication')],
  ] as const)
    it(`${when} is given up after its time, with the moment and the flag`, async () => {
      const spec = await start();
      const error = await refusal(shells(300).open(spec));
      assert.ok(error instanceof UnreachableError, String(error));
      const [, , port = ''] = /^(\w+): no answer from 127\.0\.0\.1:(\d+) /.exec(error.message) ?? [];
      assert.equal(
        error.message,
        `${spec.name}: no answer from 127.0.0.1:${port} ${moment} in 300ms (--answer-timeout), 1 try`,
      );
      assert.deepEqual([error.exit, error.next[0]?.command.slice(-2)], [11, [spec.name, 'true']]);
    });

  it('has the time of ConnectTimeout, and says so, where no flag was given', async () => {
    const spec = await mute('configured', '');
    bench.configure('  ConnectTimeout 1');
    const before = connections;
    const made = createShells({ sshConfig: bench.config });
    opened.push(made);
    const error = await refusal(made.open(spec));
    assert.match(String(error), /during the SSH handshake in 1s \(ConnectTimeout\), 1 try$/);
    assert.equal(connections, before + 1);
  });

  for (const silent of ['at a session', 'at a command'] as const)
    it(`${silent} is given up after the command's time`, async () => {
      const spec = await speaking(silent.replaceAll(' ', '-'), silent);
      const shell: Shell = await shells(60_000).open(spec);
      const options = { timeoutMs: 300, limitedBy: '--answer-timeout' };
      const error = await refusal(shell.run({ argv: ['true'] }, options));
      assert.ok(error instanceof LostError, String(error));
      assert.equal(error.message, `${spec.name}: no answer to a command in 300ms (--answer-timeout)`);
    });
});
