import assert from 'node:assert/strict';
import { registryLogins, requireLogins } from '../../../src/lib/domain/registry-login.ts';

describe('the logins of hd.yml', () => {
  const registries = {
    'GHCR.io': { insecure: false, login: { username: 'ana', passwordEnv: 'HD_REGISTRY_PASSWORD' } },
    '10.0.0.5:5000': { insecure: true },
  };

  it('have their passwords from the environment', () => {
    const [[host, login] = assert.fail('none')] = [
      ...registryLogins(registries, { HD_REGISTRY_PASSWORD: 'p4ss' }),
    ];
    assert.deepEqual([host, login.username, login.password.reveal()], ['ghcr.io', 'ana', 'p4ss']);
    assert.equal(registryLogins(registries, { HD_REGISTRY_PASSWORD: '' }).size, 0);
  });

  it('need them before anything is begun: exit 2 names the variable', () => {
    assert.throws(() => requireLogins(registries, {}), {
      exit: 2,
      message: 'the login of GHCR.io needs HD_REGISTRY_PASSWORD, which is not set',
    });
    requireLogins(registries, { HD_REGISTRY_PASSWORD: 'p4ss' });
  });
});
