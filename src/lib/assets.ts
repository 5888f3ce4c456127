import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * A folder of static files beside the code: `lab/project` is src/lib/lab/project when hd runs from its source, and
 * dist/lab/project, a copy, when it was built. (A bundle's own place says nothing of the module's.)
 */
export function assets(path: string): string {
  const root = packageRoot(import.meta.dirname);
  const built = import.meta.dirname.startsWith(join(root, 'dist'));
  return join(root, built ? 'dist' : 'src/lib', path);
}

/** The folder of hd's own package.json. */
export function packageRoot(from: string = import.meta.dirname): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (folder === dirname(folder)) throw new Error(`no package.json above ${from}`);
  }
}
