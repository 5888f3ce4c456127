import { canonical, sha256 } from '../canonical.ts';
import { parsed, readLine, splitLedger } from '../chain.ts';
import { commonLength } from '../copies.ts';
import { misfit, type Form } from '../form.ts';
import { count } from '../names.ts';
import type { PublishedHead } from '../publication.ts';
import type { Copy, Evidence, Published } from './evidence.ts';

/** What an export says of itself, besides its evidence. */
export interface ExportAbout {
  app: string;
  hd: string;
  /** RFC 3339, UTC. */
  exportedAt: string;
}

/** The first line of an export. */
interface Header extends ExportAbout {
  type: 'export';
  schemaVersion: 1;
  environment: string;
  /** Numbers of the first and the last entry, and how many lines of the ledger follow this one. */
  first: number;
  last: number;
  count: number;
  /** Of the last entry; and of the one before the first, if that is not the ledger's beginning. */
  head?: string;
  prev?: string;
  hosts: readonly { name: string; entries: number; head?: string }[];
  unread: Evidence['unread'];
}

interface CopyLine {
  type: 'copy';
  host: string;
  /** How many of the export's entries this host's ledger begins with, and what it has after them. */
  same: number;
  lines: readonly string[];
  torn?: string;
}

type TypedLine =
  | Header
  | CopyLine
  | { type: 'journal'; host: string; deployment: string; text: string }
  | { type: 'aside'; host: string; head: string; text: string }
  | ({ type: 'head' } & PublishedHead)
  | { type: 'heads'; why: string; asked: boolean }
  /** The last line: how many stand before it, and the SHA-256 of all of them. */
  | { type: 'end'; lines: number; sha256: string };

/**
 * An export that can be verified without hosts and without a network: a header, every line of the ledger as it is in
 * the file, then what else there is to check it by, a JSON object a line, and the hash of it all.
 * @param texts the story that is exported: that of most hosts
 */
export function writeJsonl(evidence: Evidence, texts: readonly string[], about: ExportAbout): string {
  const { since, copies, environment, unread, published } = evidence;
  const lines = texts.map(readLine);
  const head = lines.at(-1)?.hash;
  const header: Header = {
    ...about,
    type: 'export',
    schemaVersion: 1,
    environment,
    first: since.count + 1,
    last: since.count + texts.length,
    count: texts.length,
    ...(head === undefined ? {} : { head }),
    ...(since.prev === undefined ? {} : { prev: since.prev }),
    hosts: copies.map((copy) => hostOf(copy, since.count)),
    unread,
  };
  const beside = copies.flatMap((copy): TypedLine[] => {
    const { host, torn, setAside = [], journals = new Map<string, string>() } = copy;
    const same = commonLength(copy.texts.map(readLine), lines);
    const rest = copy.texts.slice(same);
    return [
      { type: 'copy', host, same, lines: rest, ...(torn === undefined ? {} : { torn }) },
      ...setAside.map((each) => ({ type: 'aside' as const, host, ...each })),
      ...[...journals].map(([deployment, text]) => ({ type: 'journal' as const, host, deployment, text })),
    ];
  });
  const heads: TypedLine[] =
    'why' in published
      ? [{ type: 'heads', ...published }]
      : published.heads.map((each) => ({ type: 'head', ...each }));
  const all = [written(header), ...texts, ...[...beside, ...heads].map(written)];
  const text = all.map((line) => `${line}\n`).join('');
  return `${text}${written({ type: 'end', lines: all.length, sha256: sha256(text) })}\n`;
}

function hostOf({ host, texts }: Copy, after: number): Header['hosts'][number] {
  const last = texts.at(-1);
  return {
    name: host,
    entries: after + texts.length,
    ...(last === undefined ? {} : { head: readLine(last).hash }),
  };
}

/** Canonical, but that what a host says may hold half of a surrogate pair, which has no canonical form. */
function written(line: TypedLine): string {
  try {
    return canonical(line);
  } catch {
    return JSON.stringify(line);
  }
}

