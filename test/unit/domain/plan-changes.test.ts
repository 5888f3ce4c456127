import assert from 'node:assert/strict';
import fc from 'fast-check';
import { canonical, sha256 } from '../../../src/lib/domain/canonical.ts';
import type { PlanSubject } from '../../../src/lib/domain/plan.ts';
import { changesBetween } from '../../../src/lib/domain/plan-changes.ts';
import { BACKEND, digest, file } from '../../support/core.ts';

type Container = PlanSubject['serves'][number]['containers'][number];

const OLD = digest('41c7');
const NEW = digest('9f2c');
const STRAY = digest('c02b');
const NAMES = new Map<string, string>([
  [OLD, 'v1.3.2'],
  [NEW, 'v1.4.0'],
  [STRAY, 'v1.3.1'],
]);

function runs(service: string, of = OLD, image = `${BACKEND}@${of}`): Container {
  return { service, image, digests: [of] };
}

function subject(rest: Partial<PlanSubject> = {}): PlanSubject {
  const hosts = ['prod-1', 'prod-2'];
  return {
    environment: 'prod',
    hosts,
    images: { backend: { repository: BACKEND, digest: NEW } },
    files: [file('compose.yaml', 'services: {}')],
    serves: hosts.map((host) => ({ host, containers: [runs('backend'), runs('cache', digest('77'))] })),
    steps: hosts.map((host) => ({ host, action: pull(NEW) })),
    ...rest,
  };
}

const pull = (of: string) => ({ kind: 'run', argv: ['docker', 'pull', `${BACKEND}@${of}`] });

/** prod-1 as it was, and prod-2 like this. */
function second(...containers: Container[]): Partial<PlanSubject> {
  return { serves: [...subject().serves.slice(0, 1), { host: 'prod-2', containers }] };
}

const cache = runs('cache', digest('77'));
const ship = (content: string) => ({
  kind: 'ship',
  directory: 'releases/{deployment}',
  files: [file('compose.yaml', 'services: {}')],
  generated: [{ path: 'hd.pins.yaml', content }],
});

const CASES: readonly [what: string, now: Partial<PlanSubject>, golden: readonly string[]][] = [
  ['nothing', {}, []],
  [
    'a host that somebody put another release on (screen 6)',
    second(runs('backend', STRAY), cache),
    ['prod-2 runs c02bc02bc02b (v1.3.1); it ran 41c741c741c7 (v1.3.2)'],
  ],
  [
    'a service beside the release',
    second(runs('backend'), runs('cache', digest('78'))),
    ['prod-2 runs cache 787878787878; it ran 777777777777'],
  ],
  [
    'a container of a digest that nobody knows',
    second({ service: 'backend', image: 'backend:dev', digests: [] }, cache),
    ['prod-2 runs backend:dev; it ran 41c741c741c7 (v1.3.2)'],
  ],
  [
    'a container that is gone',
    second(runs('backend')),
    ['prod-2 does not run cache any more; it ran 777777777777'],
  ],
  [
    'a container that is new',
    second(runs('backend'), cache, runs('probe', digest('99'))),
    ['prod-2 runs probe 999999999999; it ran none of probe'],
  ],
  [
    'a second one of a kind',
    second(runs('backend'), runs('backend'), cache),
    ['prod-2 runs 2 times 41c741c741c7 (v1.3.2); it ran 41c741c741c7 (v1.3.2)'],
  ],
  [
    'the same digest by another name',
    second(runs('backend', OLD, 'backend:v1.3.2'), cache),
    [`prod-2 runs backend:v1.3.2 (${OLD}); it ran ${BACKEND}@${OLD} (${OLD})`],
  ],
  [
    'a host that came',
    { serves: [...subject().serves, { host: 'prod-3', containers: [] }] },
    ['prod-3 is a host of prod; it was none'],
  ],
  [
    'a host that went',
    { serves: subject().serves.slice(0, 1), hosts: ['prod-1'], steps: subject().steps.slice(0, 1) },
    ['prod-2 is no host of prod any more, or does not answer', 'nothing is to be done on prod-2 any more'],
  ],
  [
    'a host that has what is wanted by now',
    { ...second(runs('backend', NEW), cache), hosts: ['prod-1'], steps: subject().steps.slice(0, 1) },
    [
      'prod-2 runs 9f2c9f2c9f2c (v1.4.0); it ran 41c741c741c7 (v1.3.2)',
      'nothing is to be done on prod-2 any more',
    ],
  ],
  [
    'another digest, and what follows from it',
    {
      images: { backend: { repository: BACKEND, digest: STRAY } },
      steps: subject().steps.map(({ host }) => ({ host, action: pull(STRAY) })),
    },
    ["the release's backend is c02bc02bc02b (v1.3.1); it was 9f2c9f2c9f2c (v1.4.0)"],
  ],
  [
    'another repository',
    { images: { backend: { repository: 'ghcr.io/acme/other', digest: NEW } } },
    [`the release's backend comes from ghcr.io/acme/other; it came from ${BACKEND}`],
  ],
  [
    'files',
    { files: [file('compose.yaml', 'services: {a: b}'), file('app.conf', 'x')] },
    [
      'the release ships app.conf as well',
      `compose.yaml of the release is ${sha256('services: {a: b}').slice(0, 12)}; it was ${sha256('services: {}').slice(0, 12)}`,
    ],
  ],
  [
    'a file that can be executed by now',
    { files: [file('compose.yaml', 'services: {}', true)] },
    ['compose.yaml of the release can be executed; it could not'],
  ],
  [
    'an image that is gone from a host',
    { steps: [...subject().steps, { host: 'prod-2', action: pull(digest('77')) }] },
    [`on prod-2 as well: docker pull ${BACKEND}@${digest('77')}`],
  ],
  [
    'a step that is not needed any more',
    { steps: subject().steps.slice(0, 1) },
    [`on prod-2 no more: docker pull ${BACKEND}@${NEW}`],
  ],
  ['another environment', { environment: 'staging' }, ['it is for staging; it was for prod']],
  ['another order', { files: [], hosts: ['prod-2', 'prod-1'] }, ['the release ships compose.yaml no more']],
];

