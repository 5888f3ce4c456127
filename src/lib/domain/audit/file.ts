import { isCsv, readCsvExport } from './csv-export.ts';
import type { Evidence } from './evidence.ts';
import { readJsonl } from './jsonl.ts';

/** What a file has to verify: an export of either form, or a ledger's own file. */
export function evidenceOf(text: string): Evidence {
  return isCsv(text) ? readCsvExport(text) : readJsonl(text);
}
