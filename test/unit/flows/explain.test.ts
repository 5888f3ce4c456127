import assert from 'node:assert/strict';
import { parseConfig } from '../../../src/lib/config/parse.ts';
import type { Config } from '../../../src/lib/domain/environment.ts';
import { HdError, UnreachableError } from '../../../src/lib/domain/errors.ts';
import { Exit } from '../../../src/lib/domain/exit.ts';
import type { Roles } from '../../../src/lib/domain/policy.ts';
import { explain, type Explained } from '../../../src/lib/flows/explain.ts';
import { policyHere } from '../../../src/lib/flows/gates/policy-here.ts';
import type { GitHub, ResolvedImage } from '../../../src/lib/ports.ts';
import { endBlockLines } from '../../../src/lib/ui/endblock.ts';
import { explainView } from '../../../src/lib/ui/screens/explain.ts';
import { viewLines } from '../../../src/lib/ui/view.ts';
import { digest, NOW, release, serving } from '../../support/core.ts';
import { fakeWorld } from '../../support/world.ts';
import { fakeHost } from '../engine/fakes.ts';
import { reads, WIDE } from '../ui/golden.ts';

const NEW = release('1.4.0');
const HEAD = '8c3f2e14b7d0a9c6e5f3b2a1d4c7e8f90a1b2c3d';
const ALONE = 'checks: false, branch: false, immutable: false, drift: false, ledger: false, disk: false';
const POLICY = `policy: {rate: {deploys: 1, per: 4h}, ${ALONE}}`;
const OTHER = `policy: {rate: {deploys: 2, per: 4h}, ${ALONE}}`;

/** hd.yml, with what it says of prod. */
const yml = (policy?: string, roles = ''): string => `app: healthdelta
repository: acme/healthdelta
images: {backend: ghcr.io/acme/backend}
roles: {${roles}}
environments:
  prod: {${['hosts: [prod-1]', 'directory: /opt/app', 'compose: [compose.yaml]', policy].filter(Boolean).join(', ')}}
`;

const parsed = (text: string): Config =>
  parseConfig(text, { file: '/hd.yml', root: '/', name: 'hd.yml', version: '0.1.0' });

const bytes = (text: string) => ({ content: new TextEncoder().encode(text), executable: false });

function image(): ResolvedImage {
  const labels = {
    'org.opencontainers.image.version': '1.4.0',
    'org.opencontainers.image.revision': NEW.commit,
  };
  const platform = { platform: 'linux/amd64', digest: digest('9f2c'), labels, layers: [] };
  return { digest: digest('9f2c'), platforms: [platform] };
}

/** What `hd explain prod --tag v1.4.0` says where the file here and the release branch have these texts. */
function explained(
  here: string,
  onMain: string,
  rest: Partial<GitHub> = {},
  observe = () => Promise.resolve(serving(release('1.3.2'))),
): Promise<Explained> {
  const config = parsed(here);
  const { prod } = config.environments;
  assert.ok(prod);
  const github: Partial<GitHub> = {
    tag: () => Promise.resolve({ tag: 'v1.4.0', commit: NEW.commit, annotated: true }),
    defaultBranch: () => Promise.resolve('main'),
    branchHead: () => Promise.resolve(HEAD),
    readFile: () => Promise.resolve(bytes(onMain)),
    ...rest,
  };
  const host = fakeHost('prod-1', {
    observe,
    records: () => Promise.resolve({ ledger: '', setAside: [], journals: new Map<string, string>() }),
  });
  const compose = bytes('services: {backend: {image: ghcr.io/acme/backend}}\n');
  const world = fakeWorld({
    config,
    github: () => Promise.resolve(github as GitHub),
    registry: () => Promise.resolve({ resolve: () => Promise.resolve(image()) }),
    sources: () => Promise.resolve({ read: () => Promise.resolve(compose), list: () => Promise.resolve([]) }),
    host: () => Promise.resolve(host),
    actor: () => Promise.resolve({ name: 'login-a', proven: true, machine: 'build-7' }),
  });
  return explain(world, prod, { tag: 'v1.4.0', worktree: false });
}

async function says(here: string, onMain: string, golden: string): Promise<void> {
  const told = await explained(here, onMain);
  assert.equal(told.exit, 0);
  reads([...viewLines(explainView(told, NOW), WIDE), [], ...endBlockLines(told.block, WIDE)], golden);
}

