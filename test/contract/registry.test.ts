import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRegistry } from '../../src/lib/adapters/registry/index.ts';
import { HdError } from '../../src/lib/domain/errors.ts';
import { drip } from '../support/drip.ts';
import {
  OCI_INDEX,
  passOn,
  pushImage,
  REGISTRY_PASSWORD,
  startRegistry,
  startServer,
  type RealRegistry,
} from '../support/oci.ts';

const LABELS = {
  'org.opencontainers.image.version': '1.4.0',
  'org.opencontainers.image.revision': '8c3f2e14b7d0a9c6e5f3b2a1d4c7e8f90a1b2c3d',
};

describe('registry', () => {
  let real: RealRegistry;
  let docker: string;
  const stops: (() => Promise<void>)[] = [];

  before(async () => {
    real = await startRegistry();
    await pushImage(real, 'acme/backend', { tag: 'v1.4.0', labels: LABELS, layer: 'x'.repeat(1000) });
  });
  after(() => real.stop());
  beforeEach(async () => {
    docker = await mkdtemp(join(tmpdir(), 'hd-docker-'));
  });
  afterEach(async () => {
    await Promise.all(stops.splice(0).map((stop) => stop()));
    await rm(docker, { recursive: true });
  });

  const server = async (handle: Parameters<typeof startServer>[0]): Promise<string> => {
    const started = await startServer(handle);
    stops.push(started.stop);
    return started.host;
  };
  const registry = (timeoutMs = 5000) =>
    createRegistry({ registries: {}, env: { ...process.env, DOCKER_CONFIG: docker }, timeoutMs });
  const login = (config: unknown) => writeFile(join(docker, 'config.json'), JSON.stringify(config));
  const failure = async (answer: Promise<unknown>): Promise<HdError> => {
    const error: unknown = await answer.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof HdError, String(error));
    return error;
  };

  describe('a real one', () => {
    it('resolves a tag to the digest of its content, with labels, platform and size', async () => {
      const image = await registry().resolve(`${real.host}/acme/backend`, 'v1.4.0');
      assert.ok(image);
      assert.match(image.digest, /^sha256:[0-9a-f]{64}$/);
      const [{ layers, ...platform } = assert.fail('no platform')] = image.platforms;
      assert.deepEqual(platform, { platform: 'linux/amd64', digest: image.digest, labels: LABELS });
      assert.deepEqual(
        layers.map((layer) => layer.bytes),
        [1000],
      );
      assert.match(layers[0]?.digest ?? '', /^sha256:[0-9a-f]{64}$/);
      assert.deepEqual(await registry().resolve(`${real.host}/acme/backend`, image.digest), image);
    });

    it('resolves an index to all its platforms, without attestations', async () => {
      const name = 'acme/multi';
      const amd = await pushImage(real, name, { labels: LABELS });
      const arm = await pushImage(real, name, {
        labels: { ...LABELS, arm: 'yes' },
        platform: 'linux/arm64/v8',
      });
      const attestation = await pushImage(real, name, { labels: {}, platform: 'unknown/unknown' });
      const index = await real.manifest(name, 'v1.4.0', {
        schemaVersion: 2,
        mediaType: OCI_INDEX,
        manifests: [
          { ...amd, platform: { os: 'linux', architecture: 'amd64' } },
          { ...arm, platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } },
          { ...attestation, platform: { os: 'unknown', architecture: 'unknown' } },
        ],
      });
      const image = await registry().resolve(`${real.host}/${name}`, 'v1.4.0');
      assert.equal(image?.digest, index.digest);
      assert.deepEqual(
        image.platforms.map(({ platform, digest, labels }) => [platform, digest, labels['arm']]),
        [
          ['linux/amd64', amd.digest, undefined],
          ['linux/arm64/v8', arm.digest, 'yes'],
        ],
      );
    });

    it('says undefined for a tag, a digest or a repository that is not there', async () => {
      assert.equal(await registry().resolve(`${real.host}/acme/backend`, 'v9.9.9'), undefined);
      assert.equal(
        await registry().resolve(`${real.host}/acme/backend`, `sha256:${'0'.repeat(64)}`),
        undefined,
      );
      assert.equal(await registry().resolve(`${real.host}/acme/none`, 'v1.4.0'), undefined);
    });

    it('asks twice for a tag of a single manifest: the manifest and its configuration', async () => {
      const asked: string[] = [];
      const host = await server((request, response) => {
        asked.push(`${request.method ?? ''} ${request.url?.split('/').at(-2) ?? ''}`);
        void passOn(real.host, request, response);
      });
      await registry().resolve(`${host}/acme/backend`, 'v1.4.0');
      assert.deepEqual(asked, ['GET manifests', 'GET blobs']);
    });
  });

  describe('a real one that wants a login', () => {
    let closed: RealRegistry;
    before(async () => {
      closed = await startRegistry(true);
      await pushImage(closed, 'acme/backend', { tag: 'v1.4.0', labels: LABELS });
    });
    after(() => closed.stop());
    const resolve = (env: Record<string, string>) => {
      const login = { username: 'ana', passwordEnv: 'HD_REGISTRY_PASSWORD' };
      const registries = { [closed.host]: { insecure: false, login } };
      return createRegistry({ registries, env: { DOCKER_CONFIG: docker, ...env } }).resolve(
        `${closed.host}/acme/backend`,
        'v1.4.0',
      );
    };

    it('gets that of hd.yml, whatever docker login keeps', async () => {
      await login({ auths: { [closed.host]: { auth: btoa('ana:something-else') } } });
      assert.ok(await resolve({ HD_REGISTRY_PASSWORD: REGISTRY_PASSWORD }));
    });

    it('and without the variable is exit 2, which names it', async () => {
      const error = await failure(resolve({}));
      assert.equal(error.exit, 2);
      assert.match(error.message, new RegExp(`${closed.host} needs HD_REGISTRY_PASSWORD, which is not set`));
    });

    it('refuses a wrong one: exit 4, which says whose it was, and not what', async () => {
      const error = await failure(resolve({ HD_REGISTRY_PASSWORD: 'hunter3-of-the-registry' }));
      assert.equal(error.exit, 4);
      const said = JSON.stringify([error.message, error.facts, error.next]);
      assert.match(said, /asked with the login of hd\.yml as ana/);
      assert.doesNotMatch(said, /hunter3/);
    });
  });

  describe('behind a token service', () => {
    /** Gives a token to `ana:hunter2`, or to anybody if `open`, and lets only its bearer through. */
    const guarded = async (open: boolean): Promise<{ host: string; asked: string[] }> => {
      const asked: string[] = [];
      const tokens = await server((request, response) => {
        asked.push(
          `${request.method ?? ''} ${request.url ?? ''} ${request.headers.authorization ?? 'anonymous'}`,
        );
        const known = request.headers.authorization === `Basic ${btoa('ana:hunter2')}`;
        void form(request).then((sent) => {
          const allowed = known || sent.get('refresh_token') === 'kept-token' || open;
          response.writeHead(allowed ? 200 : 401).end(JSON.stringify({ token: 'a-token' }));
        });
      });
      const host = await server((request, response) => {
        if (request.headers.authorization === 'Bearer a-token') {
          void passOn(real.host, request, response);
          return;
        }
        const challenge = `Bearer realm="http://${tokens}/token?x=1",service="the, registry",scope="repository:acme/backend:pull"`;
        response.writeHead(401, { 'www-authenticate': challenge }).end();
      });
      return { host, asked };
    };

    it('gets a token anonymously, once for all requests', async () => {
      const { host, asked } = await guarded(true);
      assert.ok(await registry().resolve(`${host}/acme/backend`, 'v1.4.0'));
      assert.deepEqual(asked, [
        'GET /token?x=1&service=the%2C+registry&scope=repository%3Aacme%2Fbackend%3Apull anonymous',
      ]);
    });

    it('sends what docker login kept', async () => {
      const { host } = await guarded(false);
      await login({ auths: { [`https://${host}/v2/`]: { auth: btoa('ana:hunter2') } } });
      assert.ok(await registry().resolve(`${host}/acme/backend`, 'v1.4.0'));
    });

    it('asks a credential helper, by stdin', async () => {
      const { host } = await guarded(false);
      const program = join(docker, 'docker-credential-testing');
      const script = `#!/bin/sh\nread server\n[ "$1 $server" = "get ${host}" ] && echo '{"Username":"ana","Secret":"hunter2"}'\n`;
      await writeFile(program, script);
      await chmod(program, 0o755);
      await login({ credHelpers: { [host]: 'testing' } });
      const env = { DOCKER_CONFIG: docker, PATH: `${docker}:${process.env['PATH'] ?? ''}` };
      assert.ok(await createRegistry({ registries: {}, env }).resolve(`${host}/acme/backend`, 'v1.4.0'));
    });

    it('exchanges an identity token', async () => {
      const { host, asked } = await guarded(false);
      await login({ auths: { [host]: { identitytoken: 'kept-token' } } });
      assert.ok(await registry().resolve(`${host}/acme/backend`, 'v1.4.0'));
      assert.match(asked[0] ?? '', /^POST /);
    });

    it('is exit 4 with the command that logs in, and shows no secret, when it refuses', async () => {
      const { host } = await guarded(false);
      await login({ auths: { [host]: { auth: btoa('ana:wrong-password') } } });
      const error = await failure(registry().resolve(`${host}/acme/backend`, 'v1.4.0'));
      assert.equal(error.exit, 4);
      assert.equal(error.message, `${host} does not allow reading acme/backend`);
      assert.deepEqual(error.next, [{ command: ['docker', 'login', host] }]);
      assert.doesNotMatch(JSON.stringify(error), /wrong-password/);
    });

    it('says why a credential helper gave nothing, once a login is needed', async () => {
      const { host } = await guarded(false);
      await login({ credsStore: 'not-installed' });
      const error = await failure(registry().resolve(`${host}/acme/backend`, 'v1.4.0'));
      assert.equal(error.exit, 4);
      assert.match(JSON.stringify(error.facts), /docker-credential-not-installed failed/);
    });

    it('does not send a login to an unencrypted service elsewhere', async () => {
      const host = await server((_, response) => {
        response.writeHead(401, { 'www-authenticate': 'Bearer realm="http://192.0.2.1/token"' }).end();
      });
      await login({ auths: { [host]: { auth: btoa('ana:hunter2') } } });
      const error = await failure(registry().resolve(`${host}/acme/backend`, 'v1.4.0'));
      assert.deepEqual([error.exit, error.code], [4, 'registry-insecure-realm']);
    });
  });

  it('answers a Basic challenge', async () => {
    const host = await server((request, response) => {
      if (request.headers.authorization === `Basic ${btoa('ana:hunter2')}`) {
        void passOn(real.host, request, response);
      } else response.writeHead(401, { 'www-authenticate': 'Basic realm="r"' }).end();
    });
    await login({ auths: { [host]: { auth: btoa('ana:hunter2') } } });
    assert.ok(await registry().resolve(`${host}/acme/backend`, 'v1.4.0'));
  });

  it('follows a redirect of a blob to another origin without the login', async () => {
    const seen: (string | undefined)[] = [];
    const storage = await server((request, response) => {
      seen.push(request.headers.authorization);
      void passOn(real.host, request, response);
    });
    const host = await server((request, response) => {
      if (request.headers.authorization === undefined) {
        response.writeHead(401, { 'www-authenticate': 'Basic realm="r"' }).end();
      } else if (request.url?.includes('/blobs/') === true) {
        response.writeHead(307, { location: `http://${storage}${request.url}` }).end();
      } else void passOn(real.host, request, response);
    });
    await login({ auths: { [host]: { auth: btoa('ana:hunter2') } } });
    assert.ok(await registry().resolve(`${host}/acme/backend`, 'v1.4.0'));
    assert.deepEqual(seen, [undefined]);
  });

  describe('that lies', () => {
    it('about a digest: exit 5', async () => {
      const host = await server((_, response) => {
        response.writeHead(200, { 'docker-content-digest': `sha256:${'1'.repeat(64)}` });
        response.end(JSON.stringify({ schemaVersion: 2, config: {}, layers: [] }));
      });
      const error = await failure(registry().resolve(`${host}/acme/backend`, 'v1.4.0'));
      assert.deepEqual([error.exit, error.code], [5, 'registry-digest-mismatch']);
    });

    it('about what a digest holds: exit 5', async () => {
      const host = await server((request, response) => {
        if (request.url?.includes('/blobs/') === true) response.end('{"config":{"Labels":{"a":"lie"}}}');
        else void passOn(real.host, request, response);
      });
      const error = await failure(registry().resolve(`${host}/acme/backend`, 'v1.4.0'));
      assert.deepEqual([error.exit, error.code], [5, 'registry-digest-mismatch']);
    });

    it('with a manifest that is both an image and an index, or none: exit 5', async () => {
      for (const body of [
        '{"schemaVersion":2,"manifests":[],"layers":[]}',
        '{"schemaVersion":1}',
        '<html>',
        '[[',
      ]) {
        const host = await server((_, response) => response.end(body));
        const error = await failure(registry().resolve(`${host}/acme/backend`, 'v1.4.0'));
        assert.deepEqual([error.exit, error.code], [5, 'registry-manifest-unreadable'], body);
      }
    });
  });

  describe('that can not be reached', () => {
    it('is exit 11, named', async () => {
      const gone = await startServer(() => undefined);
      await gone.stop();
      const error = await failure(registry().resolve(`${gone.host}/acme/backend`, 'v1.4.0'));
      assert.equal(error.exit, 11);
      assert.equal(error.message, `${gone.host} can not be reached: ECONNREFUSED`);
    });

    it('is exit 11 when it never answers, or drips, or its tokens do, after the limit', async () => {
      const silent = await server(() => undefined);
      const dripping = await server((_, response) => drip(response));
      const locked = await server((_, response) => {
        const realm = `Bearer realm="http://${dripping}/token",service="x"`;
        response.writeHead(401, { 'www-authenticate': realm }).end();
      });
      const config = { digest: `sha256:${'0'.repeat(64)}`, size: 2 };
      const manifest = JSON.stringify({ schemaVersion: 2, config, layers: [] });
      const blob = await server(({ url }, response) => {
        if (url?.includes('/blobs/') === true) drip(response);
        else response.end(manifest);
      });
      for (const [host, late] of [
        [silent, silent],
        [dripping, dripping],
        [locked, dripping],
        [blob, blob],
      ] as const) {
        const error = await failure(registry(200).resolve(`${host}/acme/backend`, 'v1.4.0'));
        const said = `${late} gave no whole answer in 200ms (--answer-timeout)`;
        assert.deepEqual([error.exit, error.message], [11, said]);
      }
    });

    it('says which credential helper never answered, whoever holds its output', async () => {
      const host = await server((_, response) => {
        response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
      });
      const helper = join(docker, 'docker-credential-hangs');
      await writeFile(helper, '#!/bin/sh\nsleep 30 & exec sleep 30\n');
      await chmod(helper, 0o755);
      await login({ credHelpers: { [host]: 'hangs' } });
      const env = { ...process.env, DOCKER_CONFIG: docker, PATH: `${docker}:${process.env['PATH'] ?? ''}` };
      const error = await failure(
        createRegistry({ registries: {}, env, timeoutMs: 200 }).resolve(`${host}/acme/backend`, 'v1.4.0'),
      );
      assert.equal(error.exit, 4);
      const why = error.facts.find(({ label }) => label === 'why')?.text;
      assert.equal(why, 'docker-credential-hangs gave no answer in 200ms (--answer-timeout)');
    });

    it('is exit 11 when it is broken or has had enough of us', async () => {
      for (const [status, text] of [
        [500, '500'],
        [429, '429, its rate limit'],
      ] as const) {
        const host = await server((_, response) => response.writeHead(status).end());
        const error = await failure(registry().resolve(`${host}/acme/backend`, 'v1.4.0'));
        assert.deepEqual([error.exit, error.message], [11, `${host} answered ${text}`]);
      }
    });

    it('is asked once more when the first answer is lost', async () => {
      for (const lose of ['connection', 'gateway']) {
        let asked = 0;
        const host = await server((request, response) => {
          asked += 1;
          if (asked > 1) void passOn(real.host, request, response);
          else if (lose === 'connection') request.socket.destroy();
          else response.writeHead(502).end();
        });
        assert.ok(await registry().resolve(`${host}/acme/backend`, 'v1.4.0'));
        assert.equal(asked, 3);
      }
    });

    it('is given up when it sends without end', async () => {
      const host = await server((_, response) => {
        response.on('error', () => undefined);
        const chunk = Buffer.alloc(1024 * 1024);
        const more = (): void => {
          if (!response.destroyed) response.write(chunk, more);
        };
        more();
      });
      const error = await failure(registry().resolve(`${host}/acme/backend`, 'v1.4.0'));
      assert.equal(error.exit, 11);
      assert.match(error.message, /more than/);
    });
  });

  it('refuses what is no repository, tag or digest before it asks anybody', async () => {
    for (const [repository, reference] of [
      ['127.0.0.1:1/a/../../b', 'v1'],
      ['127.0.0.1:1/a', '../x'],
      ['127.0.0.1:1/a', '$(id)'],
      ['127.0.0.1:1/a b', 'v1'],
    ] as const) {
      assert.equal((await failure(registry().resolve(repository, reference))).exit, 2);
    }
  });
});

async function form(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
}
