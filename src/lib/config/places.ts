import type { Config, Environment } from '../domain/environment.ts';
import { child, type Flaw, type Located } from './located.ts';

/**
 * Two environments that are one place on a host would replace each other, and take each other's releases for their
 * own to go back to: each has a directory and a compose project of its own.
 * @param tree of the whole file, whose environments are those of the config
 */
export function placeFlaws({ environments }: Config, tree: Located): readonly Flaw[] {
  const all = child(tree, 'environments');
  const before: Environment[] = [];
  return Object.values(environments).flatMap((environment) => {
    const found = before.map((other) => clash(environment, other)).find((each) => each !== undefined);
    before.push(environment);
    if (found === undefined || all?.kind !== 'map') return [];
    const key = all.entries.get(environment.name)?.key ?? all.span;
    return [{ span: key, path: [...all.path, environment.name], ...found }];
  });
}

function clash(one: Environment, other: Environment): Pick<Flaw, 'message' | 'write'> | undefined {
  const host = one.hosts.find(({ name }) => other.hosts.some((each) => each.name === name))?.name;
  if (host === undefined) return undefined;
  const lacks = [
    ...(one.directory === other.directory ? [`directory: ${one.directory}-${one.name}`] : []),
    ...(one.project === other.project ? [`project: ${one.project}-${one.name}`] : []),
  ];
  if (lacks.length === 0) return undefined;
  const where = one.directory === other.directory ? `in ${one.directory}` : `as project ${one.project}`;
  return {
    message: `${host} has ${other.name} ${where} already`,
    write: lacks.join(', '),
  };
}
