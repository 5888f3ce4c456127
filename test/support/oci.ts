import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A real OCI registry (Debian's docker-registry) on loopback, with its images in a temporary folder. */
export interface RealRegistry {
  host: string;
  /** Stores bytes as a blob and returns its descriptor. */
  blob(repository: string, content: string): Promise<Descriptor>;
  manifest(
    repository: string,
    reference: string,
    manifest: Readonly<Record<string, unknown>>,
  ): Promise<Descriptor>;
  stop(): Promise<void>;
}

export interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
}

const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';

/** What the registry knows of a user: bcrypt of the password `hunter2-of-the-registry`. */
export const HTPASSWD = 'ana:$2y$05$abcdefghijklmnopqrstuuJQ0OEfoQ1jvzDwPykoQtl7vEtSYYygy\n';
export const REGISTRY_PASSWORD = 'hunter2-of-the-registry';

/** @param guarded only `ana` may read and write, with her password */
export async function startRegistry(guarded = false): Promise<RealRegistry> {
  const folder = await mkdtemp(join(tmpdir(), 'hd-registry-'));
  const config = {
    version: '0.1',
    storage: { filesystem: { rootdirectory: join(folder, 'data') } },
    http: { addr: '127.0.0.1:0' },
  };
  const htpasswd = { realm: 'lab', path: join(folder, 'htpasswd') };
  await writeFile(htpasswd.path, HTPASSWD);
  await writeFile(
    join(folder, 'config.yml'),
    JSON.stringify({ ...config, ...(guarded && { auth: { htpasswd } }) }),
  );
  const authorization = `Basic ${btoa(`ana:${REGISTRY_PASSWORD}`)}`;
  const child = spawn('docker-registry', ['serve', join(folder, 'config.yml')], {
    env: { PATH: process.env['PATH'], OTEL_TRACES_EXPORTER: 'none' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const host = await listening(child);
  return {
    host,
    async blob(repository, content) {
      const digest = sha256(content);
      const opened = await fetch(`http://${host}/v2/${repository}/blobs/uploads/`, {
        method: 'POST',
        headers: { authorization },
      });
      const location = new URL(opened.headers.get('location') ?? '', `http://${host}`);
      location.searchParams.set('digest', digest);
      const stored = await fetch(location, { method: 'PUT', headers: { authorization }, body: content });
      if (stored.status !== 201) throw new Error(`blob: ${stored.status} ${await stored.text()}`);
      return { mediaType: 'application/octet-stream', digest, size: Buffer.byteLength(content) };
    },
    async manifest(repository, reference, manifest) {
      const body = JSON.stringify(manifest);
      const mediaType = String(manifest['mediaType']);
      const stored = await fetch(`http://${host}/v2/${repository}/manifests/${reference}`, {
        method: 'PUT',
        headers: { 'content-type': mediaType, authorization },
        body,
      });
      if (stored.status !== 201) throw new Error(`manifest: ${stored.status} ${await stored.text()}`);
      return { mediaType, digest: sha256(body), size: Buffer.byteLength(body) };
    },
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}

/** The registry logs its address once it listens. */
async function listening(child: ChildProcess): Promise<string> {
  if (child.stderr === null) throw new Error('no stderr');
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) {
    said.push(line);
    const address = /listening on (127\.0\.0\.1:\d+)/.exec(line)?.[1];
    if (address !== undefined) {
      child.stderr.resume();
      return address;
    }
  }
  throw new Error(`docker-registry did not start: ${said.join('\n')}`);
}

/** Pushes an image of one small layer. */
export async function pushImage(
  registry: RealRegistry,
  repository: string,
  image: { tag?: string; labels: Readonly<Record<string, string>>; platform?: string; layer?: string },
): Promise<Descriptor> {
  const [os = 'linux', architecture = 'amd64', variant] = (image.platform ?? 'linux/amd64').split('/');
  const layer = await registry.blob(repository, image.layer ?? 'a layer');
  const config = await registry.blob(
    repository,
    JSON.stringify({
      os,
      architecture,
      ...(variant === undefined ? {} : { variant }),
      config: { Labels: image.labels },
      rootfs: { type: 'layers', diff_ids: [layer.digest] },
    }),
  );
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: { ...config, mediaType: 'application/vnd.oci.image.config.v1+json' },
    layers: [{ ...layer, mediaType: 'application/vnd.oci.image.layer.v1.tar' }],
  };
  return registry.manifest(repository, image.tag ?? sha256(JSON.stringify(manifest)), manifest);
}

function sha256(content: string | Uint8Array): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

/** An HTTP server on loopback for what a real registry does not do on demand. */
export async function startServer(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ host: string; stop: () => Promise<void> }> {
  const server = createServer(handle);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Hands a request on to another server and its answer back. */
export async function passOn(
  host: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { accept = '*/*' } = request.headers;
  const answer = await fetch(`http://${host}${request.url ?? '/'}`, { headers: { accept } });
  const headers = ['content-type', 'docker-content-digest'].flatMap((name) => {
    const value = answer.headers.get(name);
    return value === null ? [] : [[name, value] as const];
  });
  response.writeHead(answer.status, Object.fromEntries(headers));
  response.end(Buffer.from(await answer.arrayBuffer()));
}
