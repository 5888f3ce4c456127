import { UsageError } from '../../domain/errors.ts';
import { tagOf, type Commit, type Version } from '../../domain/version.ts';
import { greatest, releasesOfLine, type ReleaseFacts } from '../../gates/release/index.ts';
import type { CommitCheck } from '../../ports.ts';
import { settledChecks } from './checks.ts';
import { newestFinal, releasedVersions, wantedVersion } from './version.ts';
import type { ReleaseRequest, ReleaseWorld } from './world.ts';

/** What was seen before anything is done. */
export interface Observed {
  facts: ReleaseFacts;
  /** The login that the token proves. */
  login: string | undefined;
  /** The release before this one in its line, and how many commits lie between. */
  previous?: { version: Version; commits: number };
}

/** How far back `--bump` on a maintenance line looks for that line's newest release. */
const LINE_DEPTH = 20;

/**
 * Reads everything that the gates judge by, in parallel where one answer does not need another.
 * Says the header as soon as it is known what is going to be released.
 */
export async function observe(request: ReleaseRequest, world: ReleaseWorld): Promise<Observed> {
  const { github, config, clock, reporter } = world;
  const branch = request.branch ?? config.release.branch;
  const file = config.release.workflow;
  const [login, tags, head] = await Promise.all([github.viewer(), github.tags(), github.branchHead(branch)]);
  const name = `${github.repository.owner}/${github.repository.name}`;
  if (head === undefined)
    throw new UsageError(
      `${name} has no branch ${branch}`,
      'a branch with --branch, or release.branch in hd.yml',
    );

  const releases = releasedVersions(tags);
  const commits = new Map(tags.map(({ tag, commit }) => [tag, commit]));
  const maintenance = branch !== config.release.branch;
  const base =
    request.bump === undefined || !maintenance
      ? newestFinal(releases)
      : await newestReachable(world, releases, commits, head);
  const version = wantedVersion(request, releases, base);
  const tag = tagOf(version);
  reporter.event({ type: 'header', verb: `release ${tag}`, parts: [name, login ?? []].flat() });

  const asked = request.commit ?? head;
  const [commit, existing] = await Promise.all([github.commit(asked), github.tag(tag)]);
  if (commit === undefined) throw new UsageError(`${name} has no commit ${asked}`);

  const before = greatest(
    releasesOfLine(version, releases, maintenance).filter((other) => tagOf(other) !== tag),
  );
  const from = before === undefined ? undefined : commits.get(tagOf(before));
  const [position, ahead, state, text, checks] = await Promise.all([
    positionOf(world, commit.sha, head),
    from === undefined ? undefined : github.compare(from, commit.sha),
    github.workflow(file),
    github.readFile(commit.sha, `.github/workflows/${file}`),
    existing === undefined
      ? settledChecks(request, world, () => othersChecks(world, commit.sha))
      : { checks: [] },
  ]);

  return {
    login,
    ...(before !== undefined &&
      ahead !== undefined && { previous: { version: before, commits: ahead.aheadBy } }),
    facts: {
      version,
      tag,
      commit,
      branch: { name: branch, head },
      maintenance,
      position,
      ...(existing !== undefined && { existing }),
      releases,
      ...checks,
      workflow: {
        file,
        disabled: state?.active === false,
        text: text === undefined ? undefined : new TextDecoder().decode(text.content),
      },
      zone: world.zone,
      now: clock.now(),
    },
  };
}

async function positionOf(
  { github }: ReleaseWorld,
  commit: Commit,
  head: Commit,
): Promise<ReleaseFacts['position']> {
  if (commit === head) return 'head';
  const { status } = await github.compare(commit, head);
  return status === 'ahead' || status === 'identical' ? 'behind' : 'elsewhere';
}

/** The run that a tag starts reports on its commit too; an earlier one must not stop the next. */
async function othersChecks(world: ReleaseWorld, commit: Commit): Promise<readonly CommitCheck[]> {
  const checks = await world.github.checks(commit);
  return checks.filter((check) => check.workflow !== world.config.release.workflow);
}

/** The newest release that the maintenance branch contains. */
async function newestReachable(
  { github }: ReleaseWorld,
  releases: readonly Version[],
  commits: ReadonlyMap<string, Commit>,
  head: Commit,
): Promise<Version | undefined> {
  const left = [...releases];
  for (let tries = 0; tries < LINE_DEPTH; tries += 1) {
    const version = newestFinal(left);
    const commit = version === undefined ? undefined : commits.get(tagOf(version));
    if (version === undefined || commit === undefined) return undefined;
    const { status } = await github.compare(commit, head);
    if (status === 'ahead' || status === 'identical') return version;
    left.splice(left.indexOf(version), 1);
  }
  throw new UsageError(
    'the newest release of this branch was not found',
    'the version itself: hd release 1.4.1',
  );
}
