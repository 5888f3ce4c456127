import type { Digest } from './release.ts';
import type { Commit } from './version.ts';

/** What a plan would change, in a form that a person can judge; the plan's file and the request for approval tell it. */
export interface PlanStory {
  /** Since the release that serves; absent if nothing known serves, or GitHub could not be asked. */
  commits?: {
    from: Commit;
    to: Commit;
    total: number;
    /** Oldest first, 250 at the most. */
    list: readonly { sha: Commit; title: string; author: string }[];
    /** The release lies behind what serves: these are taken back. */
    back?: true;
  };
  pulls: readonly { number: number; title: string; url: string; author: string }[];
  images: readonly { service: string; repository: string; from?: Digest; to: Digest }[];
  /** Files that are shipped and differ from those that serve: lines of a unified diff, nothing interpolated. */
  files: readonly { path: string; change: 'added' | 'removed' | 'changed'; diff: readonly string[] }[];
  /** By stage and in all, as long as the last ones took; absent for what was never done. Milliseconds. */
  expectedMs: Readonly<Record<string, number>>;
  /** What a failure would go back to. */
  wayBack?: { name: string; expectedMs?: number };
}
