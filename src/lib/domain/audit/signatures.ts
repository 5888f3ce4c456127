import { entryName, type Chain } from '../chain.ts';
import { canonical } from '../canonical.ts';
import type { LedgerEntry } from '../ledger.ts';
import { count } from '../names.ts';
import type { Fact } from '../verdict.ts';
import type { Evidence } from './evidence.ts';

const label = 'signed';

/** What a signature of an entry is over: the entry itself, without it (RFC 8785). */
export function signedText(entry: LedgerEntry): string {
  const { signature: _, ...rest } = entry;
  return canonical(rest);
}

/** Who signed which finished entries? @param required an entry without a signature is wrong */
export function signatureRows(chain: Chain, { signatures }: Evidence, required: boolean): Fact[] {
  const finished = chain.lines.flatMap(({ entry, hash }, index) =>
    entry?.kind === 'finished' ? [{ entry, hash, name: entryName(chain.after + index + 1, entry) }] : [],
  );
  const signed = finished.filter(({ entry }) => entry.signature !== undefined);
  const of = count(finished.length, 'finished entry', 'finished entries');
  if (signatures === undefined) {
    const whose = signed.length === 0 ? '' : '; by whom was not checked: --allowed-signers FILE';
    return [{ mark: 'idle', label, text: `${signed.length} of ${of}${whose}` }];
  }
  const bad = signed.flatMap(({ hash, name }): Fact[] => {
    const found = signatures.get(hash) ?? { problem: 'its signature was not checked' };
    return 'problem' in found ? [{ mark: 'fail', label, text: `${name}: ${found.problem}` }] : [];
  });
  const unsigned = finished.filter(({ entry }) => entry.signature === undefined);
  const missing: Fact[] = required
    ? unsigned.map(({ name }) => ({ mark: 'fail', label, text: `${name} is not signed` }))
    : [];
  const by = Map.groupBy(signed, ({ hash }) => {
    const found = signatures.get(hash);
    return found !== undefined && 'by' in found ? found.by : '';
  });
  const names = [...by].filter(([name]) => name !== '').map(([name, list]) => `${name} ${list.length}`);
  const good = signed.length - bad.length;
  const text = `${good} of ${of}${names.length === 0 ? '' : `: ${names.join(', ')}`}`;
  const mark = bad.length + missing.length > 0 || good < finished.length ? 'warn' : 'ok';
  return [...bad, ...missing, { mark, label, text }];
}
