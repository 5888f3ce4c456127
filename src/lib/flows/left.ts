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
  const now = new Map([...serves].map(([name, what]) => [name, unsure.includes(name) ? NOT_KNOWN : what]));
  const why =
    unsure.length > 0
      ? `${foldHosts(unsure)} ${unsure.length > 1 ? 'were left in the switch' : 'was left while it was switching'}`
      : 'nothing was verified';
  return {
    facts: [
      { label: 'lock', text: 'runs out in 30s' },
      { label: 'record', text: `${deployment}, left by ${actor.name}` },
    ],
    verdict: {
      mark: 'warn',
      outcome: 'interrupted',
      headline: servedNow(environment.name, now),
      exit: Exit.interrupted,
      rows: [
        ...(begun.size === 0 ? [] : [{ label: 'safe', text: `not known: ${why}` }]),
        { label: 'next', commands: [{ command: ['hd', 'resume', environment.name] }] },
      ],
    },
  };
}

/** What a host serves while it is being switched. */
export const NOT_KNOWN = 'not known';

/** `prod serves v1.4.0 on prod-1, v1.3.2 on prod-2..3`; a host that is being switched is not known. */
export function servedNow(environment: string, serves: ReadonlyMap<string, string>): string {
  const groups = Map.groupBy(serves, ([, name]) => name);
  if (groups.size === 1 && groups.has(NOT_KNOWN)) return `what ${environment} serves is not known`;
  const parts = [...groups].map(([name, entries]) => {
    const hosts = foldHosts(entries.map(([host]) => host));
    return name === NOT_KNOWN ? `${hosts} not known` : `${name} on ${hosts}`;
  });
  return `${environment} serves ${parts.sort((a, b) => Number(a.endsWith(NOT_KNOWN)) - Number(b.endsWith(NOT_KNOWN))).join(', ')}`;
}
