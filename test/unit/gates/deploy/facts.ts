import type { DeployFacts } from '../../../../src/lib/gates/deploy/gate.ts';
import type { Policy, WindowPolicy } from '../../../../src/lib/domain/policy.ts';
import type { Release } from '../../../../src/lib/domain/release.ts';

export const SECOND = 1000;
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
export const NEW_YORK = 'America/New_York';

export const utc = (iso: string): number => Date.parse(iso);

/** Saturday, 11:20 in New York, as in screens 5 and 15. */
export const NOW = utc('2026-11-21T16:20:00Z');

const digest = (start: string): `sha256:${string}` => `sha256:${start.padEnd(64, '0')}`;

export function release(
  tag: string,
  image: string,
  commit = '8c3f2e14b7d0a9c6e5f3b2a1d4c7e8f90a1b2c3d',
): Release {
  const images = { backend: { repository: 'ghcr.io/acme/healthdelta-backend', digest: digest(image) } };
  return { version: tag.slice(1), tag, commit, images } as Release;
}

export const RELEASE = release('v1.4.0', '9f2c41d07be3');
export const BEFORE = release('v1.3.2', '41c7aa09d3f2', '5b0d9a4000000000000000000000000000000000');

export const POLICY: Policy = {
  without: [],
  requiredChecks: [],
  breakGlass: [],
  asking: { remindMs: HOUR, expireMs: DAY },
};

/** Prod's, as on the screens. */
export const OFFICE: WindowPolicy = {
  days: ['mon', 'tue', 'wed', 'thu'],
  from: '09:00',
  to: '15:00',
  zone: NEW_YORK,
  blackouts: [],
  freezes: [],
};

/** Everything is well, and the policy has nothing but the standing gates. */
export function factsOf(changes: Partial<DeployFacts> = {}): DeployFacts {
  return {
    now: NOW,
    zone: NEW_YORK,
    environment: 'prod',
    policy: POLICY,
    release: RELEASE,
    plan: '7c1e09ab42d8'.padEnd(64, '0'),
    holidays: [],
    deployments: [],
    ledger: { entries: 812, problems: [] },
    drift: [],
    recorded: BEFORE,
    images: [{ service: 'backend', reference: `ghcr.io/acme/healthdelta-backend@${digest('9f2c41d07be3')}` }],
    disk: [
      { host: 'prod-1', pullBytes: 118e6, freeBytes: 21e9 },
      { host: 'prod-2', pullBytes: 118e6, freeBytes: 19e9 },
      { host: 'prod-3', pullBytes: 118e6, freeBytes: 22e9 },
    ],
    checks: { checks: passed('build', 'unit', 'lint', 'types', 'integration', 'image'), required: [] },
    branch: { name: 'main', head: RELEASE.commit, contains: true },
    ...changes,
  };
}

export function passed(...names: readonly string[]): { name: string; state: 'passed' }[] {
  return names.map((name) => ({ name, state: 'passed' }));
}

export function withPolicy(policy: Partial<Policy>, changes: Partial<DeployFacts> = {}): DeployFacts {
  return factsOf({ policy: { ...POLICY, ...policy }, ...changes });
}
