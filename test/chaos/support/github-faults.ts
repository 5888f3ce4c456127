import type { Fault } from '../../support/github.ts';
import type { Exchange } from './exchanges.ts';

type Kind = Pick<Fault, 'kind' | 'status' | 'retryAfter'>;

/** What GitHub does on its bad days. */
const GITHUB_FAULTS: Readonly<Record<string, Kind>> = {
  '500': { kind: 'status', status: 500 },
  '502': { kind: 'status', status: 502 },
  'no answer': { kind: 'timeout' },
  'secondary limit': { kind: 'secondary-limit', retryAfter: 1 },
  'half an answer': { kind: 'cut' },
  'answer lost': { kind: 'lost' },
};

/** A bad day for one call, or one that lasts until it is over. */
export type Extent = 'once' | 'from then on';

export interface GitHubCase {
  key: string;
  name: string;
  fault: Fault;
  extent: Extent;
}

/** Every fault at every call that a run was seen to make, once and to stay. */
export function githubCases(exchanges: readonly Exchange[]): GitHubCase[] {
  return exchanges.flatMap(({ key, on, what }) => {
    if (on !== 'GitHub' || key === undefined) return [];
    const [method = '', path = ''] = what.split(' ');
    return Object.entries(GITHUB_FAULTS).flatMap(([name, kind]) => [
      {
        ...{ key, name, extent: 'once' as const },
        fault: { ...kind, match: { method, path: `${pattern(path)}(\\?|$)` } },
      },
      { ...{ key, name, extent: 'from then on' as const }, fault: { ...kind, match: {}, times: 100_000 } },
    ]);
  });
}

/** Of the paths that have this name (see exchanges.ts). */
function pattern(name: string): string {
  return name
    .replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll('SHA', '[0-9a-f]{40}')
    .replaceAll('TAG', 'v[0-9.]+')
    .replaceAll(/\/ID/g, '/[0-9]+');
}
