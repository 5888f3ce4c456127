import assert from 'node:assert/strict';
import { createServer as createHttpServer, type RequestListener, type Server as HttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { createHttp, MAX_BODY } from '../../src/lib/adapters/http.ts';
import { createShells } from '../../src/lib/adapters/shells.ts';
import { UsageError } from '../../src/lib/domain/errors.ts';
import { Secret } from '../../src/lib/domain/secret.ts';
import type { HttpAnswer, HttpRequest, Shell, Shells } from '../../src/lib/ports.ts';
import { certificate, privateKey } from '../unit/adapters/http/certificate.ts';
import { Bench, freePort } from '../unit/adapters/ssh/sshd.ts';

const http = createHttp();

const answer: RequestListener = (request, response) => {
  switch (request.url) {
    case '/echo': {
      const { connection, authorization, host } = request.headers;
      response.end(JSON.stringify({ method: request.method, connection, authorization, host }));
      break;
    }
    case '/moved':
      response.writeHead(302, { location: '/echo' }).end('over there');
      break;
    case '/long':
      response.end('é'.repeat(MAX_BODY));
      break;
    case '/endless': {
      const more = (): void => void response.write('x'.repeat(10_000), more);
      response.on('error', () => undefined);
      more();
      break;
    }
    case '/stalls':
      response.writeHead(200, { 'content-length': 100 }).write('some');
      break;
    case '/breaks':
      response.writeHead(200, { 'content-length': 100 }).write('some', () => request.socket.destroy());
      break;
    case '/silent':
      break;
    default:
      response.writeHead(500).end('é went wrong');
  }
};

async function listening(server: Server, address = '127.0.0.1'): Promise<number> {
  server.listen(0, address);
  await new Promise((resolve) => server.once('listening', resolve));
  return (server.address() as AddressInfo).port;
}

/** What HTTP does, asked from here, through this machine's shell, and through a real OpenSSH server. */
for (const kind of ['direct', 'local', 'ssh'] as const) {
  describe(`HTTP (${kind})`, () => {
    const plain: HttpServer = createHttpServer(answer);
    const secure = createHttpsServer({ cert: certificate, key: privateKey }, answer);
    let bench: Bench | undefined;
    let shells: Shells;
    let via: Shell | undefined;
    let port: number;
    let securePort: number;

    before(async () => {
      [port, securePort] = await Promise.all([listening(plain), listening(secure, '0.0.0.0')]);
      bench = kind === 'ssh' ? new Bench() : undefined;
      shells = createShells(bench === undefined ? {} : { sshConfig: bench.config });
      if (kind === 'local') via = await shells.open({ name: 'here', local: true });
      if (bench !== undefined) {
        const server = await bench.sshd();
        bench.trust(server);
        via = await shells.open(bench.host('there', server));
      }
    });
    after(async () => {
      await shells.closeAll();
      await bench?.close();
      for (const server of [plain, secure]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    });

    const ask = (path: string, rest: Partial<HttpRequest> = {}): Promise<HttpAnswer> =>
      http.request({ url: `http://127.0.0.1:${port}${path}`, timeoutMs: 4000, ...rest }, via);
    const askSecurely = (host: string): Promise<HttpAnswer> =>
      http.request({ url: `https://${host}:${securePort}/echo`, timeoutMs: 4000 }, via);
    const none = async (promise: Promise<HttpAnswer>): Promise<string> => {
      const got = await promise;
      assert(got.kind === 'none', JSON.stringify(got).slice(0, 200));
      return got.why;
    };
    const body = async (promise: Promise<HttpAnswer>): Promise<string> => {
      const got = await promise;
      assert(got.kind === 'answer', JSON.stringify(got));
      return got.body;
    };

    it('gives status, body and duration, whatever the status is', async () => {
      const got = await ask('/other');
      assert(got.kind === 'answer');
      assert.deepEqual([got.status, got.body], [500, 'é went wrong']);
      assert(got.ms > 0 && got.ms < 4000);
    });

    it('asks by the method that was asked for, on a connection of its own', async () => {
      for (const method of ['GET', 'POST'] as const) {
        const seen: unknown = JSON.parse(await body(ask('/echo', { method })));
        assert.deepEqual(seen, { method, connection: 'close', host: `127.0.0.1:${port}` });
      }
      const got = await ask('/echo', { method: 'HEAD' });
      assert(got.kind === 'answer');
      assert.deepEqual([got.status, got.body], [200, '']);
    });

    it('sends a secret header, which nothing else shows', async () => {
      const headers = { authorization: new Secret('Bearer abc') };
      assert.match(await body(ask('/echo', { headers })), /"authorization":"Bearer abc"/);
    });

    it('does not follow a redirect', async () => {
      const got = await ask('/moved');
      assert(got.kind === 'answer');
      assert.deepEqual([got.status, got.body], [302, 'over there']);
    });

    it('keeps 64 KiB of a body, and waits for no more', async () => {
      assert.equal(Buffer.byteLength(await body(ask('/long'))), MAX_BODY);
      assert.equal((await body(ask('/endless'))).length, MAX_BODY);
    });

    it('says ECONNREFUSED where nobody listens', async () => {
      const url = `http://127.0.0.1:${await freePort()}/`;
      assert.equal(await none(http.request({ url, timeoutMs: 4000 }, via)), 'ECONNREFUSED');
    });

    it('says timeout where nothing, or not all, comes in time', async () => {
      for (const path of ['/silent', '/stalls']) {
        const got = await ask(path, { timeoutMs: 150 });
        assert(got.kind === 'none');
        assert.equal(got.why, 'timeout');
        assert(got.ms >= 149 && got.ms < 2000, String(got.ms));
      }
    });

    it('says ECONNRESET where an answer breaks off', async () => {
      assert.equal(await none(ask('/breaks')), 'ECONNRESET');
    });

    it('says so where no HTTP is spoken', async () => {
      const server = createServer(
        (socket) =>
          void socket
            .on('error', () => undefined)
            .resume()
            .end('SSH-2.0-none\r\n'),
      );
      const url = `http://127.0.0.1:${await listening(server)}/`;
      assert.match(await none(http.request({ url, timeoutMs: 4000 }, via)), /^HPE_/);
      await new Promise((resolve) => server.close(resolve));
    });

    it('verifies certificates, their names too', async () => {
      assert.equal(await none(askSecurely('localhost')), 'DEPTH_ZERO_SELF_SIGNED_CERT');
      const before = getCACertificates('default');
      setDefaultCACertificates([certificate]);
      try {
        assert.match(await body(askSecurely('localhost')), /"host":"localhost:/);
        assert.match(await body(askSecurely('127.0.0.1')), /"host":"127\.0\.0\.1:/);
        assert.equal(await none(askSecurely('127.0.0.2')), 'ERR_TLS_CERT_ALTNAME_INVALID');
      } finally {
        setDefaultCACertificates(before);
      }
    });

    it('refuses what is no http URL', async () => {
      for (const url of ['ftp://127.0.0.1/', 'nonsense', 'file:///etc/passwd']) {
        await assert.rejects(ask('', { url }), UsageError);
      }
    });
  });
}

describe('HTTP through a host that is gone', () => {
  it('is no answer, and says why', async () => {
    const bench = new Bench();
    const server = await bench.sshd();
    bench.trust(server);
    const shells = createShells({ sshConfig: bench.config });
    const via = await shells.open(bench.host('gone', server));
    await server.stop();
    const got = await http.request({ url: 'http://127.0.0.1:1/', timeoutMs: 8000 }, via);
    await shells.closeAll();
    await bench.close();
    assert(got.kind === 'none');
    assert.match(got.why, /^(host-unreachable|ECONNRESET)$/);
  });
});
