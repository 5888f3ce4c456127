import { entryName, type Chain } from '../chain.ts';
import { headOf, verifies } from '../journal.ts';
import type { JournalHead } from '../ledger.ts';
import { count, foldHosts } from '../names.ts';
import type { Fact } from '../verdict.ts';
import type { Evidence } from './evidence.ts';

/** A journal as an entry of the ledger recorded it, for one host. */
interface Recorded {
  host: string;
  deployment: string;
  head: JournalHead;
  name: string;
}

const label = 'journals';

/** Is the journal of every finished deployment, on every host, the one whose hash the ledger has? */
export function journalRows(chain: Chain, { copies }: Evidence): Fact[] {
  const recorded = recordedJournals(chain);
  if (recorded.length === 0) return [{ mark: 'idle', label, text: 'no entry recorded one' }];
  const wrong: Fact[] = [];
  const longer: Fact[] = [];
  const unread = new Set<string>();
  let right = 0;
  for (const { host, deployment, head, name } of recorded) {
    const journals = copies.find((copy) => copy.host === host)?.journals;
    if (journals === undefined) {
      unread.add(host);
      continue;
    }
    const text = journals.get(deployment);
    const where = `${deployment} on ${host}`;
    const more = [`recorded in ${name}: ${linesAndHash(head)}`];
    if (text === undefined) wrong.push({ mark: 'fail', label, text: `${where} is missing`, more });
    else if (verifies(head, text)) right += 1;
    else wrong.push({ mark: 'fail', label, text: `${where} ${faultText(head, text)}`, more });
  }
  for (const { host, deployment, lines } of lastOf(recorded)) {
    const text = copies.find((copy) => copy.host === host)?.journals?.get(deployment);
    const extra = text === undefined ? 0 : text.split('\n').length - 1 - lines;
    const what = `${count(extra, 'line')} more than when it was recorded`;
    if (extra > 0) longer.push({ mark: 'warn', label, text: `${deployment} on ${host} has ${what}` });
  }
  const deployments = new Set(recorded.map((each) => each.deployment)).size;
  const checked = recorded.length - [...unread].reduce((sum, host) => sum + recordedOn(recorded, host), 0);
  const rest: Fact[] =
    unread.size === 0
      ? []
      : [{ mark: 'warn', label, text: `those of ${foldHosts([...unread].sort())} were not read` }];
  if (wrong.length > 0 || checked === 0) return [...wrong, ...longer, ...rest];
  const text = `${right} of ${checked} as recorded, of ${count(deployments, 'deployment')}`;
  return [{ mark: 'ok', label, text }, ...longer, ...rest];
}

function recordedJournals({ lines, after }: Chain): Recorded[] {
  return lines.flatMap(({ entry }, index) =>
    Object.entries(entry?.journals ?? {}).map(([host, head]) => ({
      host,
      head,
      deployment: entry?.deployment ?? '',
      name: entryName(after + index + 1, entry),
    })),
  );
}

/** A deployment that was resumed recorded its journal more than once. */
function lastOf(recorded: readonly Recorded[]): { host: string; deployment: string; lines: number }[] {
  const last = new Map(recorded.map((each) => [`${each.deployment} ${each.host}`, each]));
  return [...last.values()].map(({ host, deployment, head }) => ({ host, deployment, lines: head.lines }));
}

function recordedOn(recorded: readonly Recorded[], host: string): number {
  return recorded.filter((each) => each.host === host).length;
}

function faultText({ lines }: JournalHead, text: string): string {
  const now = headOf(text, lines);
  return now.lines < lines
    ? `was cut: it has ${count(now.lines, 'line')}`
    : `was altered: its lines come to ${now.sha256.slice(0, 12)}`;
}

function linesAndHash({ lines, sha256 }: JournalHead): string {
  return `${count(lines, 'line')}, ${sha256.slice(0, 12)}`;
}
