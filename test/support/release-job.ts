/**
 * The build of a release in the tests: run by the emulator's runner as a step of the workflow, it pushes an image of
 * one small layer with its labels to a real registry, and behaves as the file BEHAVIOUR says.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

export interface Behaviour {
  /** Attempts of the run that fail before anything is pushed. */
  failAttempts?: number;
  /** Labels that are other than they should be; empty leaves one out. */
  labels?: Readonly<Record<string, string>>;
  /** Ends well without an image. */
  noImage?: boolean;
  /** Makes the GitHub Release as well, as many workflows do. */
  githubRelease?: boolean;
  /** Moves the release's tag to another commit, as nobody should. */
  moveTagTo?: string;
  /** Runs until it is cancelled. */
  hang?: boolean;
}

const env = (name: string): string => process.env[name] ?? '';
const behaviour = JSON.parse(await readFile(env('BEHAVIOUR'), 'utf8')) as Behaviour;
const registry = `http://${env('REGISTRY')}`;
const repository = env('IMAGE');
const tag = env('GITHUB_REF_NAME');

console.log(`building ${tag}`);
if (Number(env('GITHUB_RUN_ATTEMPT')) <= (behaviour.failAttempts ?? 0)) {
  console.log('fetching dependencies failed: read ECONNRESET');
  process.exit(3);
}
if (behaviour.hang === true) await new Promise(() => setInterval(() => undefined, 60_000));
if (behaviour.noImage !== true) await push();
if (behaviour.githubRelease === true)
  await api('POST', 'releases', { tag_name: tag, name: tag, body: 'by the workflow' });
if (behaviour.moveTagTo !== undefined)
  await api('PATCH', `git/refs/tags/${tag}`, { sha: behaviour.moveTagTo, force: true });

async function push(): Promise<void> {
  const prefix = 'org.opencontainers.image.';
  const labels = {
    [`${prefix}version`]: tag.slice(1),
    [`${prefix}revision`]: env('GITHUB_SHA'),
    [`${prefix}created`]: new Date().toISOString(),
    [`${prefix}source`]: `${env('GITHUB_SERVER_URL')}/${env('GITHUB_REPOSITORY')}`,
    ...Object.fromEntries(
      Object.entries(behaviour.labels ?? {}).map(([name, value]) => [prefix + name, value]),
    ),
  };
  const present = Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== ''));
  const layer = await blob('a layer');
  const config = await blob(
    JSON.stringify({
      os: 'linux',
      architecture: 'amd64',
      config: { Labels: present },
      rootfs: { type: 'layers', diff_ids: [layer.digest] },
    }),
  );
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = {
    schemaVersion: 2,
    mediaType,
    config: { ...config, mediaType: 'application/vnd.oci.image.config.v1+json' },
    layers: [{ ...layer, mediaType: 'application/vnd.oci.image.layer.v1.tar' }],
  };
  await put(`${registry}/v2/${repository}/manifests/${tag}`, JSON.stringify(manifest), mediaType);
}

async function blob(content: string): Promise<{ digest: string; size: number }> {
  const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
  const opened = await fetch(`${registry}/v2/${repository}/blobs/uploads/`, { method: 'POST' });
  const location = new URL(opened.headers.get('location') ?? '', registry);
  location.searchParams.set('digest', digest);
  await put(location, content, 'application/octet-stream');
  return { digest, size: Buffer.byteLength(content) };
}

async function put(url: string | URL, body: string, type: string): Promise<void> {
  const answer = await fetch(url, { method: 'PUT', body, headers: { 'content-type': type } });
  if (answer.status !== 201) throw new Error(`${answer.status} ${await answer.text()}`);
}

async function api(method: string, path: string, body: object): Promise<void> {
  const answer = await fetch(`${env('GITHUB_API_URL')}/repos/${env('GITHUB_REPOSITORY')}/${path}`, {
    method,
    headers: { authorization: `Bearer ${env('GITHUB_TOKEN')}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
}
