import { child, type Flaw, type Located } from './located.ts';

/**
 * What is wrong with an environment itself. A value that it inherits may be right where it was written and wrong only
 * here: then this environment is named, at a line of its own. What is wrong there already is not said again.
 * @param found of each environment that others inherit from, all flaws by its name
 */
export function ownFlaws(
  name: string,
  environment: Located,
  flaws: readonly Flaw[],
  found: ReadonlyMap<string, readonly Flaw[]>,
): readonly Flaw[] {
  const parent = child(environment, 'extends');
  if (parent?.kind !== 'scalar') return flaws;
  const before = new Set(found.get(String(parent.value))?.map(identity));
  const isOwn = ({ path }: Pick<Flaw, 'path'>): boolean => path[1] === name;
  return flaws
    .filter((flaw) => !before.has(identity(flaw)))
    .map((flaw) => {
      if (isOwn(flaw)) return flaw;
      const { path, beside, message } = flaw;
      const at = beside !== undefined && isOwn(beside) ? beside : parent;
      return {
        ...flaw,
        span: at.span,
        path: [...path.slice(0, 1), name, ...path.slice(2)],
        message: `${message}; inherited from ${String(path[1])}`,
      };
    });
}

function identity({ span, path, message }: Flaw): string {
  return JSON.stringify([span.start, path, message]);
}