describe('what has changed since a plan was made', () => {
  for (const [what, now, golden] of CASES) {
    it(`says ${what}`, () => {
      const nameOf = (of: string): string | undefined => NAMES.get(of);
      assert.deepEqual(changesBetween(subject(), subject(now), nameOf), golden);
    });
  }

  it('says that a file of hd has another content, if nothing else explains it', () => {
    const of = (content: string) => subject({ steps: [{ host: 'prod-1', action: ship(content) }] });
    assert.deepEqual(changesBetween(of('a'), of('b')), [
      'on prod-1 with another content: put 2 files into releases/dN, all or none',
    ]);
  });

  it('says that there is another order when there is nothing else', () => {
    const turned = subject({ hosts: [...subject().hosts].reverse() });
    assert.deepEqual(changesBetween(subject(), turned), ['the same is planned in another order']);
  });

  it('says something exactly when the hash is another, whatever it is', () => {
    const name = fc.constantFrom('a', 'b', 'c');
    const some = <T>(of: fc.Arbitrary<T>) => fc.array(of, { maxLength: 3 });
    const containers = some(fc.record({ service: name, image: name, digests: some(name) }));
    const shipped = fc.record({ path: name, sha256: name, executable: fc.boolean() });
    const action = fc.oneof(
      fc.record({ kind: fc.constant('run'), argv: some(name) }),
      fc.record({ kind: fc.constant('point'), link: name, target: name }),
      fc.record({ kind: fc.constant('settle'), project: name, services: some(name) }),
      fc.record({
        kind: fc.constant('ship'),
        directory: name,
        files: some(shipped),
        generated: some(fc.record({ path: name, content: name })),
      }),
    );
    const image = fc.record({ repository: name, digest: fc.constantFrom(OLD, NEW) });
    const any: fc.Arbitrary<PlanSubject> = fc.record({
      environment: name,
      hosts: some(name),
      images: fc.dictionary(name, image, { maxKeys: 2 }),
      files: some(shipped),
      serves: some(fc.record({ host: name, containers })),
      steps: some(fc.record({ host: name, action })),
    });
    fc.assert(
      fc.property(any, any, (then, now) => {
        const changes = changesBetween(then, now);
        assert.equal(changes.length === 0, canonical(then) === canonical(now));
        assert.ok(changes.every((text) => text.trim() !== '' && !text.includes('undefined')));
      }),
      { numRuns: 300 },
    );
  });
});
