import { readLine } from '../chain.ts';
import { csvLine, harmless, readCsv } from '../csv.ts';
import type { Evidence } from './evidence.ts';

/** For people; `line` is the entry as it is in the ledger, and what the others are checked by. */
const COLUMNS = [
  'number',
  'at',
  'kind',
  'verb',
  'deployment',
  'version',
  'commit',
  'outcome',
  'actor',
  'proven',
  'reason',
  'hash',
  'prev',
  'line',
] as const;

/** @param after how many entries stand before the first */
export function writeCsv(texts: readonly string[], after: number): string {
  const rows = texts.map((text, index) => csvLine(fieldsOf(text, after + index + 1)));
  return [csvLine(COLUMNS), ...rows].join('');
}

function fieldsOf(text: string, number: number): string[] {
  const { entry, hash } = readLine(text);
  const actor = entry?.actor;
  const fields = [
    String(number),
    entry?.at,
    entry?.kind,
    entry?.verb,
    entry?.deployment,
    entry?.release?.version,
    entry?.release?.commit,
    entry?.outcome,
    actor?.name,
    actor?.proven,
    entry?.reason,
    hash,
    entry?.prev,
    text,
  ];
  return fields.map((value) => harmless(value === undefined ? '' : String(value)));
}

export function isCsv(text: string): boolean {
  return text.startsWith(COLUMNS.slice(0, 3).join(','));
}

/** Every column must say what its entry says: an edited one is a problem, as the entry itself would be. */
export function readCsvExport(text: string): Evidence {
  const rows = readCsv(text);
  const [head = [], ...body] = rows ?? [];
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
