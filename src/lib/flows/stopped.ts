import { HdError } from '../domain/errors.ts';
import { parseJournal, stoppedAt, type StoppedAt } from '../domain/journal.ts';
import { foldHosts } from '../domain/names.ts';
import type { SeenHost } from './observe.ts';

/** One host, and how far a deployment came there. */
interface HostStop extends StoppedAt {
  host: string;
}

/**
 * How far a deployment without a good end came, as the hosts wrote it down: `in switch, prod-2`. Undefined if no host
 * that answers knows of a step.
 */
export async function stoppedText(
  seen: readonly SeenHost[],
  deployment: string,
): Promise<string | undefined> {
  const stops = await Promise.all(seen.map(({ host }) => stopOn(host, deployment)));
  return furthest(stops.flat());
}

async function stopOn(host: SeenHost['host'], deployment: string): Promise<HostStop[]> {
  try {
    const at = stoppedAt(parseJournal(await host.journal(deployment)));
    return at === undefined ? [] : [{ ...at, host: host.name }];
  } catch (error) {
    // It only explains: what can't be read is left out.
    if (error instanceof HdError) return [];
    throw error;
  }
}

/** Where a step has no end, else where the last one was begun: clocks of hosts differ, and stages do not. */
function furthest(stops: readonly HostStop[]): string | undefined {
  const open = stops.filter((each) => !each.ended);
  const among = open.length > 0 ? open : stops;
  const stage = (['switch', 'pull', 'ship'] as const).find((name) =>
    among.some((each) => each.stage === name),
  );
  const hosts = among.filter((each) => each.stage === stage).map((each) => each.host);
  return stage === undefined
    ? undefined
    : `${open.length > 0 ? 'in' : 'after'} ${stage}, ${foldHosts(hosts.sort())}`;
}
