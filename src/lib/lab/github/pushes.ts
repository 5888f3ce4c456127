import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Git } from './git.ts';
import type { Push } from './runner.ts';
import type { Store } from './store.ts';

/** Notices refs that were added or moved, whoever did it: the API, or a push to the repository's path. */
export class Pushes {
  private readonly git: Git;
  private readonly store: Store;
  private readonly onPush: (push: Push) => Promise<void>;
  private looking: Promise<void> = Promise.resolve();

  constructor(git: Git, store: Store, onPush: (push: Push) => Promise<void>) {
    this.git = git;
    this.store = store;
    this.onPush = onPush;
  }

  /**
   * Compares the refs with those of the last look, one look at a time.
   * @param silent what changed was done with a job's token, and starts nothing
   */
  look(actor: string, silent = false): Promise<void> {
    const next = this.looking.then(() => this.compare(actor, silent));
    this.looking = next.catch(() => undefined);
    return next;
  }

  private async compare(actor: string, silent: boolean): Promise<void> {
    const { state } = this.store;
    const before = state.refs;
    const now = Object.fromEntries(await this.git.refs());
    const moved = Object.entries(now).filter(([ref, sha]) => before?.[ref] !== sha);
    if (before !== undefined && moved.length === 0 && Object.keys(before).length === Object.keys(now).length)
      return;
    state.refs = now;
    this.store.changed();
    // the first look finds what was there before the lab
    if (before === undefined || silent) return;
    for (const [ref, sha] of moved) await this.onPush({ ref, before: before[ref] ?? null, sha, actor });
  }
}

/** Makes a push to the repository tell the emulator; a push succeeds also while there is none. */
export async function installHook(git: Git, origin: string): Promise<void> {
  const program = `fetch(${JSON.stringify(`${origin}/_lab/pushed`)},{method:'POST'}).catch(()=>{})`;
  const text = `#!/bin/sh\nexec ${quote(process.execPath)} -e ${quote(program)} >/dev/null 2>&1 </dev/null\n`;
  await writeFile(join(git.path, 'hooks', 'post-receive'), text, { mode: 0o755 });
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
