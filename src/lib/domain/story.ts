import { entryName, type Chain } from './chain.ts';
import { deploymentNumber } from './deployment.ts';
import { duration } from './values.ts';

/** What the entries of a chain say that can't be, or that is worth a look. */
export interface Story {
  wrong: readonly string[];
  remarks: readonly string[];
}

/** Two clocks may be this far apart before it is worth a word. */
export const SKEW_MS = 5_000;

/**
 * Reads a chain as a story: what is finished was started, deployments are numbered upwards, a reconciled entry stands
 * on the story that it kept. Times that go back are a remark: operators' clocks differ.
 */
export function storyOf({ lines, after }: Chain): Story {
  const wrong: string[] = [];
  const remarks: string[] = [];
  const open = new Set<string>();
  const environments = new Set<string>();
  let newest = 0;
  let latest = Number.NEGATIVE_INFINITY;
  for (const [index, { entry }] of lines.entries()) {
    if (entry === undefined) continue;
    const name = entryName(after + index + 1, entry);
    const { kind, deployment, resumed } = entry;
    const number = deploymentNumber(deployment);
    if (kind === 'started' && deployment !== undefined) {
      if (number <= newest && resumed === undefined)
        wrong.push(`${name}: d${newest} was there before it, and numbers only grow`);
      open.add(deployment);
      newest = Math.max(newest, number);
    }
    // What a part of a ledger does not show may have stood before it.
    if (kind === 'finished' && !open.delete(deployment ?? '') && after === 0)
      wrong.push(`${name} was never started`);
    const kept = kind === 'reconciled' ? entry.heads?.[entry.keep ?? ''] : undefined;
    if (kind === 'reconciled' && kept !== entry.prev)
      wrong.push(`${name} does not stand on the ledger that it kept`);
    const at = Date.parse(entry.at);
    if (Number.isNaN(at)) wrong.push(`${name} has no time`);
    else if (at < latest - SKEW_MS)
      remarks.push(`${name} is ${duration(latest - at)} older than one before it`);
    latest = Math.max(latest, at);
    environments.add(entry.environment);
  }
  if (environments.size > 1)
    remarks.push(`the entries name ${environments.size} environments: ${[...environments].join(', ')}`);
  return { wrong, remarks };
}
