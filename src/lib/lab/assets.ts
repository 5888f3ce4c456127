import { existsSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';

/** The folder that holds package.json: this module is below it, in src or bundled in dist. */
function packageRoot(): string {
  let dir = import.meta.dirname;
  while (!existsSync(join(dir, 'package.json'))) {
    const parent = dirname(dir);
    if (parent === dir) throw new Error(`no package.json above ${import.meta.dirname}`);
    dir = parent;
  }
  return dir;
}

function built(): boolean {
  return `${import.meta.dirname}${sep}`.startsWith(join(packageRoot(), 'dist') + sep);
}

/** The lab's own files: `images` (what a lab host is made of), `project` (the sample project). */
export function asset(...path: string[]): string {
  return join(packageRoot(), built() ? 'dist' : join('src', 'lib'), 'lab', ...path);
}

/** What node runs as the lab's GitHub. */
export function emulatorEntry(): string {
  return built() ? asset('github.js') : asset('github', 'main.ts');
}

/** What node runs as `hd`. */
export function hdEntry(): string {
  return join(packageRoot(), 'bin', 'run.js');
}

/** What node runs as `hd` in the lab's shell and jobs: hd from its source, if that is what brought the lab up. */
export function labEntry(): string {
  const source = join(packageRoot(), 'bin', 'dev.js');
  return process.argv[1] === source ? source : hdEntry();
}
