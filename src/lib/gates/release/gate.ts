import type { Commit, Tag, Version } from '../../domain/version.ts';
import type { Gate } from '../gate.ts';
import type { CommitCheck, GitHubCommit, GitHubTag } from '../../ports.ts';

/** Everything that the gates of a release judge by, observed beforehand: a gate asks nobody. */
export interface ReleaseFacts {
  version: Version;
  tag: Tag;
  commit: GitHubCommit;
  /** The branch that is released from, and where it is on GitHub. */
  branch: { name: string; head: Commit };
  /** A branch other than the release branch of hd.yml: a maintenance line. */
  maintenance: boolean;
  /** Where the commit stands on the branch. */
  position: 'head' | 'behind' | 'elsewhere';
  /** The tag, if it is there already. */
  existing?: GitHubTag;
  /** Every version that was released, in no order; the one to be released is among them if it was. */
  releases: readonly Version[];
  /** Of the commit, without those of the release workflow itself. */
  checks: readonly CommitCheck[];
  /** Set if checks still ran when the waiting for them ended. */
  waitedMs?: number;
  workflow: {
    file: string;
    /** GitHub was told not to run it. */
    disabled: boolean;
    /** The file at that commit; undefined if it has none. */
    text: string | undefined;
  };
  /** For times of day. */
  zone: string;
  now: number;
}

export type ReleaseGate = Gate<ReleaseFacts>;
