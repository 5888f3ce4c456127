/** Builders of domain values: what a test does not name has a plain, valid form. */
import { sha256 } from '../../src/lib/domain/canonical.ts';
import type { Checks, Environment, HttpCheck, Rollout } from '../../src/lib/domain/environment.ts';
import type { Finding } from '../../src/lib/domain/finding.ts';
import type { LedgerEntry, LedgerLine } from '../../src/lib/domain/ledger.ts';
import type { Manifest, ShippedFile } from '../../src/lib/domain/manifest.ts';
import type { ObservedContainer, ObservedHost } from '../../src/lib/domain/observed.ts';
import type { Digest, Release } from '../../src/lib/domain/release.ts';
import { canonical } from '../../src/lib/domain/canonical.ts';
import type { Target } from '../../src/lib/drivers/driver.ts';

/** 2026-11-19 15:00:00 UTC, a Thursday. */
export const NOW = Date.parse('2026-11-19T15:00:00Z');

export const BACKEND = 'ghcr.io/acme/backend';

/** `digest('9f2c')` → `sha256:9f2c9f2c…`. */
export function digest(seed: string): Digest {
  return `sha256:${seed.repeat(64).slice(0, 64)}`;
}

function commit(seed: string): string {
  return seed.repeat(40).slice(0, 40);
}

const KNOWN: Readonly<Record<string, [commit: string, digest: string]>> = {
  '1.3.1': ['1c0f', 'c02b'],
  '1.3.2': ['5b0d', '41c7'],
  '1.4.0': ['8c3f', '9f2c'],
};

/** A release of one service, `backend`. */
export function release(version = '1.4.0', rest: Partial<Release> = {}): Release {
  const [sha, image] = KNOWN[version] ?? [sha256(version), sha256(version)];
  return {
    version,
    tag: `v${version}`,
    commit: commit(sha),
    images: { backend: { repository: BACKEND, digest: digest(image) } },
    ...rest,
  };
}

export function httpCheck(path: string, rest: Partial<HttpCheck> = {}): HttpCheck {
  return {
    path,
    expect: { status: 200 },
    attempts: 1,
    delayMs: 0,
    initialWaitMs: 0,
    timeoutMs: 1000,
    ...rest,
  };
}

export function environment(
  rest: Partial<Omit<Environment, 'hosts' | 'checks' | 'rollout'>> & {
    hosts?: readonly string[];
    checks?: Partial<Checks>;
    rollout?: Partial<Rollout>;
  } = {},
): Environment {
  const { hosts = ['prod-1'], checks, rollout, ...other } = rest;
  return {
    via: 'here',
    name: 'prod',
    production: false,
    hosts: hosts.map((name) => ({ name, local: false })),
    directory: '/opt/app',
    project: 'app',
    compose: ['compose.yaml'],
    envFiles: [],
    url: 'http://127.0.0.1:8000',
    probe: 'host',
    rollout: { strategy: 'recreate', settleMs: 3000, timeoutMs: 60_000, ...rollout },
    checks: { smoke: [], logs: { sinceMs: 120_000, forbid: [] }, ...checks },
    keep: 5,
    ...other,
  };
}

export function file(path: string, text: string, executable = false): ShippedFile {
  return { path, sha256: sha256(text), executable };
}

/** A running container of `backend`, of release 1.4.0. */
export function container(rest: Partial<ObservedContainer> = {}): ObservedContainer {
  const service = rest.service ?? 'backend';
  const digests = rest.digests ?? [digest('9f2c')];
  return {
    service,
    id: `id-${service}`,
    name: `app-${service}-1`,
    image: `${BACKEND}@${digests[0] ?? ''}`,
    imageId: digest('1d'),
    digests,
    tagMoved: false,
    state: 'running',
    exitCode: 0,
    restarts: 0,
    restartPolicy: 'unless-stopped',
    startedAt: NOW - 3_600_000,
    ...rest,
  };
}

export function observed(rest: Partial<ObservedHost> = {}): ObservedHost {
  return {
    host: 'prod-1',
    at: NOW,
    skewMs: 0,
    containers: [],
    images: [],
    releases: rest.current === undefined ? [] : [rest.current],
    files: [],
    ledger: { lines: [], count: 0 },
    disk: { freeBytes: 21e9, totalBytes: 40e9 },
    envFiles: [],
    ...rest,
  };
}

export function manifest(rest: Partial<Manifest> = {}): Manifest {
  return {
    schemaVersion: 1,
    deployment: 'd46',
    release: release('1.3.2'),
    compose: ['compose.yaml'],
    services: ['backend'],
    kept: {},
    files: [],
    trees: [],
    ...rest,
  };
}

/** A host that serves the release, by the deployment that its manifest names. */
export function serving(of: Release, rest: Partial<ObservedHost> = {}, deployment = 'd46'): ObservedHost {
  const images = Object.entries(of.images);
  return observed({
    containers: images.map(([service, image]) => container({ service, digests: [image.digest], deployment })),
    images: images.map(([, image]) => `${image.repository}@${image.digest}`),
    current: manifest({ release: of, deployment, services: images.map(([service]) => service) }),
    ...rest,
  });
}

/** A target whose files are the given compose files, in order, and what else the commit has. */
export function target(
  composeFiles: Readonly<Record<string, string>>,
  rest: Partial<Target> & { more?: Readonly<Record<string, string>> } = {},
): Target {
  const { more = {}, ...other } = rest;
  const files = Object.entries({ ...composeFiles, ...more }).map(([path, text]) => file(path, text));
  return {
    release: release(),
    deployment: '{deployment}',
    compose: Object.keys(composeFiles),
    files: files.sort((a, b) => (a.path < b.path ? -1 : 1)),
    composeTexts: Object.values(composeFiles),
    resolved: {},
    ...other,
  };
}

export function entry(rest: Partial<LedgerEntry> = {}): LedgerEntry {
  return {
    v: 1,
    at: '2026-11-19T15:00:00.000Z',
    hd: '0.1.0',
    environment: 'prod',
    actor: { name: 'login-a', proven: true, machine: 'build-7' },
    kind: 'finished',
    verb: 'deploy',
    hosts: ['prod-1'],
    ...rest,
  };
}

/** Entries as lines of one ledger, each with the hash of the one before. */
export function ledger(entries: readonly LedgerEntry[]): LedgerLine[] {
  const lines: LedgerLine[] = [];
  for (const each of entries) {
    const prev = lines.at(-1)?.hash;
    const whole = { ...each, ...(prev === undefined ? {} : { prev }) };
    lines.push({ entry: whole, hash: sha256(canonical(whole)) });
  }
  return lines;
}

export function finding(rest: Partial<Finding> = {}): Finding {
  return {
    check: 'ready',
    host: 'prod-1',
    state: 'passed',
    text: 'GET /ready: 200',
    evidence: { asked: 'GET http://127.0.0.1:8000/ready', where: 'prod-1', at: NOW, ms: 18, attempts: 1 },
    ...rest,
  };
}
