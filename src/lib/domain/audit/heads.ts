import { entryName, type Chain } from '../chain.ts';
import { count } from '../names.ts';
import type { PublishedHead } from '../publication.ts';
import type { Fact } from '../verdict.ts';
import type { Evidence } from './evidence.ts';
import type { Variants } from './variants.ts';

const label = 'heads';

/**
 * Heads that were published where the hosts' root can't rewrite them: each is the hash of an entry, at its place.
 * @returns rows, and how many entries at the end are not published; undefined if that is not known
 */
export function headRows(
  { main, others }: Variants,
  { published, copies, unread }: Evidence,
): { rows: Fact[]; unpublished?: number } {
  if ('why' in published) {
    const mark = published.asked ? 'warn' : 'idle';
    return { rows: [{ mark, label, text: `not checked: ${published.why}` }] };
  }
  const { lines, after } = main.chain;
  const places = new Map(lines.map((line, index) => [line.hash, after + index + 1]));
  // The same head is said in more than one status of a deployment.
  const unique = [...new Map(published.heads.map((each) => [each.head, each])).values()];
  const heads = unique.toSorted((a, b) => a.count - b.count).filter((each) => each.count > after);
  if (heads.length === 0) {
    const rows: Fact[] = [{ mark: 'idle', label, text: 'none of these entries was published' }];
    return { rows, unpublished: lines.length };
  }
  const elsewhere = new Set([
    ...others.flatMap((variant) => variant.chain.lines.map((line) => line.hash)),
    ...copies.flatMap((copy) => (copy.setAside ?? []).map((each) => each.head)),
  ]);
  const found = heads.filter((each) => places.has(each.head));
  const last = Math.max(after, ...found.map((each) => places.get(each.head) ?? 0));
  const strange = heads.filter((each) => !places.has(each.head));
  const rows = strange.map((each): Fact => {
    if (elsewhere.has(each.head))
      return { mark: 'warn', label, text: `${nameOf(each)} is of a story that was not kept` };
    const beyond = each.count > after + lines.length;
    if (beyond && unread.length > 0)
      return { mark: 'warn', label, text: `${nameOf(each)} is on no host that was read` };
    return {
      mark: 'fail',
      label,
      text: wrongText(each, main.chain),
      more: [asFarAs(heads, each, places, after)],
    };
  });
  const unpublished = after + lines.length - last;
  const rest =
    unpublished === 0 ? '' : `; ${count(unpublished, 'entry', 'entries')} after it not published yet`;
  const newest = found.at(-1);
  if (newest === undefined) return { rows };
  const text = `${found.length} of ${heads.length} published heads as recorded, the last with ${newest.deployment}${rest}`;
  const failed = rows.some((row) => row.mark === 'fail');
  return { rows: failed ? rows : [...rows, { mark: 'ok', label, text }], unpublished };
}

function nameOf({ head, deployment, where }: PublishedHead): string {
  return `head ${head.slice(0, 12)}, published with ${deployment} in ${where === 'ref' ? 'a git ref' : 'its GitHub Deployment'},`;
}

function wrongText(each: PublishedHead, { lines, after }: Chain): string {
  const line = lines[each.count - after - 1];
  if (line === undefined)
    return `${nameOf(each)} was entry ${each.count}; the ledger ends with entry ${after + lines.length}`;
  return `${nameOf(each)} was ${entryName(each.count, line.entry)}, which is ${line.hash.slice(0, 12)} now`;
}

/** Where the change is at the earliest: after the last head before it that is right. */
function asFarAs(
  heads: readonly PublishedHead[],
  wrong: PublishedHead,
  places: ReadonlyMap<string, number>,
  after: number,
): string {
  const right = heads.findLast((each) => each.count < wrong.count && places.has(each.head));
  const from = right === undefined ? after : right.count;
  return from === 0
    ? `altered or removed: one of the entries 1 to ${wrong.count}`
    : `altered or removed: one of the entries ${from + 1} to ${wrong.count}; entry ${from} is as published`;
}
