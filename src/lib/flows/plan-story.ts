import { sha256 } from '../domain/canonical.ts';
import { HdError } from '../domain/errors.ts';
import type { ShippedFile } from '../domain/manifest.ts';
import type { PlanStory } from '../domain/plan-story.ts';
import { releaseName, type Release } from '../domain/release.ts';
import { servingOf } from '../domain/serving.ts';
import type { GitHub } from '../ports.ts';
import type { Change } from './change.ts';
import { expectedMs, expectedOf } from './expected.ts';
import { lastConfirmed, newestLedger, sameRelease } from './history.ts';
import type { SeenHost } from './observe.ts';
import type { World } from './world.ts';

export interface StoryInput {
  change: Pick<Change, 'plan' | 'target'>;
  seen: readonly SeenHost[];
}

/** The newest commits, this many at the most, are asked for their pull requests. */
export const PULL_LOOKUPS = 30;
/** At a time. */
const LOOKUPS = 5;
/** GitHub has this long to tell its part of the story; without it the story is shorter. */
const GITHUB_MS = 20_000;
/** Of one file's diff, and of all of them. */
const FILE_LINES = 200;
const ALL_LINES = 1000;

/** What a plan would change, for people who judge it: read from GitHub, a host, and the ledger that was seen. */
export async function planStory(world: World, { change, seen }: StoryInput): Promise<PlanStory> {
  const { plan } = change;
  const lines = newestLedger(seen.map((each) => each.observed.ledger));
  const services = Object.keys(plan.release.images);
  const serves = seen.flatMap((each) => servingOf(each.observed, services).release ?? [])[0];
  const [told, files] = await Promise.all([
    toldByGitHub(world, serves, plan.release),
    fileChanges(world, { change, seen }),
  ]);
  const expected = expectedOf(lines);
  const back = lastConfirmed(lines)?.release;
  return {
    ...told,
    images: Object.entries(plan.release.images).map(([service, { repository, digest }]) => {
      const from = serves?.images[service]?.digest;
      return { service, repository, ...(from === undefined ? {} : { from }), to: digest };
    }),
    files,
    expectedMs: expectedMs(expected, plan),
    ...(back === undefined || sameRelease(back, plan.release)
      ? {}
      : {
          wayBack: {
            name: releaseName(back),
            ...(expected.back === undefined ? {} : { expectedMs: expected.back }),
          },
        }),
  };
}

/** A story without GitHub's part is still one: what it does not tell in time is left out. */
async function toldByGitHub(
  world: World,
  serves: Release | undefined,
  { commit }: Release,
): Promise<Pick<PlanStory, 'commits' | 'pulls'>> {
  const nothing = { pulls: [] };
  if (serves === undefined || serves.commit === commit) return nothing;
  const ended = new AbortController();
  const asked = commitsAndPulls(await githubOf(world), serves.commit, commit).catch((error: unknown) => {
    if (error instanceof HdError) return nothing;
    throw error;
  });
  const late = world.clock.sleep(world.answerMs ?? GITHUB_MS, ended.signal).then(() => nothing);
  return Promise.race([asked, late]).finally(() => ended.abort());
}

async function githubOf(world: World): Promise<GitHub | undefined> {
  try {
    return await world.github();
  } catch (error) {
    if (error instanceof HdError) return undefined;
    throw error;
  }
}

async function commitsAndPulls(
  github: GitHub | undefined,
  from: string,
  to: string,
): Promise<Pick<PlanStory, 'commits' | 'pulls'>> {
  if (github === undefined) return { pulls: [] };
  const ahead = await github.commitsBetween(from, to);
  const behind = ahead.total === 0 ? await github.commitsBetween(to, from) : ahead;
  const { total, commits: list } = behind;
  const pulls = new Map<number, PlanStory['pulls'][number]>();
  const queue = list.slice(-PULL_LOOKUPS);
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift())
      for (const pull of await github.pullRequestsOf(next.sha)) pulls.set(pull.number, pull);
  };
  await Promise.all(Array.from({ length: LOOKUPS }, work));
  return {
    commits: { from, to, total, list, ...(behind === ahead ? {} : { back: true }) },
    pulls: [...pulls.values()].sort((a, b) => a.number - b.number),
  };
}

/** Against the files that serve on the first host that has some: they are the same on all, or the plan says so. */
async function fileChanges(world: World, { change, seen }: StoryInput): Promise<PlanStory['files']> {
  const { blobs, target } = change.target;
  const source = seen.find(({ observed }) => observed.current !== undefined);
  const before = new Map(source?.observed.current?.files.map((each) => [each.path, each]));
  const after = new Map(target.files.map((each) => [each.path, each]));
  const paths = [...new Set([...before.keys(), ...after.keys()])]
    .sort()
    .filter((path) => !sameFile(before.get(path), after.get(path)));
  if (paths.length === 0) return [];
  const old = await served(
    source,
    [...before.values()].filter(({ path }) => paths.includes(path)),
  );
  const { textDiff } = await import('../domain/text-diff.ts');
  let left = ALL_LINES;
  return paths.map((path) => {
    const [was, is] = [before.get(path), after.get(path)];
    const change = was === undefined ? 'added' : is === undefined ? 'removed' : 'changed';
    const content = is === undefined ? undefined : blobs.get(is.sha256);
    const mode = modeLine(was, is);
    const there = old.get(path);
    const diff =
      was !== undefined && there === undefined
        ? ['the file that serves could not be read']
        : textDiff({ before: there, after: content }, Math.max(0, Math.min(FILE_LINES, left)));
    left -= diff.length;
    return { path, change, diff: [...mode, ...diff].map(world.redact) };
  });
}

function sameFile(a: ShippedFile | undefined, b: ShippedFile | undefined): boolean {
  return a?.sha256 === b?.sha256 && a?.executable === b?.executable;
}

function modeLine(was: ShippedFile | undefined, is: ShippedFile | undefined): string[] {
  if (was === undefined || is === undefined || was.executable === is.executable) return [];
  return [is.executable ? 'can be executed; could not' : 'can not be executed; could'];
}

/** As they are on that host; one that is not as it was shipped, or can't be read, is left out. */
async function served(
  source: SeenHost | undefined,
  files: readonly ShippedFile[],
): Promise<ReadonlyMap<string, Uint8Array>> {
  const deployment = source?.observed.current?.deployment;
  if (source === undefined || deployment === undefined || files.length === 0) return new Map();
  try {
    const paths = files.map((file) => file.path);
    const contents = await source.host.read(`releases/${deployment}`, paths);
    return new Map(
      files.flatMap((file, index): [string, Uint8Array][] => {
        const content = contents[index];
        return content === undefined || sha256(content) !== file.sha256 ? [] : [[file.path, content]];
      }),
    );
  } catch (error) {
    if (error instanceof HdError) return new Map();
    throw error;
  }
}
