import type { LedgerLine } from '../../domain/ledger.ts';
import { releaseName } from '../../domain/release.ts';
import { duration, offset, time } from '../../domain/values.ts';
import type { View } from '../view.ts';
import type { StatusContext } from './status.ts';

/** A reason that is longer stands below its row, whole: beside it the table would not fit into 80 columns. */
const ROOM = 16;

/** What was done to an environment, newest first (screens.md, 14). What has no end was left by its operator. */
export function historyView(
  environment: string,
  lines: readonly LedgerLine[],
  all: boolean,
  context: StatusContext,
): View[] {
  const finished = new Set(
    lines.flatMap(({ entry }) => (entry.kind === 'finished' ? [entry.deployment] : [])),
  );
  const from = new Map(
    lines.flatMap(({ entry }) => (entry.kind === 'started' ? [[entry.deployment, entry] as const] : [])),
  );
  const told = lines
    .filter(({ entry }) => entry.kind !== 'started' || !finished.has(entry.deployment))
    .reverse();
  const shown = all ? told : told.slice(0, 20);
  const rows = shown.map(({ entry }) => {
    const before = [...new Set(Object.values(from.get(entry.deployment)?.from ?? {}))].join(', ');
    const to = entry.release === undefined ? '' : releaseName(entry.release);
    const outcome = entry.outcome ?? (entry.kind === 'started' ? 'no end' : entry.kind);
    const took = entry.durationsMs?.['serving'];
    const why = entry.reason ?? (took === undefined ? '' : duration(took));
    const below = why.length > ROOM;
    return {
      cells: [
        entry.deployment ?? '·',
        time(Date.parse(entry.at), context.zone, context.now),
        before === '' ? to : `${before} → ${to}`,
        outcome,
        entry.actor.name,
        below ? '' : why,
      ],
      ...(below ? { more: [why] } : {}),
    };
  });
  const head = ['ID', 'WHEN', 'WHAT', 'OUTCOME', 'BY', 'TOOK, OR WHY NOT'];
  const older = told.length - shown.length;
  const last = lines.at(-1);
  return [
    {
      kind: 'header',
      parts: [
        environment,
        `${context.app}, ${context.repository}`,
        `times in ${offset(context.now, context.zone)}`,
      ],
    },
    { kind: 'table', table: { head, rows } },
    ...(older > 0
      ? [{ kind: 'text', lines: [`  ${older} older: hd history ${environment} --all`] } as const]
      : []),
    {
      kind: 'facts',
      facts: [
        {
          label: 'ledger',
          text: last === undefined ? 'empty' : `${lines.length} entries, head ${last.hash.slice(0, 12)}`,
        },
      ],
    },
  ];
}
