import { entryName, splitLedger, verifyChain, type Chain, type Flaw } from '../chain.ts';
import { count } from '../names.ts';
import type { Fact } from '../verdict.ts';
import type { Copy, Evidence } from './evidence.ts';

const label = 'aside';

/** Is every story that gave way still there, whole, as the entry that reconciled it names it? */
export function asideRows(chain: Chain, { copies }: Evidence): Fact[] {
  const kept = new Set(chain.lines.map((line) => line.hash));
  const named = new Set<string>();
  const rows: Fact[] = [];
  let whole = 0;
  for (const [index, { entry }] of chain.lines.entries()) {
    if (entry?.kind !== 'reconciled') continue;
    const name = entryName(chain.after + index + 1, entry);
    for (const [host, head] of Object.entries(entry.heads ?? {})) {
      named.add(`${host} ${head}`);
      const copy = copies.find((each) => each.host === host);
      // One that was only behind was brought up to date; nothing gave way.
      if (copy?.setAside === undefined || kept.has(head)) continue;
      const wrong = wrongWith(copy, head);
      // What was broken when it gave way is kept as it was: the entry says so.
      const known = wrong !== undefined && entry.evidence?.includes(brokenText(host, wrong)) === true;
      const text = `${host}: the story that ${name} names is ${wrong ?? 'there'}`;
      if (wrong === undefined) whole += 1;
      else
        rows.push({
          mark: known ? 'warn' : 'fail',
          label,
          text,
          more: [known ? 'as it was when it gave way' : `it ended with ${head.slice(0, 12)}`],
        });
    }
  }
  const unnamed = copies.flatMap((copy) =>
    (copy.setAside ?? []).filter(({ head }) => !named.has(`${copy.host} ${head}`)).map(() => copy.host),
  );
  for (const host of new Set(unnamed))
    rows.push({
      mark: 'warn',
      label,
      text: `${host} has a ledger that was set aside, and no entry says why`,
    });
  if (whole === 0) return rows;
  const text = `${count(whole, 'story', 'stories')} of reconciled forks, kept whole`;
  return [...rows, { mark: 'ok', label, text }];
}

/** What a reconciled entry says of a ledger that was broken already. */
export function brokenText(host: string, what: string): string {
  return `${host}: ${what}`;
}

function wrongWith({ setAside = [] }: Copy, head: string): string | undefined {
  const found = setAside.find((each) => each.head === head);
  if (found === undefined) return 'missing';
  const { texts, torn } = splitLedger(found.text);
  const { lines, flaw } = verifyChain(texts);
  if (torn !== undefined || lines.at(-1)?.hash !== head) return 'not the one that gave way';
  return flaw === undefined ? undefined : flawText(flaw);
}

export function flawText({ text }: Flaw): string {
  return `not whole: ${text}`;
}
