import { readLine } from '../chain.ts';
import type { Evidence } from './evidence.ts';

/** Epoch milliseconds; both inclusive. */
export interface TimeRange {
  since?: number;
  until?: number;
}

/**
 * The part of the records from the first entry that is not older than `since` to the last that is not younger than
 * `until`: without a gap, so that its chain can be verified.
 * @param texts the story that is exported
 */
export function partOf(
  evidence: Evidence,
  texts: readonly string[],
  { since, until }: TimeRange,
): { evidence: Evidence; texts: readonly string[] } {
  const times = texts.map((text) => Date.parse(readLine(text).entry?.at ?? ''));
  const found = since === undefined ? 0 : times.findIndex((at) => at >= since);
  const from = found < 0 ? texts.length : found;
  const to = until === undefined ? texts.length : times.findLastIndex((at) => at <= until) + 1;
  const end = until === undefined ? undefined : Math.max(from, to);
  const part = texts.slice(from, end);
  const deployments = new Set(part.map((text) => readLine(text).entry?.deployment));
  const before = texts[from - 1];
  const { published } = evidence;
  const last = from + part.length;
  return {
    texts: part,
    evidence: {
      ...evidence,
      since: { count: from, ...(before === undefined ? {} : { prev: readLine(before).hash }) },
      copies: evidence.copies.map(({ journals, torn, ...copy }) => ({
        ...copy,
        texts: copy.texts.slice(from, end),
        ...(torn === undefined || end !== undefined ? {} : { torn }),
        ...(journals === undefined
          ? {}
          : { journals: new Map([...journals].filter(([deployment]) => deployments.has(deployment))) }),
      })),
      published:
        'why' in published
          ? published
          : { heads: published.heads.filter((each) => each.count > from && each.count <= last) },
    },
  };
}
