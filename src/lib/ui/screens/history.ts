import type { LedgerEntry } from '../../domain/ledger.ts';
import { actorsOf, type Past } from '../../domain/past.ts';
import { releaseName } from '../../domain/release.ts';
import { count } from '../../domain/names.ts';
import { duration, offset, time } from '../../domain/values.ts';
import type { View } from '../view.ts';
import type { StatusContext } from './status.ts';

/** A reason that is longer stands below its row, whole: beside it the table would not fit into 80 columns. */
const ROOM = 16;
const SHOWN = 20;

/** What `hd history` found out; as src/lib/flows/past.ts gives it. */
export interface HistoryTold {
  environment: string;
  past: readonly Past[];
  state: {
    entries: number;
    head?: string;
    whole: boolean;
    same: number;
    of: number;
    remarks: readonly string[];
  };
}

/** What was done to an environment, newest first (screens.md, 14). What has no end was left by its operator. */
export function historyView(
  { environment, past, state }: HistoryTold,
  all: boolean,
  context: StatusContext,
): View[] {
  const shown = all ? past : past.slice(0, SHOWN);
  const older = past.length - shown.length;
  const head = ['ID', 'WHEN', 'WHAT', 'OUTCOME', 'BY', 'TOOK, OR WHY NOT'];
  return [
    {
      kind: 'header',
      parts: [
        environment,
        `${context.app}, ${context.repository}`,
        `times in ${offset(context.now, context.zone)}`,
      ],
    },
    { kind: 'table', table: { head, rows: shown.map((each) => rowOf(each, all, context)) } },
    ...(older > 0
      ? [{ kind: 'text', lines: [`  ${older} older: hd history ${environment} --all`] } as const]
      : []),
    { kind: 'facts', facts: [ledgerFact(environment, state)] },
  ];
}

function rowOf(
  past: Past,
  all: boolean,
  { zone, now }: StatusContext,
): { cells: string[]; more?: readonly string[] } {
  const { entry, words, from, outcome } = past;
  const what = whatOf(entry, (at) => time(at, zone, now));
  const why = whyOf(entry);
  const below = [
    ...(why.length > ROOM ? [why] : []),
    ...words.flatMap(agreedText),
    ...(all || outcome !== 'refused' ? (entry.evidence ?? []) : []),
  ];
  return {
    cells: [
      entry.deployment ?? '·',
      time(Date.parse(entry.at), zone, now),
      from.length === 0 ? what : `${from.join(', ')} → ${what}`,
      outcome,
      actorsOf(past).join(', '),
      why.length > ROOM ? '' : why,
    ],
    ...(below.length === 0 ? {} : { more: below }),
  };
}

/** How long it took, or why not; what stands for itself says what it came to. */
function whyOf({ reason, durationsMs, kind, checks, request }: LedgerEntry): string {
  if (reason !== undefined) return reason;
  if (kind === 'verified' && checks !== undefined) return `${checks.passed} of ${count(checks.of, 'check')}`;
  if (request !== undefined) return `issue #${request.issue}`;
  const took = durationsMs?.['serving'];
  return took === undefined ? '' : duration(took);
}

/** Who agreed to it, and what was skipped instead. */
function agreedText({ approval, breakGlass, kind }: LedgerEntry): string[] {
  const agreed = kind !== 'approved' || approval === undefined ? [] : [approval];
  return [
    ...agreed.map(({ by, role, comment }) => `${by} (${role}) agreed: "${oneLine(comment)}"`),
    ...(breakGlass === undefined
      ? []
      : [
          `break-glass for ${oneLine(breakGlass.incident)}: "${oneLine(breakGlass.reason)}"; skipped ${breakGlass.gates.join(', ')}`,
        ]),
  ];
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

function whatOf(entry: LedgerEntry, clock: (at: number) => string): string {
  if (entry.keep !== undefined) return `keeps ${entry.keep}`;
  if (entry.until !== undefined) return `until ${clock(Date.parse(entry.until))}`;
  return entry.release === undefined ? '' : releaseName(entry.release);
}

/** Computed from what every host has, and never said of one that was not read. */
function ledgerFact(
  environment: string,
  { entries, head, whole, same, of, remarks }: HistoryTold['state'],
): { label: string; text: string; more?: readonly string[] } {
  const label = 'ledger';
  if (entries === 0 && remarks.length === 0) return { label, text: 'empty' };
  const chain = whole ? 'chain whole' : 'chain broken';
  const parts = [
    count(entries, 'entry', 'entries'),
    chain,
    ...(head === undefined ? [] : [`head ${head.slice(0, 12)}`]),
    `same on ${same} of ${count(of, 'host')}`,
  ];
  const more = remarks.length === 0 ? [] : [...remarks, `look: hd audit verify ${environment}`];
  return { label, text: parts.join(', '), ...(more.length === 0 ? {} : { more }) };
}
