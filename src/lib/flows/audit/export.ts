import { writeCsv } from '../../domain/audit/csv-export.ts';
import { writeJsonl } from '../../domain/audit/jsonl.ts';
import { partOf, type TimeRange } from '../../domain/audit/range.ts';
import { variantsOf } from '../../domain/audit/variants.ts';
import type { Environment } from '../../domain/environment.ts';
import { foldHosts } from '../../domain/names.ts';
import type { World } from '../world.ts';
import { gather } from './gather.ts';

export interface Export {
  text: string;
  /** How many entries it has, and of which hosts the records are in it. */
  entries: number;
  hosts: readonly string[];
  unread: readonly string[];
}

/**
 * `hd audit export ENV`: the ledger as it is in the file, with what it can be verified by. A host that can't be read
 * is named in the header, and stops nothing.
 * @throws HdError if no host can be read
 */
export async function exportLedger(
  world: World,
  environment: Environment,
  { format, range }: { format: 'jsonl' | 'csv'; range: TimeRange },
): Promise<Export> {
  const { evidence, errors } = await gather(world, environment);
  const [first] = errors;
  if (evidence.copies.length === 0 && first !== undefined) throw first.error;
  for (const { error } of errors)
    world.reporter.event({ type: 'note', mark: 'warn', text: `not exported: ${error.message}` });
  const variants = variantsOf(evidence);
  const all = variants?.main.chain.lines.map((line) => line.text) ?? [];
  const { texts, evidence: part } = partOf(evidence, all, range);
  const others = variants?.others.flatMap((variant) => variant.hosts) ?? [];
  if (format === 'csv' && others.length > 0) {
    const text = `a CSV has one story: what ${foldHosts(others)} ${others.length === 1 ? 'has' : 'have'} else is not in it`;
    world.reporter.event({ type: 'note', mark: 'warn', text });
  }
  const about = {
    app: world.config.app,
    hd: world.version,
    exportedAt: new Date(world.clock.now()).toISOString(),
  };
  return {
    text: format === 'csv' ? writeCsv(texts, part.since.count) : writeJsonl(part, texts, about),
    entries: texts.length,
    hosts: evidence.copies.map((copy) => copy.host),
    unread: evidence.unread.map((each) => each.host),
  };
}
