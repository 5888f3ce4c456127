import { child, type Entry, type Flaw, type Located } from './located.ts';
import { nearest } from './nearest.ts';

/**
 * Each environment with what it inherits: maps merge, lists and scalars replace. Values keep the place where
 * they were written. An environment whose `extends` is wrong is left out, and the flaw says why.
 */
export function resolveExtends(environments: ReadonlyMap<string, Entry>): {
  merged: ReadonlyMap<string, Located>;
  flaws: readonly Flaw[];
} {
  const merged = new Map<string, Located>();
  const flaws: Flaw[] = [];
  const failed = new Set<string>();

  const resolve = (name: string, via: readonly string[]): Located | undefined => {
    const done = merged.get(name);
    if (done !== undefined || failed.has(name)) return done;
    const own = environments.get(name)?.value;
    if (own === undefined) return undefined;
    const parent = child(own, 'extends');
    let result: Located | undefined = own;
    if (parent?.kind === 'scalar' && typeof parent.value === 'string') {
      result = inherit(own, parent, parent.value, [...via, name]);
    }
    if (result === undefined) failed.add(name);
    else merged.set(name, result);
    return result;
  };

  const inherit = (
    own: Located,
    at: Located,
    parent: string,
    via: readonly string[],
  ): Located | undefined => {
    if (via.includes(parent)) {
      flaws.push({ ...place(at), message: `goes in a circle: ${[...via, parent].join(' → ')}` });
      return undefined;
    }
    if (!environments.has(parent)) {
      const names = [...environments.keys()].filter((name) => name !== via.at(-1));
      flaws.push({ ...place(at), message: `no such environment, ${parent}`, ...nearest(parent, names) });
      return undefined;
    }
    const base = resolve(parent, via);
    return base === undefined ? undefined : merge(base, own);
  };

  for (const name of environments.keys()) resolve(name, []);
  return { merged, flaws };
}

function place(node: Located): Pick<Flaw, 'span' | 'path'> {
  return { span: node.span, path: node.path };
}

function merge(base: Located, own: Located): Located {
  if (base.kind !== 'map' || own.kind !== 'map') return own;
  const entries = new Map(base.entries);
  for (const [name, entry] of own.entries) {
    const inherited = base.entries.get(name);
    entries.set(
      name,
      inherited === undefined ? entry : { key: entry.key, value: merge(inherited.value, entry.value) },
    );
  }
  return { ...own, entries };
}
