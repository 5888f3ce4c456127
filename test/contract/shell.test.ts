import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { createShells } from '../../src/lib/adapters/shells.ts';
import { HdError, InterruptedError, LostError } from '../../src/lib/domain/errors.ts';
import type { Shell, Shells } from '../../src/lib/ports.ts';
import { Bench, freePort } from '../unit/adapters/ssh/sshd.ts';

/** What every Shell does, whatever is below it: here this machine, and a real OpenSSH server. */
for (const kind of ['local', 'ssh'] as const) {
  describe(`a shell (${kind})`, () => {
    const dir = mkdtempSync(join(tmpdir(), 'hd-shell-'));
    let bench: Bench | undefined;
    let shells: Shells;
    let shell: Shell;

    before(async () => {
      if (kind === 'local') {
        shells = createShells();
        shell = await shells.open({ name: 'here', local: true });
        return;
      }
      bench = new Bench();
      const server = await bench.sshd();
      bench.trust(server);
      shells = createShells({ sshConfig: bench.config });
      shell = await shells.open(bench.host('there', server));
    });
    after(async () => {
      await shells.closeAll();
      await bench?.close();
      rmSync(dir, { recursive: true, force: true });
    });

    const sh = (script: string, ...args: string[]): { argv: string[] } => ({
      argv: ['sh', '-c', script, 'hd', ...args],
    });
    const fails = async (promise: Promise<unknown>): Promise<unknown> =>
      promise.then(
        () => assert.fail('it succeeded'),
        (reason: unknown) => reason,
      );

    it('passes every argument on as it is', async () => {
      const word = fc.string({ unit: 'binary' }).map((value) => value.replaceAll('\0', ''));
      await fc.assert(
        fc.asyncProperty(fc.array(word, { minLength: 1, maxLength: 5 }), async (words) => {
          const { stdout } = await shell.run({ argv: ['printf', '%s\\0', ...words] });
          assert.deepEqual(stdout.split('\0').slice(0, -1), words);
        }),
        { numRuns: 10, examples: [[['', '-n', '$(id)', "it's", 'a\nb', '`id`', '~', '*', 'é漢🙂']]] },
      );
    });

    it('refuses an argument that no system can pass', async () => {
      for (const argv of [['echo', 'a\0b'], ['echo', 'x'.repeat(200_000)], []]) {
        const error = await fails(shell.run({ argv }));
        assert(error instanceof HdError && error.code === 'bad-argument', String(error).slice(0, 200));
      }
    });

    it('gives status, both streams, and how long it took', async () => {
      const done = await shell.run(sh('echo out; echo err >&2; exit 7'));
      assert.deepEqual([done.status, done.stdout, done.stderr], [7, 'out\n', 'err\n']);
      assert(done.ms > 0 && done.ms < 10_000);
    });

    it('says 127 for a program that is not there, and 126 for one that is no program', async () => {
      assert.equal((await shell.run({ argv: ['no-such-program'] })).status, 127);
      writeFileSync(join(dir, 'plain'), 'text', { mode: 0o644 });
      const done = await shell.run({ argv: [join(dir, 'plain')] });
      assert.equal(done.status, 126);
      assert.notEqual(done.stderr, '');
    });

    it('says 128 and the number for a program that a signal ended', async () => {
      assert.equal((await shell.run(sh('kill -TERM $$'))).status, 128 + 15);
      assert.equal((await shell.run(sh('kill -KILL $$'))).status, 128 + 9);
    });

    it('gives the input, and its end', async () => {
      const stdin = 'a line\n'.repeat(400_000);
      const { stdout } = await shell.run({ argv: ['wc', '-c'], stdin });
      assert.equal(Number(stdout), stdin.length);
      assert.equal((await shell.run({ argv: ['cat'] })).stdout, '');
      assert.equal((await shell.run({ argv: ['cat'], stdin: Buffer.from('bytes') })).stdout, 'bytes');
    });

    it('does not mind a program that leaves its input unread', async () => {
      assert.equal((await shell.run({ argv: ['true'], stdin: 'x'.repeat(3_000_000) })).status, 0);
    });

    it('never splits a character, and loses none of a long output', async () => {
      const stdin = `x${'é漢🙂'.repeat(200_000)}`;
      const pieces: string[] = [];
      const { stdout, stderr } = await shell.run(
        { ...sh('cat > "$1"; cat "$1"; cat "$1" >&2', join(dir, 'long')), stdin },
        { onStdout: (piece) => pieces.push(piece) },
      );
      assert(stdout === stdin, 'stdout differs');
      assert(stderr === stdin, 'stderr differs');
      assert(pieces.length > 1 && pieces.join('') === stdin, 'the pieces differ');
    });

    it('tells output as it comes, before the end', async () => {
      const flag = join(dir, 'flag');
      const seen: string[] = [];
      const go = (piece: string): void => {
        seen.push(piece.trim());
        writeFileSync(flag, '');
      };
      const wait =
        'echo first; until [ -e "$1" ]; do sleep 0.02; done; rm "$1"; echo second >&2; until [ -e "$1" ]; do sleep 0.02; done';
      await shell.run(sh(wait, flag), { onStdout: go, onStderr: go, timeoutMs: 8000 });
      assert.deepEqual(seen, ['first', 'second']);
    });

    it('is lost when its time is over, and works on', async () => {
      // Longer than mocha waits: a limit that is not kept fails the test.
      const error = await fails(shell.run({ argv: ['sleep', '60'] }, { timeoutMs: 200 }));
      assert(error instanceof LostError);
      assert.equal(error.exit, 9);
      assert.match(error.message, /: no answer to a command in 200ms$/);
      assert.equal((await shell.run({ argv: ['echo', 'on'] })).stdout, 'on\n');
    });

    it('stops waiting when it is told to', async () => {
      const stop = new AbortController();
      const run = shell.run(sh('echo began; exec sleep 5'), {
        signal: stop.signal,
        onStdout: () => stop.abort(),
      });
      assert((await fails(run)) instanceof InterruptedError);
    });

    it('begins nothing when it was told to stop before', async () => {
      const mark = join(dir, 'never');
      const error = await fails(shell.run({ argv: ['touch', mark] }, { signal: AbortSignal.abort() }));
      assert(error instanceof InterruptedError);
      await shell.run({ argv: ['true'] });
      assert(!existsSync(mark));
    });

    it('gives up a program that floods', async function () {
      this.timeout(30_000);
      const error = await fails(shell.run({ argv: ['yes', 'x'.repeat(10_000)] }, { timeoutMs: 25_000 }));
      assert(error instanceof LostError);
      assert.match(error.message, /printed more than/);
    });

    it('keeps no place for what it refused', async () => {
      const { connections } = shells.used;
      for (let count = 0; count < 10; count += 1) await fails(shell.run({ argv: ['a\0'] }));
      assert.equal((await shell.run({ argv: ['echo', 'free'] }, { timeoutMs: 5000 })).stdout, 'free\n');
      assert.equal(shells.used.connections, connections);
    });

    it('runs many at once', async () => {
      const numbers = Array.from({ length: 15 }, (_, index) => String(index));
      const done = await Promise.all(numbers.map((number) => shell.run({ argv: ['echo', number] })));
      assert.deepEqual(
        done.map(({ stdout }) => stdout.trim()),
        numbers,
      );
    });

    it('counts its commands', async () => {
      const before = shells.used.commands;
      await shell.run({ argv: ['true'] });
      assert.equal(shells.used.commands, before + 1);
    });

    describe('connects', () => {
      let server: Server;
      let port: number;

      before(async () => {
        server = createServer({ allowHalfOpen: true }, (socket) => void socket.pipe(socket)).listen(
          0,
          '127.0.0.1',
        );
        await new Promise((resolve) => server.once('listening', resolve));
        port = (server.address() as AddressInfo).port;
      });
      after((done) => void server.close(done));

      it('and carries bytes both ways, to the end', async () => {
        const stream = await shell.connect('127.0.0.1', port, 2000);
        const sent = 'é'.repeat(1_500_000);
        stream.end(sent);
        assert(sent === (await text(stream)), 'what came back differs');
      });

      it('and lets go', async () => {
        const arrived = new Promise<Socket>((resolve) => server.once('connection', resolve));
        const stream = await shell.connect('127.0.0.1', port, 2000);
        const closed = new Promise((resolve) => void arrived.then((socket) => socket.once('close', resolve)));
        stream.destroy();
        await closed;
      });

      it('and ends when the other side goes away in the middle of a write', async () => {
        const rude = createServer(
          { pauseOnConnect: true },
          (socket) => void setImmediate(() => socket.destroy()),
        );
        rude.listen(0, '127.0.0.1');
        await new Promise((resolve) => rude.once('listening', resolve));
        const stream = await shell.connect('127.0.0.1', (rude.address() as AddressInfo).port, 2000);
        const closed = new Promise((resolve) => stream.once('close', resolve));
        stream.resume().on('error', () => undefined);
        stream.write(Buffer.alloc(20_000_000));
        await closed;
        await new Promise((resolve) => rude.close(resolve));
      });

      it('or says ECONNREFUSED', async () => {
        const error = await fails(shell.connect('127.0.0.1', await freePort(), 2000));
        assert(error instanceof Error && 'code' in error);
        assert.equal(error.code, 'ECONNREFUSED');
      });

      it('or says ETIMEDOUT', async () => {
        const silent = await fullListener();
        try {
          const error = await fails(shell.connect('127.0.0.1', silent.port, 300));
          assert(error instanceof Error && 'code' in error);
          assert.equal(error.code, 'ETIMEDOUT');
        } finally {
          silent.close();
        }
      });
    });
  });
}

/** A port that takes no further connection and refuses none: its queue is full, and its program stopped. */
async function fullListener(): Promise<{ port: number; close: () => void }> {
  const program = `
    const server = require('node:net').createServer();
    server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(server.address().port));
  `;
  const child: ChildProcess = spawn(process.execPath, ['-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const port = Number(await new Promise((resolve) => child.stdout?.once('data', resolve)));
  child.kill('SIGSTOP');
  const sockets: Socket[] = [];
  for (;;) {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    sockets.push(socket);
    const full = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(false));
      socket.setTimeout(250, () => resolve(true));
    });
    if (full) break;
  }
  return {
    port,
    close: () => {
      for (const socket of sockets) socket.destroy();
      child.kill('SIGKILL');
    },
  };
}
