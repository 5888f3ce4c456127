import assert from 'node:assert/strict';
import type { Environment, HostSpec } from '../../../src/lib/domain/environment.ts';
import { requireOwnPlace, samePlace } from '../../../src/lib/domain/same-place.ts';
import { environment } from '../../support/core.ts';
import { fakeWorld } from '../../support/world.ts';

const at = (
  name: string,
  hosts: readonly Partial<HostSpec>[],
  rest: Partial<Environment> = {},
): Environment => ({
  ...environment({ name }),
  ...{ directory: '/opt/shop', project: 'shop', ...rest },
  hosts: hosts.map((host) => ({ name: 'app', local: false, ...host })),
});
const web = (name: string): Partial<HostSpec> => ({ name });
const prod = at('prod', [web('web-1'), web('web-2')]);

describe('two environments', () => {
  const cases: readonly (readonly [what: string, other: Environment, where: string | undefined])[] = [
    ['in one directory of a host', at('b', [web('web-2')], { project: 'b' }), 'web-2, in /opt/shop'],
    ['that are one compose project', at('b', [web('Web-1')], { directory: '/b' }), 'web-1, as project shop'],
    ['with nothing in common there', at('b', [web('web-1')], { directory: '/b', project: 'b' }), undefined],
    ['on hosts of their own', at('b', [web('web-3')]), undefined],
  ];
  for (const [what, other, where] of cases)
    it(`${what}: ${where ?? 'two places'}`, () => {
      assert.equal(samePlace(prod, other), where);
    });

  it('are told apart by the address and port of a host, whatever its name', () => {
    const one = at('a', [{ address: '10.0.0.1' }]);
    assert.equal(samePlace(one, at('b', [{ address: '10.0.0.2' }])), undefined);
    assert.equal(samePlace(one, at('b', [{ address: '10.0.0.1', port: 2222 }])), undefined);
    assert.equal(samePlace(one, at('b', [{ name: 'db', address: '10.0.0.1' }])), 'app, in /opt/shop');
  });

  it('that are one place are not deployed to, and each of them is told of the other', () => {
    const canary = at('canary', [web('web-1')]);
    const { config } = fakeWorld();
    const both = { ...config, environments: { prod, canary } };
    for (const [one, other] of [
      [prod, canary],
      [canary, prod],
    ] as const)
      assert.throws(() => requireOwnPlace(one, both), {
        code: 'usage',
        message: `${one.name} and ${other.name} are one place: web-1, in /opt/shop`,
      });
    requireOwnPlace(prod, { ...config, environments: { prod } });
  });
});
