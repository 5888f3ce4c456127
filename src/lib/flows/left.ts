import { Exit } from '../domain/exit.ts';
import { foldHosts } from '../domain/names.ts';
import { releaseName } from '../domain/release.ts';
import type { EndBlock } from '../domain/verdict.ts';
import type { Told } from './told.ts';

/** What a deployment knows while it runs: what each host serves, as far as was seen. */
export type InFlight = Pick<Told, 'environment' | 'plan' | 'actor' | 'deployment' | 'begun'> & {
  serves: ReadonlyMap<string, string>;
};

/** The second Ctrl-C: what is known at this moment. The hosts' steps go on by themselves, and nobody looks. */
export function leftBlock({ environment, plan, actor, deployment, begun, serves }: InFlight): EndBlock {
  const unsure = [...begun].filter((name) => serves.get(name) !== releaseName(plan.release));
  const known = new Map([...serves].filter(([name]) => !unsure.includes(name)));
  const parts = [
    ...(known.size === 0 ? [] : [servedNow(known)]),
    ...(unsure.length === 0 ? [] : [`${foldHosts(unsure)} not known`]),
  ];
  const why =
    unsure.length > 0 ? `${foldHosts(unsure)} was left while it was switching` : 'nothing was verified';
  return {
    facts: [
      { label: 'lock', text: 'runs out in 30s' },
      { label: 'record', text: `${deployment}, left by ${actor.name}` },
    ],
    verdict: {
      mark: 'warn',
      outcome: 'interrupted',
      headline: `${environment.name} serves ${parts.join(', ')}`,
      exit: Exit.interrupted,
      rows: [
        ...(begun.size === 0 ? [] : [{ label: 'safe', text: `not known: ${why}` }]),
        { label: 'next', commands: [{ command: ['hd', 'status', environment.name] }] },
      ],
    },
  };
}

/** `v1.4.0 on prod-1, v1.3.2 on prod-2..3`. */
export function servedNow(serves: ReadonlyMap<string, string>): string {
  const groups = Map.groupBy(serves, ([, name]) => name);
  return [...groups]
    .map(([name, hosts]) => `${name} on ${foldHosts(hosts.map(([host]) => host))}`)
    .join(', ');
}
