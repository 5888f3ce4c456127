import type { Commit } from '../domain/version.ts';

/** The files of a commit: from the local clone when it has it, else from GitHub (D1). */
export interface Sources {
  /** Undefined if the commit has no such file. */
  read(commit: Commit, path: string): Promise<SourceFile | undefined>;
  /** Every file at or below the path, as paths from the root. */
  list(commit: Commit, path: string): Promise<readonly string[]>;
}

export interface SourceFile {
  content: Uint8Array;
  executable: boolean;
}
