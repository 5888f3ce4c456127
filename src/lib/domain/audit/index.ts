import { storyOf } from '../story.ts';
import { count } from '../names.ts';
import type { Fact } from '../verdict.ts';
import { asideRows } from './aside.ts';
import type { Evidence } from './evidence.ts';
import { headRows } from './heads.ts';
import { journalRows } from './journals.ts';
import { signatureRows } from './signatures.ts';
import { chainRows, copyRows, variantsOf, type Variants } from './variants.ts';

/** What an audit of one environment came to. */
export interface Audit {
  environment: string;
  /** Rows as they are shown: ✗ is wrong, ! was not checked or is worth a look. */
  rows: readonly Fact[];
  wrong: boolean;
  /** Of the story that was audited: what stands before an exported part included. */
  entries: number;
  head?: string;
  /** Entries at the end whose hash nobody published yet; undefined if that is not known. */
  unpublished?: number;
  hosts: readonly AuditedHost[];
  /** A fork: a host of each story, the longest first. */
  fork: readonly string[];
  unread: Evidence['unread'];
  /** It was read from a file. */
  file: boolean;
}

export interface AuditedHost {
  name: string;
  entries: number;
  head?: string;
  whole: boolean;
}

/** @param options.requireSignatures a finished entry without a signature is wrong */
export function audit(evidence: Evidence, options: { requireSignatures: boolean }): Audit {
  const { environment, unread, since } = evidence;
  const problems = evidence.problems.map((text): Fact => ({ mark: 'fail', label: 'file', text }));
  const variants = variantsOf(evidence);
  const hosts = variants === undefined ? [] : hostsOf(variants, evidence);
  const entries = since.count + (variants?.main.chain.lines.length ?? 0);
  const nothing = variants === undefined || (entries === 0 && torn(evidence).length === 0);
  const judged = nothing
    ? { rows: emptyRows(evidence) }
    : judge(variants, evidence, options.requireSignatures);
  const rows = [...problems, ...judged.rows];
  const head = variants?.main.chain.lines.at(-1)?.hash;
  return {
    environment,
    rows,
    wrong: rows.some((row) => row.mark === 'fail'),
    entries,
    ...(head === undefined ? {} : { head }),
    ...(judged.unpublished === undefined ? {} : { unpublished: judged.unpublished }),
    hosts,
    fork: variants === undefined ? [] : forkOf(variants),
    unread,
    file: evidence.file === true,
  };
}

const CHAIN_ONLY: Fact = {
  mark: 'idle',
  label: 'rest',
  text: 'copies, journals and published heads are not in this file',
};

function judge(
  variants: Variants,
  evidence: Evidence,
  required: boolean,
): { rows: Fact[]; unpublished?: number } {
  const { chain } = variants.main;
  const story = storyOf(chain);
  const published = headRows(variants, evidence);
  const said = (texts: readonly string[], mark: 'fail' | 'warn'): Fact[] =>
    texts.map((text) => ({ mark, label: 'story', text }));
  const besideRows = (): Fact[] => [
    ...journalRows(chain, evidence),
    ...asideRows(chain, evidence),
    ...published.rows,
  ];
  return {
    ...published,
    rows: [
      ...chainRows(variants, evidence),
      ...(evidence.chainOnly === true ? [] : copyRows(variants, evidence)),
      ...said(story.wrong, 'fail'),
      ...said(story.remarks, 'warn'),
      ...(evidence.chainOnly === true ? [CHAIN_ONLY] : besideRows()),
      ...signatureRows(chain, evidence, required),
    ],
  };
}

function emptyRows({ copies, unread, published }: Evidence): Fact[] {
  const label = 'ledger';
  const heads = 'heads' in published ? published.heads : [];
  const newest = heads.toSorted((a, b) => a.count - b.count).at(-1);
  if (newest !== undefined && unread.length === 0) {
    const text = `empty, and its entry ${newest.count} was published with ${newest.deployment}: it was removed`;
    return [{ mark: 'fail', label, text }];
  }
  const away = unread.map(({ host, why }): Fact => ({
    mark: 'warn',
    label,
    text: `${host} was not read: ${why}`,
  }));
  const of = count(copies.length, 'host');
  return copies.length === 0
    ? away
    : [...away, { mark: 'idle', label, text: `empty on ${of}: nothing was ever deployed` }];
}

function torn({ copies }: Evidence): readonly string[] {
  return copies.flatMap((copy) => (copy.torn === undefined ? [] : [copy.host]));
}

function hostsOf({ main, others }: Variants, { copies }: Evidence): AuditedHost[] {
  return copies.map(({ host }) => {
    const chain = [main, ...others].find((variant) => variant.hosts.includes(host))?.chain;
    const head = chain?.lines.at(-1)?.hash;
    const entries = (chain?.after ?? 0) + (chain?.lines.length ?? 0);
    return {
      name: host,
      entries,
      whole: chain?.flaw === undefined,
      ...(head === undefined ? {} : { head }),
    };
  });
}

function forkOf({ main, forks }: Variants): string[] {
  if (forks.length === 0) return [];
  return [main, ...forks.map((each) => each.variant)].flatMap(({ hosts }) => hosts.slice(0, 1));
}
