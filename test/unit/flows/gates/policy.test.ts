import assert from 'node:assert/strict';
import { UnreachableError } from '../../../../src/lib/domain/errors.ts';
import type { Config, Environment } from '../../../../src/lib/domain/environment.ts';
import { rulesOf, rulesOfRollback } from '../../../../src/lib/flows/gates/policy.ts';
import type { World } from '../../../../src/lib/flows/world.ts';
import type { GitHub } from '../../../../src/lib/ports.ts';
import { environment } from '../../../support/core.ts';
import { fakeWorld } from '../../../support/world.ts';
import { POLICY } from '../../gates/deploy/facts.ts';

const yml = (rest: string, branch = 'main') => `
app: app
repository: acme/app
images: {backend: ghcr.io/acme/backend}
release: {branch: ${branch}}
${rest}`;

const RULES = yml(`
roles: {lead: [login-b]}
environments:
  prod: {hosts: [prod-1], directory: /opt/app, policy: {rate: {deploys: 1, per: 4h}, approvals: {lead: 1}}}
`);

/** What GitHub has of these two branches. */
function github(files: Readonly<Record<string, string>>, byDefault = 'main'): GitHub {
  return {
    defaultBranch: () => Promise.resolve(byDefault),
    branchHead: (branch: string) => Promise.resolve(branch in files ? `${branch}-head` : undefined),
    readFile: (commit: string) => {
      const text = files[commit.replace(/-head$/, '')];
      return Promise.resolve(
        text === undefined ? undefined : { content: new TextEncoder().encode(text), executable: false },
      );
    },
  } as unknown as GitHub;
}

function worldWith(hub: () => Promise<GitHub | undefined>, config: Partial<Config> = {}): World {
  const base = fakeWorld();
  return { ...base, config: { ...base.config, ...config }, github: hub };
}

const prod = (rest: Partial<Environment> = {}): Environment => ({
  ...environment({ name: 'prod', hosts: ['prod-1'], directory: '/opt/app' }),
  ...rest,
});
const away = () => Promise.reject(new UnreachableError('github', 'github.com: no whole answer in 15s'));

describe('the rules of an environment (D10)', () => {
  it('are those of the release branch, whatever the file here says', async () => {
    const world = worldWith(() => Promise.resolve(github({ main: RULES })), { roles: { lead: ['login-a'] } });
    const { policy, roles, from } = await rulesOf(world, prod());
    assert.deepEqual(
      [policy?.rate, { ...roles }, from],
      [{ deploys: 1, perMs: 14_400_000 }, { lead: ['login-b'] }, { branch: 'main', commit: 'main-head' }],
    );
  });

  it('are those of the branch that the default branch names, not of one that the file here names', async () => {
    const files = {
      main: yml('environments: {prod: {hosts: [prod-1]}}', 'stable'),
      stable: RULES,
      mine: yml('environments: {prod: {hosts: [prod-1]}}'),
    };
    const world = worldWith(() => Promise.resolve(github(files)), {
      release: { branch: 'mine', workflow: 'r.yml' },
    });
    assert.equal((await rulesOf(world, prod())).from?.branch, 'stable');
  });

  it('hold for another name of the same place too, and for no other place', async () => {
    const world = worldWith(() => Promise.resolve(github({ main: RULES })));
    for (const rest of [{}, { directory: '/opt/other' }, { project: 'other' }])
      assert.ok((await rulesOf(world, prod({ name: 'mine', ...rest }))).policy !== undefined);
    assert.equal(
      (await rulesOf(world, prod({ name: 'mine', directory: '/opt/other', project: 'other' }))).policy,
      undefined,
    );
  });

  it('are those of the file here where GitHub has none, or there is no GitHub', async () => {
    for (const hub of [
      () => Promise.resolve(undefined),
      () => Promise.resolve(github({})),
      () => Promise.resolve(github({ main: yml('environments: {orin: {hosts: [orin]}}') })),
    ])
      assert.equal((await rulesOf(worldWith(hub), prod({ policy: POLICY }))).policy, POLICY);
  });

  it('are not known where that file has errors, or GitHub does not answer', async () => {
    const broken = worldWith(() =>
      Promise.resolve(github({ main: yml('environments: {prod: {hosts: []}}') })),
    );
    await assert.rejects(rulesOf(broken, prod()), { code: 'policy-unreadable', exit: 3 });
    await assert.rejects(rulesOf(worldWith(away), prod({ policy: POLICY })), { exit: 11 });
    assert.equal((await rulesOf(worldWith(away), prod())).policy, undefined);
  });

  it('do not hold a rollback up (D9)', async () => {
    assert.equal((await rulesOfRollback(worldWith(away), prod({ policy: POLICY }))).policy, POLICY);
    const silent = worldWith(() => new Promise(() => undefined));
    assert.equal((await rulesOfRollback(silent, prod({ policy: POLICY }))).policy, POLICY);
    const answers = worldWith(() => Promise.resolve(github({ main: RULES })));
    assert.equal((await rulesOfRollback(answers, prod())).from?.branch, 'main');
  });
});
