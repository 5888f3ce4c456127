import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Every ref of a repository → what it points to, in the order of their names; read as git itself reads them, the
 * loose ones before the packed ones, which they win over (gitrepository-layout(5), git-pack-refs(1)).
 */
export async function readRefs(path: string): Promise<Map<string, string>> {
  const loose = await Promise.all((await looseNames(path)).map((name) => looseRef(path, name)));
  const packed = await readFile(join(path, 'packed-refs'), 'utf8').catch(absent);
  const lines = [...(packed ?? '').matchAll(/^([0-9a-f]{40}) (refs\/.+)$/gm)];
  const refs = new Map([...lines.map(([, sha = '', name = '']) => [name, sha] as const), ...loose.flat()]);
  return new Map([...refs].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A folder may go away while it is looked at: git removes empty ones. */
async function looseNames(path: string, folder = 'refs'): Promise<string[]> {
  const found = (await readdir(join(path, folder), { withFileTypes: true }).catch(absent)) ?? [];
  const names = found
    .filter(({ name }) => !name.endsWith('.lock'))
    .map(async (each) => {
      const name = `${folder}/${each.name}`;
      return each.isDirectory() ? looseNames(path, name) : [name];
    });
  return (await Promise.all(names)).flat();
}

/** Nothing for one that went away meanwhile. */
async function looseRef(path: string, name: string): Promise<[name: string, sha: string][]> {
  const text = await readFile(join(path, name), 'utf8').catch(absent);
  const sha = /^([0-9a-f]{40})\n$/.exec(text ?? '')?.[1];
  return sha === undefined ? [] : [[name, sha]];
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
