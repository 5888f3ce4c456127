import { readLine } from '../chain.ts';
import { csvLine, harmless, readCsv } from '../csv.ts';
import { count } from '../names.ts';
import type { LedgerEntry } from '../ledger.ts';
import type { Evidence } from './evidence.ts';

interface Line {
  text: string;
  number: number;
  hash: string;
  /** Absent if the text is no entry. */
  entry?: LedgerEntry;
}

type Cell = string | number | boolean | undefined;

/** For people; `line` is the entry as it is in the ledger, and what the others are checked by. New ones come last. */
const CELLS = {
  number: ({ number }) => number,
  at: ({ entry }) => entry?.at,
  kind: ({ entry }) => entry?.kind,
  verb: ({ entry }) => entry?.verb,
  deployment: ({ entry }) => entry?.deployment,
  version: ({ entry }) => entry?.release?.version,
  commit: ({ entry }) => entry?.release?.commit,
  outcome: ({ entry }) => entry?.outcome,
  actor: ({ entry }) => entry?.actor.name,
  proven: ({ entry }) => entry?.actor.proven,
  reason: ({ entry }) => entry?.reason,
  hash: ({ hash }) => hash,
  prev: ({ entry }) => entry?.prev,
  line: ({ text }) => text,
  // What was asked for stands before any deployment: its plan is what a request and its approvals have in common.
  plan: ({ entry }) => entry?.plan,
  approver: ({ entry }) => entry?.approval?.by,
  role: ({ entry }) => entry?.approval?.role,
  meaning: ({ entry }) => entry?.approval?.meaning,
  approved: ({ entry }) => entry?.approval?.at,
  comment: ({ entry }) => entry?.approval?.comment,
  expires: ({ entry }) => entry?.request?.expires,
  incident: ({ entry }) => entry?.breakGlass?.incident,
  emergency: ({ entry }) => entry?.breakGlass?.reason,
  skipped: ({ entry }) => entry?.breakGlass?.gates.join(', '),
  // An entry has one of these: the approver's word, what was asked, or the review of the emergency.
  url: ({ entry }) => entry?.approval?.url ?? entry?.request?.url ?? entry?.breakGlass?.review,
} satisfies Record<string, (line: Line) => Cell>;

const COLUMNS = Object.keys(CELLS);
const END = 'end';

/** @param after how many entries stand before the first */
export function writeCsv(texts: readonly string[], after: number): string {
  const rows = texts.map((text, index) => csvLine(fieldsOf(text, after + index + 1)));
  return [csvLine(COLUMNS), ...rows, csvLine(endOf(texts, after))].join('');
}

/** The last row says what stands before it: without it nobody could tell that rows were cut off. */
function endOf(texts: readonly string[], after: number): string[] {
  const [first, last] = [texts[0], texts.at(-1)].map((text) =>
    text === undefined ? undefined : readLine(text),
  );
  const range = texts.length === 0 ? '' : `, ${after + 1} to ${after + texts.length}`;
  const cells: Partial<Record<string, string | undefined>> = {
    number: END,
    kind: `${count(texts.length, 'entry', 'entries')}${range}`,
    hash: last?.hash,
    prev: first?.entry?.prev,
  };
  return COLUMNS.map((column) => cells[column] ?? '');
}

function fieldsOf(text: string, number: number): string[] {
  const line = { ...readLine(text), text, number };
  return Object.values(CELLS).map((cell) => harmless(String(cell(line) ?? '')));
}

export function isCsv(text: string): boolean {
  return text.startsWith(COLUMNS.slice(0, 3).join(','));
}

/** Every column must say what its entry says: an edited one is a problem, as the entry itself would be. */
export function readCsvExport(text: string): Evidence {
  const rows = readCsv(text);
  const [head = [], ...below] = rows ?? [];
  const closed = below.at(-1)?.[0] === END;
  const body = closed ? below.slice(0, -1) : below;
  const problems: string[] = [];
  if (rows === undefined || head.join() !== COLUMNS.join())
    problems.push('it is no export of a ledger in CSV');
  const texts = body.map((row) => row[COLUMNS.indexOf('line')] ?? '');
  const first = Number(body[0]?.[0] ?? 1);
  const after = Number.isInteger(first) && first > 0 ? first - 1 : 0;
  for (const [index, row] of body.entries()) {
    const number = after + index + 1;
    const wanted = fieldsOf(texts[index] ?? '', number);
    const wrong = COLUMNS.filter((_, column) => row[column] !== wanted[column]);
    if (row.length !== COLUMNS.length || wrong.length > 0)
      problems.push(`row ${number}: ${wrong.join(', ')} is not what its entry says`);
  }
  const end = endOf(texts, after);
  if (!closed) problems.push('its last row, which says how many there are, is not there');
  else if (below.at(-1)?.join('\n') !== end.join('\n'))
    problems.push(
      `its last row says ${below.at(-1)?.[COLUMNS.indexOf('kind')] ?? ''}, and there are ${end[COLUMNS.indexOf('kind')] ?? ''}`,
    );
  const entry = readLine(texts[0] ?? '').entry;
  const prev = after === 0 ? undefined : entry?.prev;
  return {
    environment: entry?.environment ?? '',
    since: { count: after, ...(prev === undefined ? {} : { prev }) },
    copies: [{ host: 'the file', texts }],
    unread: [],
    published: { why: 'not in this file', asked: false },
    problems: problems.slice(0, 20),
    file: true,
    chainOnly: true,
  };
}
