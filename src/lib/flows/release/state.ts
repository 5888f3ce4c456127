import { shortDigest } from '../../domain/release.ts';
import {
  parseVersion,
  shortCommit,
  tagOf,
  type Commit,
  type Tag,
  type Version,
} from '../../domain/version.ts';
import type { GitHubRelease, GitHubTag, WorkflowJob, WorkflowRun } from '../../ports.ts';
import type { GateVerdict } from '../../gates/release/index.ts';
import type { FoundImage, Proof } from './images.ts';
import type { ReleaseRequest } from './world.ts';

/** How far a release has come: what this command found, made and proved. Grows; nothing is taken back. */
export interface ReleaseState {
  /** Flags to repeat in commands that go on with this release, or make another from the same place. */
  flags: { here: readonly string[]; line: readonly string[] };
  /** What stands for the version until it is known: `--bump minor`. */
  asked: readonly string[];
  version?: Version;
  /** What can be released instead, if this version can't. */
  free?: Version;
  tag?: Tag;
  commit?: Commit;
  login?: string;
  verdicts: readonly GateVerdict[];
  /** The tag as it was before. */
  existing?: GitHubTag;
  /** `made` by this command, `kept` from an earlier one. */
  tagIs: 'absent' | 'unknown' | 'kept' | 'made';
  run?: { run: WorkflowRun; jobs: readonly WorkflowJob[] };
  /** The run had failed, and this command let it run again. */
  rerun: boolean;
  images?: readonly FoundImage[];
  proofs: Proof[];
  release?: GitHubRelease;
  /** What this command made of the GitHub Release. */
  published: readonly ('release' | 'manifest')[];
  durationsMs: { gates?: number; tag?: number; run?: number; prove?: number };
}

export function newState(request: ReleaseRequest): ReleaseState {
  const { version, bump, pre } = request;
  const asked = [
    version ?? [],
    bump === undefined ? [] : ['--bump', bump],
    pre === undefined ? [] : ['--pre', pre],
  ];
  const line = request.branch === undefined ? [] : ['--branch', request.branch];
  const here = request.commit === undefined ? line : [...line, '--commit', request.commit];
  const known = version === undefined || pre !== undefined ? undefined : parseVersion(version);
  return {
    ...(known !== undefined && { version: known, tag: tagOf(known) }),
    asked: asked.flat(),
    flags: { here, line },
    verdicts: [],
    tagIs: 'absent',
    rerun: false,
    proofs: [],
    published: [],
    durationsMs: {},
  };
}

/** What this command changed, in words; empty if nothing. */
export function changes(state: ReleaseState): readonly string[] {
  const { tag = '' } = state;
  return [
    ...(state.tagIs === 'made' ? [`tag ${tag}`] : []),
    ...(state.tagIs === 'made' || state.rerun ? (state.images ?? []).flatMap(imageName) : []),
    ...(state.published.includes('release') ? [`GitHub Release ${tag}`] : []),
    ...(state.published.includes('manifest') && !state.published.includes('release')
      ? ['manifest.json']
      : []),
  ];
}

/** What there is of the release now, whoever made it: `tag v1.4.0 at 8c3f2e1 exists; no image, no GitHub Release`. */
export function remains(state: ReleaseState): string {
  const { tag = '', commit = '' } = state;
  if (state.tagIs === 'absent') return 'nothing was created';
  if (state.tagIs === 'unknown') return `whether tag ${tag} exists is not known`;
  const images = state.images?.flatMap(imageName);
  const image = images === undefined ? [] : images.length === 0 ? ['no image'] : images;
  const release = state.release === undefined ? 'no GitHub Release' : `GitHub Release ${tag}`;
  const rest = state.images === undefined ? [] : [...image, release];
  return [`tag ${tag} at ${shortCommit(commit)} exists`, rest.join(', ')]
    .filter((part) => part !== '')
    .join('; ');
}

function imageName(image: FoundImage): string[] {
  return image.resolved === undefined ? [] : [`image ${shortDigest(image.resolved.digest)}`];
}

/** The command that does the same again, or goes on. */
export function again(state: ReleaseState): string[] {
  return [
    'hd',
    'release',
    ...(state.version === undefined ? state.asked : [state.version]),
    ...state.flags.here,
  ];
}

/** The command that releases another version of the same line. */
export function instead(state: ReleaseState, version: Version): string[] {
  return ['hd', 'release', version, ...state.flags.line];
}
