import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { arch } from 'node:os';
import { join } from 'node:path';
import { asset } from './assets.ts';
import type { Docker } from './docker.ts';
import type { LabHome } from './home.ts';
import { exclusively } from './mutex.ts';
import { attempt, run } from './process.ts';
import type { Say } from './stages.ts';

const SUITE = 'trixie';

export interface LabImages {
  /** A lab host: sshd, a Docker engine, a registry. */
  machine: string;
  /** Perl and its C library: what the demo service is built on. */
  perl: string;
}

/**
 * The lab's images, made once and kept by the engine under a name that follows from what they are made of. As root on
 * Debian the base comes from debootstrap and the distribution's packages; elsewhere from `debian:trixie-slim`.
 */
export async function ensureImages(home: LabHome, docker: Docker, say: Say): Promise<LabImages> {
  const tag = await contentTag();
  const images = { machine: `hd-lab/machine:${tag}`, perl: `hd-lab/perl:${tag}` };
  await exclusively(join(home.cache, 'images.lock'), 600_000, async () => {
    if ((await docker.hasImage(images.machine)) && (await docker.hasImage(images.perl))) return;
    const base = await baseImage(home, docker, tag, say);
    say('building the image of a lab host');
    for (const [target, image] of Object.entries(images)) {
      await docker.run(
        [
          ...['build', '--quiet', '--network', 'host', '--build-arg', `BASE=${base}`],
          ...['--target', target, '--tag', image, asset('images')],
        ],
        { timeoutMs: 600_000 },
      );
    }
  });
  return images;
}

/** Removes these names of images; an image that has another name, or that a container still uses, stays. */
export async function removeImages(docker: Docker, reference: string): Promise<void> {
  const format = ['--format', '{{.Repository}}:{{.Tag}}'];
  const listed = await docker.run(['image', 'ls', '--filter', `reference=${reference}`, ...format]);
  for (const name of listed.split('\n').filter((line) => line !== '' && !line.endsWith(':<none>'))) {
    await docker.attempt(['image', 'rm', name]);
  }
}

async function contentTag(): Promise<string> {
  const hash = createHash('sha256').update(`${SUITE} ${arch()}`);
  for (const file of (await readdir(asset('images'))).sort()) {
    hash.update(`\0${file}\0`).update(await readFile(asset('images', file)));
  }
  return hash.digest('hex').slice(0, 12);
}

async function baseImage(home: LabHome, docker: Docker, tag: string, say: Say): Promise<string> {
  const root = process.platform === 'linux' && process.getuid?.() === 0;
  if (!root || (await attempt(['debootstrap', '--version'])).status !== 0) return `debian:${SUITE}-slim`;
  const image = `hd-lab/base:${tag}`;
  if (await docker.hasImage(image)) return image;
  say(`fetching Debian ${SUITE} and the packages of a lab host (about 40 s, once)`);
  const work = await mkdtemp(join(home.cache, 'base-'));
  try {
    await debootstrap(join(work, 'root'));
    const tar = join(work, 'base.tar');
    await run(['tar', '--directory', join(work, 'root'), '--create', '--file', tar, ...LEFT_OUT, '.']);
    await docker.run(['import', tar, image]);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return image;
}

const LEFT_OUT = ['var/cache', 'var/lib/apt/lists', 'usr/share/doc', 'usr/share/man', 'usr/share/locale'].map(
  (path) => `--exclude=./${path}/*`,
);

async function debootstrap(target: string): Promise<void> {
  const packages = (await readFile(asset('images', 'packages'), 'utf8')).trim().split('\n');
  const mirror = await aptMirror();
  const proxy = (await attempt(['apt-config', 'shell', 'proxy', 'Acquire::http::Proxy'])).stdout;
  const address = /^proxy='(.+)'$/.exec(proxy)?.[1];
  await run(
    [
      'debootstrap',
      '--variant=minbase',
      `--include=${packages.join(',')}`,
      SUITE,
      target,
      ...(mirror === undefined ? [] : [mirror]),
    ],
    {
      timeoutMs: 600_000,
      ...(address === undefined ? {} : { env: { http_proxy: address, https_proxy: address } }),
    },
  );
}

/** Where this machine's own packages come from; if apt has no list of Debian's, debootstrap knows a place itself. */
async function aptMirror(): Promise<string | undefined> {
  const { stdout } = await attempt(['apt-get', 'indextargets', '--format', '$(LABEL) $(REPO_URI)']);
  return /^Debian (https?:\S+?)\/?$/m.exec(stdout)?.[1];
}
