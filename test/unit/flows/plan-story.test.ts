import assert from 'node:assert/strict';
import { sha256 } from '../../../src/lib/domain/canonical.ts';
import { UnreachableError } from '../../../src/lib/domain/errors.ts';
import type { LedgerEntry } from '../../../src/lib/domain/ledger.ts';
import type { ShippedFile } from '../../../src/lib/domain/manifest.ts';
import { drivers } from '../../../src/lib/drivers/index.ts';
import type { SeenHost } from '../../../src/lib/flows/observe.ts';
import { planChange } from '../../../src/lib/flows/plan.ts';
import { planStory, PULL_LOOKUPS, type StoryInput } from '../../../src/lib/flows/plan-story.ts';
import type { GitHub } from '../../../src/lib/ports.ts';
import {
  digest,
  entry,
  environment,
  ledger,
  manifest,
  release,
  serving,
  target,
} from '../../support/core.ts';
import { fakeWorld } from '../../support/world.ts';
import { fakeHost, TurnedClock } from '../engine/fakes.ts';

const OLD = release('1.3.2');
const NEW = release('1.4.0');
const SERVED: Readonly<Record<string, string>> = {
  'compose.yaml': 'services:\n  backend: {image: b, mem_limit: 512m}\n',
  'gone.conf': 'x\n',
  'logo.png': 'a\0b',
};
const SHIPPED: Readonly<Record<string, string>> = {
  'compose.yaml': 'services:\n  backend: {image: b, mem_limit: 768m}\n',
  'logo.png': 'a\0bc',
  'new.conf': 'token=hunter2\n',
};

const shippedFiles = (files: Readonly<Record<string, string>>): ShippedFile[] =>
  Object.entries(files).map(([path, text]) => ({ path, sha256: sha256(text), executable: false }));

function seen(
  read: Readonly<Record<string, string>> = SERVED,
  entries: readonly LedgerEntry[] = [],
): SeenHost {
  const current = manifest({ release: OLD, deployment: 'd46', files: shippedFiles(SERVED) });
  const observed = serving(OLD, { current, ledger: { lines: ledger(entries), count: entries.length } });
  const host = fakeHost('prod-1', {
    read: (directory, paths) => {
      assert.equal(directory, 'releases/d46');
      const lost = paths.find((path) => read[path] === undefined);
      if (lost !== undefined) return Promise.reject(new UnreachableError('host', `${lost} is not there`));
      return Promise.resolve(paths.map((path) => Buffer.from(read[path] ?? '')));
    },
  });
  return { host, observed };
}

function input(hosts: readonly SeenHost[] = [seen()]): StoryInput {
  const { 'compose.yaml': composeText = '', ...more } = SHIPPED;
  const to = target({ 'compose.yaml': composeText }, { release: NEW, more });
  const observed = hosts.map((each) => each.observed);
  const { plan } = planChange(drivers.compose, environment(), to, observed);
  const blobs = new Map(Object.values(SHIPPED).map((text) => [sha256(text), Buffer.from(text)]));
  return { change: { plan, target: { target: to, blobs, layers: new Map() } }, seen: hosts };
}

const sha = (n: number): string => String(n).padStart(40, '0');

function github(total: number, asked: string[] = []): GitHub {
  const commits = Array.from({ length: Math.min(total, 250) }, (_, n) => ({
    sha: sha(n),
    title: `Change ${n}`,
    author: 'login-a',
  }));
  const pull = (number: number) => ({
    number,
    title: `Pull ${number}`,
    url: `u/${number}`,
    author: 'login-b',
  });
  const does: Partial<GitHub> = {
    commitsBetween: (from, to) => {
      assert.deepEqual([from, to], [OLD.commit, NEW.commit]);
      return Promise.resolve({ total, commits });
    },
    // Every two commits came by one pull request.
    pullRequestsOf: (of) => {
      asked.push(of);
      return Promise.resolve([pull(Math.floor(Number(of) / 2))]);
    },
  };
  return does as GitHub;
}

const without = fakeWorld({ github: () => Promise.resolve(undefined) });

