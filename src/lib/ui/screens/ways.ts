import { releaseName, type Release } from '../../domain/release.ts';
import type { WayBack } from '../../domain/reports.ts';
import { time } from '../../domain/values.ts';
import type { Mark } from '../../domain/verdict.ts';
import type { View } from '../view.ts';

/** What one can go back to; impossible rows come last, each with its reason below it, however long. */
export function waysView(
  environment: string,
  serves: Release | undefined,
  ways: readonly WayBack[],
  zone: string,
  now: number,
): View[] {
  const rows = ways.map((way) => ({
    mark: markOf(way),
    cells: [
      way.name,
      way.confirmedAt === undefined ? 'never' : time(Date.parse(way.confirmedAt), zone, now),
      way.image,
      way.possible ? way.text : '',
    ],
    ...(way.possible ? {} : { more: [way.text] }),
  }));
  const chosen = ways.find((way) => way.chosen);
  return [
    { kind: 'header', parts: [`roll back ${environment}`], at: now },
    {
      kind: 'facts',
      facts: [{ label: 'serves', text: serves === undefined ? 'nothing known' : releaseName(serves) }],
    },
    ...(rows.length === 0
      ? [{ kind: 'text', lines: ['  nothing was confirmed here before'] } as const]
      : [{ kind: 'table', table: { head: ['BACK TO', 'CONFIRMED', 'IMAGE', ''], rows } } as const]),
    ...(chosen === undefined
      ? []
      : [
          {
            kind: 'facts',
            facts: [{ label: 'next', text: `hd rollback ${environment} --to ${chosen.name}` }],
          } as const,
        ]),
  ];
}

function markOf({ possible, chosen }: WayBack): Mark {
  if (!possible) return 'fail';
  return chosen ? 'ok' : 'idle';
}