const HEADER = 'explain prod v1.4.0  acme/healthdelta  login-a  Thu 2026-11-19 10:00 UTC-5';
const GATE = `
${HEADER}

  GATE    EVIDENCE, AND WHAT OPENS IT
  ✓ rate  no deployment yet; 1 per 4h
`;
const OPEN = `
✓ open  1 of 1 gate
  next       hd deploy prod --tag v1.4.0
`;

describe('hd explain, of rules that come from the release branch (D10)', () => {
  it('says that a policy is not there yet, and does not bind', () =>
    says(
      yml(POLICY),
      yml(),
      `
${HEADER}

  ! policy   that of hd.yml here is not on main (8c3f2e1) yet: it does not bind

✓ open  prod serves v1.3.2 on 1 of 1 host
  next       once it is committed on main: git push origin main
             without it: hd deploy prod --tag v1.4.0
`,
    ));

  it('says that nothing is demanded where neither demands anything', () =>
    says(
      yml(),
      yml(),
      `
${HEADER}

  policy     none: nothing is demanded of a deployment to prod

✓ open  prod serves v1.3.2 on 1 of 1 host
  next       hd deploy prod --tag v1.4.0
`,
    ));

  const beside: readonly (readonly [what: string, here: string, rules: string])[] = [
    ['judges by them, and says where they stand', yml(POLICY), 'hd.yml on main, 8c3f2e1'],
    ['judges by them where the file here has none', yml(), 'hd.yml on main, 8c3f2e1; hd.yml here has none'],
    [
      'judges by them where the file here has others',
      yml(OTHER),
      'hd.yml on main, 8c3f2e1; hd.yml here has others, which do not bind',
    ],
  ];
  for (const [what, here, rules] of beside)
    it(what, () => says(here, yml(POLICY), `${GATE}\n  rules      ${rules}\n${OPEN}`));

  it('says it to programs too', async () => {
    const { json } = await explained(yml(POLICY), yml());
    assert.deepEqual(json, {
      ...{ environment: 'prod', wanted: 'v1.4.0', open: true, gates: [] },
      rulesFrom: { branch: 'main', commit: HEAD, here: 'other' },
    });
  });

  it('asks GitHub once for them, also where they demand nothing', async () => {
    const answers = [Promise.resolve(bytes(yml()))];
    const readFile = () =>
      answers.shift() ?? Promise.reject(new UnreachableError('github', 'github.com: no answer'));
    const { block } = await explained(yml(POLICY), yml(), { readFile });
    assert.deepEqual([block.verdict.outcome, answers], ['open', []]);
  });

  it('reads them while it looks at the hosts, each of which may take as long', async () => {
    const looked = Promise.withResolvers<undefined>();
    let asked = 0;
    const readFile = () => {
      asked += 1;
      looked.resolve(undefined);
      return Promise.resolve(bytes(yml(POLICY)));
    };
    const observe = () => looked.promise.then(() => serving(release('1.3.2')));
    const { block } = await explained(yml(POLICY), yml(), { readFile }, observe);
    assert.deepEqual([block.verdict.outcome, asked], ['open', 1]);
  });

  it('says what else is wrong first, and nothing of rules that nobody needs then', async () => {
    const lost = new UnreachableError('github', 'github.com: no answer');
    const none = new HdError('no-tag', Exit.usage, 'there is no tag v1.4.0');
    const rest = { tag: () => Promise.reject(none), readFile: () => Promise.reject(lost) };
    await assert.rejects(explained(yml(POLICY), yml(), rest), none);
  });

  it('takes it for another where other people fill its roles, and not where a role is filled that it does not name', () => {
    const own = parsed(yml(`policy: {approvals: {lead: 1}}`, 'lead: [login-b], qa: [login-c]'));
    const prod = own.environments['prod'] ?? assert.fail();
    const beside = (roles: Roles) => policyHere({ config: own }, prod, { policy: prod.policy, roles });
    assert.equal(beside({ lead: ['login-b'] }), 'same');
    assert.equal(beside({ lead: ['login-c'], qa: ['login-c'] }), 'other');
  });

  it('takes it for the same where the logins of a role stand in another order or case', () => {
    const own = parsed(yml(`policy: {approvals: {lead: 1}}`, 'lead: [login-b, Login-C]'));
    const prod = own.environments['prod'] ?? assert.fail();
    const rules = { policy: prod.policy, roles: { lead: ['login-c', 'LOGIN-B'] } };
    assert.equal(policyHere({ config: own }, prod, rules), 'same');
  });
});