describe("a plan's story", () => {
  it('tells commits and pull requests since what serves', async () => {
    const story = await planStory(fakeWorld({ github: () => Promise.resolve(github(5)) }), input());
    assert.equal(story.commits?.total, 5);
    assert.deepEqual([story.commits.from, story.commits.to], [OLD.commit, NEW.commit]);
    assert.deepEqual(
      story.pulls.map((each) => each.number),
      [0, 1, 2],
    );
  });

  it('tells what is taken back where the release lies behind what serves', async () => {
    const asked: string[][] = [];
    const behind: Partial<GitHub> = {
      ...github(2),
      commitsBetween: (from, to) => {
        asked.push([from, to]);
        const commits = from === NEW.commit ? [{ sha: sha(2), title: 'Change', author: 'login-a' }] : [];
        return Promise.resolve({ total: commits.length, commits });
      },
    };
    const story = await planStory(fakeWorld({ github: () => Promise.resolve(behind as GitHub) }), input());
    assert.deepEqual(asked, [
      [OLD.commit, NEW.commit],
      [NEW.commit, OLD.commit],
    ]);
    assert.deepEqual([story.commits?.total, story.commits?.back, story.pulls.length], [1, true, 1]);
  });

  it('asks for the pull requests of the newest commits only', async () => {
    const asked: string[] = [];
    await planStory(fakeWorld({ github: () => Promise.resolve(github(400, asked)) }), input());
    assert.equal(asked.length, PULL_LOOKUPS);
    assert.ok(asked.includes(sha(249)) && !asked.includes(sha(249 - PULL_LOOKUPS)));
  });

  it('is shorter where GitHub is not used, fails, or does not answer in time', async () => {
    const lost = (): Promise<never> => Promise.reject(new UnreachableError('github', 'no answer'));
    const fails = { ...github(1), commitsBetween: lost };
    for (const world of [
      without,
      fakeWorld({ github: lost }),
      fakeWorld({ github: () => Promise.resolve(fails) }),
    ]) {
      const { commits, pulls, images } = await planStory(world, input());
      assert.deepEqual([commits, pulls, images.length], [undefined, [], 1]);
    }
    const clock = new TurnedClock();
    const silent = { ...github(1), commitsBetween: () => new Promise<never>(() => undefined) };
    const told = planStory(fakeWorld({ clock, github: () => Promise.resolve(silent) }), input());
    await clock.turn(0);
    await clock.turn(20_000);
    assert.equal((await told).commits, undefined);
  });

  it('tells digests, and the files that differ from those that serve', async () => {
    const { images, files } = await planStory(without, input());
    assert.deepEqual(images, [
      { service: 'backend', repository: 'ghcr.io/acme/backend', from: digest('41c7'), to: digest('9f2c') },
    ]);
    assert.deepEqual(files, [
      {
        path: 'compose.yaml',
        change: 'changed',
        diff: [
          '@@ -1,2 +1,2 @@',
          ' services:',
          '-  backend: {image: b, mem_limit: 512m}',
          '+  backend: {image: b, mem_limit: 768m}',
        ],
      },
      { path: 'gone.conf', change: 'removed', diff: ['@@ -1,1 +0,0 @@', '-x'] },
      { path: 'logo.png', change: 'changed', diff: ['binary: 4 B, was 3 B'] },
      { path: 'new.conf', change: 'added', diff: ['@@ -0,0 +1,1 @@', '+token=hunter2'] },
    ]);
  });

  it('has no secret in a diff', async () => {
    const redact = (text: string): string => text.replaceAll('hunter2', '[redacted]');
    const { files } = await planStory({ ...without, redact }, input());
    assert.deepEqual(files.at(-1)?.diff.at(-1), '+token=[redacted]');
  });

  it('says which file could not be compared', async () => {
    const changed = await planStory(without, input([seen({ ...SERVED, 'compose.yaml': 'by hand' })]));
    const compose = changed.files.find((each) => each.path === 'compose.yaml');
    assert.deepEqual(compose?.diff, ['the file that serves could not be read']);
    const lost = await planStory(without, input([seen({})]));
    assert.deepEqual(
      lost.files.map((each) => each.diff.length),
      [1, 1, 1, 2],
    );
  });

  it('tells how long it takes, and what a failure would go back to', async () => {
    const done = { outcome: 'confirmed', deployment: 'd46' } as const;
    const stages = { ship: 1000, pull: 14_000, switch: 30_000, verify: 5000 };
    const durationsMs = { ...stages, confirmed: 51_000 };
    const there = [seen(SERVED, [entry({ ...done, release: OLD, durationsMs })])];
    const story = await planStory(without, input(there));
    assert.deepEqual(story.expectedMs, { ...stages, all: 50_000 });
    assert.deepEqual(story.wayBack, { name: 'v1.3.2', expectedMs: 35_000 });
    assert.equal((await planStory(without, input())).wayBack, undefined);
  });
});
