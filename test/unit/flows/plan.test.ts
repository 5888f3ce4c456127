import assert from 'node:assert/strict';
import type { ObservedHost } from '../../../src/lib/domain/observed.ts';
import { drivers } from '../../../src/lib/drivers/index.ts';
import { planChange } from '../../../src/lib/flows/plan.ts';
import {
  container,
  digest,
  entry,
  environment,
  ledger,
  NOW,
  observed,
  release,
  serving,
  target,
} from '../../support/core.ts';

const COMPOSE = { 'compose.yaml': 'services: {backend: {image: b}, db: {image: "postgres:16"}}\n' };
const ENVIRONMENT = environment({ hosts: ['prod-1', 'prod-2'] });

function host(name: string, rest: Partial<ObservedHost> = {}): ObservedHost {
  const one = serving(release('1.3.2'), { host: name, ...rest });
  const db = container({ service: 'db', image: 'postgres:16', digests: [digest('77')] });
  return { ...one, containers: [...one.containers, db] };
}

const TWO = [host('prod-1'), host('prod-2')];
const hashOf = (hosts: readonly ObservedHost[], to = target(COMPOSE), where = ENVIRONMENT): string =>
  planChange(drivers.compose, where, to, hosts).plan.hash;

describe('the hash of a plan (D2)', () => {
  const hash = hashOf(TWO);
  const changed = (change: (one: ObservedHost) => Partial<ObservedHost>): string =>
    hashOf(TWO.map((one) => ({ ...one, ...change(one) })));
  const containers = (change: (one: ObservedHost['containers'][number]) => object): string =>
    changed((one) => ({ containers: one.containers.map((each) => ({ ...each, ...change(each) })) }));

  it('is one SHA-256, and the same for the same change', () => {
    assert.match(hash, /^[0-9a-f]{64}$/);
    assert.equal(hashOf([host('prod-1'), host('prod-2')]), hash);
  });

  for (const [what, same] of [
    ['the time', () => changed(() => ({ at: NOW + 60_000, skewMs: 800 }))],
    ['the disk', () => changed(() => ({ disk: { freeBytes: 1, totalBytes: 2 } }))],
    [
      'the lock',
      () =>
        changed(() => ({
          lock: {
            fence: 9,
            since: 1,
            expires: 2,
            holder: { actor: 'a', machine: 'm', pid: 1, purpose: 'p' },
          },
        })),
    ],
    ['the ledger', () => changed(() => ({ ledger: { lines: ledger([entry()]), count: 812, head: 'ff' } }))],
    [
      'health and age of containers',
      () => containers(() => ({ health: 'unhealthy', startedAt: 7, restarts: 3 })),
    ],
    ['container ids', () => containers((each) => ({ id: `${each.id}-other`, name: `${each.name}-other` }))],
    ['the order of containers', () => changed((one) => ({ containers: [...one.containers].reverse() }))],
    [
      'timeouts',
      () =>
        hashOf(
          TWO,
          target(COMPOSE),
          environment({ hosts: ['prod-1', 'prod-2'], rollout: { settleMs: 9, timeoutMs: 9 } }),
        ),
    ],
    [
      'approvals of another kind',
      () => hashOf(TWO, target(COMPOSE), { ...ENVIRONMENT, keep: 9, production: true }),
    ],
  ] as const) {
    it(`does not depend on ${what}`, () => assert.equal(same(), hash));
  }

  for (const [what, other] of [
    ['the environment', () => hashOf(TWO, target(COMPOSE), { ...ENVIRONMENT, name: 'staging' })],
    ['the hosts', () => hashOf(TWO.slice(0, 1))],
    ["a host's name", () => hashOf([host('prod-1'), host('prod-3')])],
    ["the target's digests", () => hashOf(TWO, target(COMPOSE, { release: release('1.3.1') }))],
    ['a shipped file', () => hashOf(TWO, target({ 'compose.yaml': `${COMPOSE['compose.yaml']}# more\n` }))],
    [
      "a file's mode",
      () =>
        hashOf(TWO, {
          ...target(COMPOSE),
          files: target(COMPOSE).files.map((each) => ({ ...each, executable: true })),
        }),
    ],
    [
      'the digests that serve now',
      () => containers((each) => (each.service === 'backend' ? { digests: [digest('c02b')] } : {})),
    ],
    [
      'the digest of a service that stays',
      () => containers((each) => (each.service === 'db' ? { digests: [digest('78')] } : {})),
    ],
    [
      'the steps: an image that is there already',
      () => changed((one) => ({ images: [...one.images, `ghcr.io/acme/backend@${digest('9f2c')}`] })),
    ],
    [
      'the steps: where compose looks',
      () => hashOf(TWO, target(COMPOSE), { ...ENVIRONMENT, directory: '/srv/app' }),
    ],
    [
      'what others resolve to',
      () =>
        hashOf([observed()], target(COMPOSE, { resolved: { 'postgres:16': `postgres@${digest('79')}` } })),
    ],
  ] as const) {
    it(`differs with ${what}`, () => assert.notEqual(other(), hash));
  }
});

describe('a plan for several hosts', () => {
  it('has each stage once, with the hosts that need it, and every cause', () => {
    const there = host('prod-2', { images: [`ghcr.io/acme/backend@${digest('9f2c')}`] });
    const { plan } = planChange(drivers.compose, ENVIRONMENT, target(COMPOSE), [
      host('prod-1'),
      there,
      observed({ host: 'prod-3' }),
    ]);
    assert.deepEqual(
      plan.stages.map((stage) => [stage.name, stage.hosts, stage.because]),
      [
        ['ship', ['prod-1', 'prod-2', 'prod-3'], 'compose files differ; nothing was deployed here'],
        ['pull', ['prod-1', 'prod-3'], 'not on the host'],
        ['switch', ['prod-1', 'prod-2', 'prod-3'], 'digest differs; backend does not run'],
      ],
    );
    assert.deepEqual(plan.hosts, ['prod-1', 'prod-2', 'prod-3']);
  });

  it('leaves out a host that has everything', () => {
    const first = planChange(drivers.compose, ENVIRONMENT, target(COMPOSE), TWO);
    const current = first.manifests['prod-2'];
    assert.ok(current);
    const done = serving(release(), { host: 'prod-2' }, 'd47');
    const db = container({ service: 'db', image: 'postgres:16', digests: [digest('77')], deployment: 'd46' });
    const has = { ...done, containers: [...done.containers, db], current: { ...current, deployment: 'd47' } };
    const { plan, manifests } = planChange(drivers.compose, ENVIRONMENT, target(COMPOSE), [
      host('prod-1'),
      has,
    ]);
    assert.deepEqual(plan.hosts, ['prod-1']);
    assert.ok(plan.stages.every((stage) => stage.hosts.join() === 'prod-1'));
    assert.deepEqual(Object.keys(manifests), ['prod-1', 'prod-2']);
  });
});