const FORMS: Readonly<Record<TypedLine['type'], Form>> = {
  export: {
    fields: {
      schemaVersion: 'number',
      app: 'text',
      hd: 'text',
      exportedAt: 'text',
      environment: 'text',
      first: 'number',
      last: 'number',
      count: 'number',
      'head?': 'text',
      'prev?': 'text',
      hosts: { list: { fields: { name: 'text', entries: 'number', 'head?': 'text' } } },
      unread: { list: { fields: { host: 'text', why: 'text' } } },
    },
  },
  copy: { fields: { host: 'text', same: 'number', lines: { list: 'text' }, 'torn?': 'text' } },
  journal: { fields: { host: 'text', deployment: 'text', text: 'text' } },
  aside: { fields: { host: 'text', head: 'text', text: 'text' } },
  head: {
    fields: { deployment: 'text', count: 'number', head: 'text', at: 'text', by: 'text', where: 'text' },
  },
  heads: { fields: { why: 'text', asked: 'flag' } },
  end: { fields: { lines: 'number', sha256: 'text' } },
};

/** Reads an export, or a ledger's file as it was on a host; what was done to it is in `problems`. */
export function readJsonl(text: string): Evidence {
  const { texts: all, torn } = splitLedger(text);
  const typed: TypedLine[] = [];
  const texts: string[] = [];
  for (const line of all) {
    const value = typedLine(line);
    if (value === undefined) texts.push(line);
    else typed.push(value);
  }
  const of = <T extends TypedLine['type']>(type: T): Extract<TypedLine, { type: T }>[] =>
    typed.filter((line): line is Extract<TypedLine, { type: T }> => line.type === type);
  const [header] = of('export');
  const environment = header?.environment ?? readLine(texts[0] ?? '').entry?.environment ?? '';
  if (typed.length === 0) return ledgerFile(environment, texts, torn);

  const problems = [
    ...(header === undefined ? ['its first line, the header, is missing'] : headerProblems(header, texts)),
    ...endProblems(all, of('end').at(-1), torn),
  ];
  const copies = of('copy').map((line): Copy => {
    const own = <L extends { host: string }>(lines: readonly L[]): readonly L[] =>
      lines.filter((each) => each.host === line.host);
    return {
      host: line.host,
      texts: [...texts.slice(0, line.same), ...line.lines],
      ...(line.torn === undefined ? {} : { torn: line.torn }),
      setAside: own(of('aside')).map((each) => ({ head: each.head, text: each.text })),
      journals: new Map(own(of('journal')).map((each) => [each.deployment, each.text])),
    };
  });
  const [unasked] = of('heads');
  const published: Published =
    unasked === undefined
      ? { heads: of('head').map(({ type: _, ...head }) => head) }
      : { why: unasked.why, asked: unasked.asked };
  const prev = header?.prev;
  return {
    environment,
    since: { count: (header?.first ?? 1) - 1, ...(prev === undefined ? {} : { prev }) },
    copies: copies.length === 0 ? [{ host: 'the file', texts }] : copies,
    unread: header?.unread ?? [],
    published,
    problems,
    file: true,
  };
}

function typedLine(line: string): TypedLine | undefined {
  const value = parsed(line);
  const type = value?.['type'];
  if (typeof type !== 'string' || !Object.hasOwn(FORMS, type)) return undefined;
  return misfit(value, FORMS[type as TypedLine['type']]) === undefined
    ? (value as unknown as TypedLine)
    : undefined;
}

function ledgerFile(environment: string, texts: readonly string[], torn: string | undefined): Evidence {
  return {
    environment,
    since: { count: 0 },
    copies: [{ host: 'the file', texts, ...(torn === undefined ? {} : { torn }) }],
    unread: [],
    published: { why: 'not in this file', asked: false },
    problems: [],
    file: true,
    chainOnly: true,
  };
}

function headerProblems(header: Header, texts: readonly string[]): string[] {
  const problems: string[] = [];
  if ((header as { schemaVersion: unknown }).schemaVersion !== 1)
    return [`its schemaVersion is ${JSON.stringify(header.schemaVersion)}; this hd knows 1`];
  const there = count(texts.length, 'entry', 'entries');
  if (header.count !== texts.length)
    problems.push(`its header names ${count(header.count, 'entry', 'entries')}, and ${there} are there`);
  const head = texts.length === 0 ? undefined : readLine(texts.at(-1) ?? '').hash;
  if (header.head !== head) problems.push('its last entry is another than the one that the header names');
  return problems;
}

function endProblems(
  all: readonly string[],
  end: Extract<TypedLine, { type: 'end' }> | undefined,
  torn: string | undefined,
): string[] {
  if (end === undefined || torn !== undefined) return ['its end is missing: the file was cut'];
  const before = all.slice(0, -1).map((line) => `${line}\n`);
  const same = end.lines === before.length && end.sha256 === sha256(before.join(''));
  return same ? [] : ['it was changed after it was exported'];
}
