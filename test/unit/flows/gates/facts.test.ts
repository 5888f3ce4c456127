import assert from 'node:assert/strict';
import { canonical } from '../../../../src/lib/domain/canonical.ts';
import { UnreachableError } from '../../../../src/lib/domain/errors.ts';
import type { LedgerEntry } from '../../../../src/lib/domain/ledger.ts';
import type { PlanSubject } from '../../../../src/lib/domain/plan.ts';
import { drivers } from '../../../../src/lib/drivers/index.ts';
import { gatherFacts } from '../../../../src/lib/flows/gates/facts.ts';
import type { Change } from '../../../../src/lib/flows/change.ts';
import type { SeenHost } from '../../../../src/lib/flows/observe.ts';
import type { CommitCheck, GitHub } from '../../../../src/lib/ports.ts';
import { entry as line, environment, ledger, observed, release } from '../../../support/core.ts';
import { fakeWorld } from '../../../support/world.ts';
import { fakeHost } from '../../engine/fakes.ts';
import { POLICY } from '../../gates/deploy/facts.ts';

const PLAN = '7c1e09ab42d8'.padEnd(64, '0');
const prod = environment({
  name: 'prod',
  hosts: ['prod-1', 'prod-2'],
  github: { environment: 'prod', workflow: 'deploy.yml' },
});
const subject: PlanSubject = { environment: 'prod', hosts: [], images: {}, files: [], serves: [], steps: [] };
const plan = { environment: 'prod', release: release(), hosts: [], stages: [], subject, hash: PLAN };
const target = { layers: new Map() } as unknown as Change['target'];
const change = {
  verb: 'deploy',
  environment: prod,
  driver: drivers.compose,
  plan,
  target,
} as unknown as Change;

const check = (name: string, workflow?: string): CommitCheck => ({
  name,
  state: 'running',
  ...(workflow === undefined ? {} : { workflow }),
});

/** What GitHub says; anything else is not asked. */
function github(does: Partial<GitHub>): GitHub {
  return {
    checks: () => Promise.resolve([]),
    requiredChecks: () => Promise.resolve([]),
    branchHead: () => Promise.resolve('f'.repeat(40)),
    compare: () => Promise.resolve({ status: 'behind', aheadBy: 0, behindBy: 1 }),
    release: () => Promise.resolve(undefined),
    ...does,
  } as unknown as GitHub;
}

/** Hosts whose ledgers have these lines. */
function hostsWith(...ledgers: readonly (readonly string[])[]): SeenHost[] {
  return ledgers.map((lines, index) => {
    const name = `prod-${index + 1}`;
    const text = lines.map((line) => `${line}\n`).join('');
    const records = () => Promise.resolve({ ledger: text, setAside: [], journals: new Map() });
    return { host: fakeHost(name, { records }), observed: observed({ host: name }) };
  });
}

function factsWith(hub: Partial<GitHub>, seen = hostsWith([], [])) {
  const world = fakeWorld({ github: () => Promise.resolve(github(hub)) });
  const config = { ...world.config, environments: { prod } };
  const rules = { policy: { ...POLICY, requiredChecks: ['lint'] }, roles: {}, config };
  return gatherFacts({ world: { ...world, config }, change, seen, rules });
}

describe('what gates judge by', () => {
  it('are the checks of a commit, without those of runs that deploy it', async () => {
    const all = [check('test', 'ci.yml'), check('deploy', 'deploy.yml'), check('scan')];
    const { checks } = await factsWith({
      checks: () => Promise.resolve(all),
      requiredChecks: () => Promise.resolve(['test', 'lint']),
    });
    assert.deepEqual(checks, { checks: [all[0], all[2]], required: ['test', 'lint'] });
  });

  it('says what could not be had instead of leaving it out', async () => {
    const away = () => Promise.reject(new TypeError('a bug'));
    await assert.rejects(factsWith({ checks: away }), TypeError);
    const world = fakeWorld({ github: () => Promise.resolve(undefined) });
    const rules = { policy: POLICY, roles: {}, config: world.config };
    const facts = await gatherFacts({ world, change, seen: hostsWith([], []), rules });
    assert.deepEqual(
      [facts.checks, facts.branch],
      Array(2).fill({ unknown: 'hd.yml names no repository on GitHub' }),
    );
  });

  it('are the digests that were released, or why they are not known', async () => {
    const manifest = { images: { backend: { digest: 'sha256:1' } } };
    const published = { id: 1, url: '', prerelease: false, draft: false, assets: [], uploadUrl: '' };
    const hub = {
      release: () => Promise.resolve(published),
      readAsset: () => Promise.resolve(JSON.stringify(manifest)),
    };
    assert.deepEqual(
      (await factsWith(hub)).images.map((each) => each.released),
      ['sha256:1'],
    );
    const away = () => Promise.reject(new UnreachableError('github', 'no answer'));
    assert.deepEqual((await factsWith({ ...hub, readAsset: away })).manifest, { unknown: 'no answer' });
  });

  it('are the problems of the ledgers: lines that are altered, and two stories', async () => {
    const first: Partial<LedgerEntry> = { kind: 'frozen', reason: 'one' };
    const texts = (...entries: Partial<LedgerEntry>[]) =>
      ledger(entries.map(line)).map((each) => canonical(each.entry));
    const whole = texts(first, { kind: 'unfrozen' });
    const other = texts(first, { kind: 'frozen', reason: 'two' });
    assert.deepEqual((await factsWith({}, hostsWith(whole, whole.slice(0, 1)))).ledger.problems, []);
    const forked = await factsWith({}, hostsWith(whole, other));
    assert.match(forked.ledger.problems.join(), /^prod-2 and prod-1 tell two stories/);
    const altered = [(whole[0] ?? '').replace('one', 'on3'), whole[1] ?? ''];
    assert.match((await factsWith({}, hostsWith(altered, whole))).ledger.problems.join(), /^prod-1: /);
  });
});
