import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ObservedContainer, ObservedHost } from '../../../../src/lib/domain/observed.ts';
import { formatImage } from '../../../../src/lib/domain/release.ts';
import { drivers } from '../../../../src/lib/drivers/index.ts';
import { planChange } from '../../../../src/lib/flows/plan.ts';
import {
  BACKEND,
  container,
  digest,
  environment,
  file,
  manifest,
  observed,
  release,
  target,
} from '../../../support/core.ts';
import { carriedOut } from './simulate.ts';

const images = [
  'postgres:16',
  'postgres:17',
  `postgres@${digest('77')}`,
  'docker.io/library/postgres:16',
  'pg:${V}',
];
const releases = [release('1.3.2'), release('1.4.0')];

const composeText = fc
  .tuple(fc.constantFrom(...images), fc.boolean())
  .map(
    ([db, mounts]) =>
      `services: {backend: {image: b${mounts ? ', volumes: ["./conf:/conf"]' : ''}}, db: {image: "${db}"}}\n`,
  );

const wanted = fc.record({
  text: composeText,
  release: fc.constantFrom(...releases),
  resolved: fc.boolean(),
});

const anyContainer: fc.Arbitrary<ObservedContainer> = fc
  .record({
    service: fc.constantFrom('backend', 'db', 'gone'),
    image: fc.constantFrom(
      ...images.slice(0, 4),
      ...releases.map((each) => `${BACKEND}@${each.images['backend']?.digest ?? ''}`),
    ),
    digests: fc.subarray([digest('77'), digest('9f2c'), digest('41c7')]),
    state: fc.constantFrom('running', 'exited', 'created'),
    tagMoved: fc.boolean(),
    deployment: fc.constantFrom('d40', 'd46', 'd47'),
    id: fc.uuid(),
  })
  .map((each) => container(each));

const anyHost: fc.Arbitrary<ObservedHost> = fc
  .record({
    containers: fc.array(anyContainer, { maxLength: 4 }),
    current: fc.option(fc.constantFrom(...releases), { nil: undefined }),
    images: fc.subarray([
      ...releases.flatMap((each) => Object.values(each.images).map(formatImage)),
      `postgres@${digest('77')}`,
    ]),
  })
  .map(({ current, ...rest }) =>
    observed({
      ...rest,
      ...(current === undefined
        ? {}
        : {
            current: manifest({
              release: current,
              services: ['backend', 'db'],
              files: [file('compose.yaml', 'old')],
            }),
          }),
    }),
  );

function targetOf({
  text,
  release: to,
  resolved,
}: {
  text: string;
  release: ReturnType<typeof release>;
  resolved: boolean;
}) {
  const answers = Object.fromEntries(
    images.filter((each) => !each.includes('$')).map((each) => [each, `postgres@${digest('77')}`]),
  );
  return target(
    { 'compose.yaml': text },
    { more: { 'conf/a': 'x' }, release: to, resolved: resolved ? answers : {} },
  );
}

const plan = (to: ReturnType<typeof target>, hosts: readonly ObservedHost[]) =>
  planChange(drivers.compose, environment(), to, hosts);

describe('any compose plan', () => {
  it('does not depend on the order in which Docker lists containers', () => {
    fc.assert(
      fc.property(wanted, anyHost, fc.array(fc.nat(), { minLength: 4 }), (want, host, keys) => {
        const shuffled = host.containers
          .map((each, index) => ({ each, key: keys[index] ?? 0 }))
          .sort((a, b) => a.key - b.key)
          .map(({ each }) => each);
        assert.deepEqual(
          plan(targetOf(want), [{ ...host, containers: shuffled }]),
          plan(targetOf(want), [host]),
        );
      }),
    );
  });

  it('leaves nothing to do once it was carried out', () => {
    fc.assert(
      fc.property(wanted, anyHost, (want, host) => {
        const to = targetOf(want);
        const then = carriedOut(plan(to, [host]).plan, host, 'd48');
        assert.deepEqual(plan(to, [then]).plan.stages, []);
      }),
    );
  });

  it('can be gone back from, to the very files and digests of before', () => {
    fc.assert(
      fc.property(wanted, wanted, (first, second) => {
        const one = targetOf(first);
        const two = targetOf(second);
        const before = carriedOut(plan(one, [observed()]).plan, observed(), 'd1');
        const between = carriedOut(plan(two, [before]).plan, before, 'd2');
        const { current } = before;
        assert.ok(current);
        const back = { ...one, deployment: 'd1', manifests: { 'prod-1': current } };
        const then = carriedOut(plan(back, [between]).plan, between, 'd3');
        assert.deepEqual(then.current, current);
        const of = (host: ObservedHost) => host.containers.map(({ service, image }) => ({ service, image }));
        assert.deepEqual(of(then), of(before));
      }),
    );
  });

  it('never touches a service that is as it should be (D5)', () => {
    const compose = 'services: {backend: {image: b}, db: {image: "postgres:16"}}\n';
    const from = target({ 'compose.yaml': compose }, { release: release('1.3.2') });
    const db = container({ service: 'db', image: 'postgres:16', digests: [digest('77')] });
    const host = carriedOut(
      plan(from, [observed({ containers: [db] })]).plan,
      observed({ containers: [db] }),
      'd1',
    );
    const then = carriedOut(plan({ ...from, release: release() }, [host]).plan, host, 'd2');
    const dbOf = (one: ObservedHost) => one.containers.find((each) => each.service === 'db');
    assert.deepEqual(dbOf(then), dbOf(host));
  });
});
