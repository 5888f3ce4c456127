import assert from 'node:assert/strict';
import { sha256 } from '../../../src/lib/domain/canonical.ts';
import { HdError } from '../../../src/lib/domain/errors.ts';
import { Exit } from '../../../src/lib/domain/exit.ts';
import { drivers } from '../../../src/lib/drivers/index.ts';
import { agreeAndCarryOut } from '../../../src/lib/flows/agree.ts';
import type { AgreeRequest } from '../../../src/lib/flows/agree-request.ts';
import type { Answer } from '../../../src/lib/flows/answer.ts';
import type { Change } from '../../../src/lib/flows/change.ts';
import type { SeenHost } from '../../../src/lib/flows/observe.ts';
import { planChange } from '../../../src/lib/flows/plan.ts';
import type { World } from '../../../src/lib/flows/world.ts';
import type { GitHubIssue, Host } from '../../../src/lib/ports.ts';
import { startApprovals, type ApprovalBench } from '../../support/approvals.ts';
import { entry, environment, release, target } from '../../support/core.ts';

/** One role is asked, and no other gate judges. */
const HD_YML = `app: healthdelta
repository: acme/healthdelta
images: {backend: ghcr.io/acme/backend}
roles: {tech-lead: [login-b]}
environments:
  prod:
    hosts: [prod-1]
    directory: /opt/app
    compose: [compose.yaml]
    policy:
      approvals: {tech-lead: 1}
      checks: false
      branch: false
      immutable: false
      drift: false
      ledger: false
      disk: false
      break_glass: [approvals]
`;

const prod = environment();
const actor = { name: 'login-a', proven: true, machine: 'build-7' };
const SERVES = release('1.3.2');
/** Of the same commit: GitHub has nothing to tell of what lies between. */
const NEW = release('1.4.0', { commit: SERVES.commit });

const full = new HdError('disk-full', Exit.unreachable, 'no space left');

const COMPOSE = 'services: {backend: {image: ghcr.io/acme/backend}}\n';

describe('a change that people agree to by their roles', function () {
  this.timeout(60_000);
  let here: ApprovalBench;
  let host: Host;
  /** What the first effect of the plan comes to. */
  let ship: Host['ship'];

  before(async () => {
    here = await startApprovals();
    await here.bench.commit({ 'hd.yml': HD_YML });
  });
  beforeEach(() => {
    here.afresh();
    ship = () => Promise.reject(new TypeError('the first effect came to nothing'));
    const records = () => Promise.resolve({ ledger: '', setAside: [], journals: new Map<string, string>() });
    host = { ...here.host.host, records, ship: (...asked) => ship(...asked) };
  });
  after(async () => {
    assert.deepEqual(await here.bench.violations(), []);
    await here.bench.stop();
  });

  const look = async (): Promise<[Change, SeenHost[]]> => {
    const seen = [{ host, observed: await host.observe() }];
    const files = target({ 'compose.yaml': COMPOSE }, { release: NEW });
    const { plan } = planChange(
      drivers.compose,
      prod,
      files,
      seen.map((each) => each.observed),
    );
    const blobs = new Map([[sha256(COMPOSE), Buffer.from(COMPOSE)]]);
    const resolved = { target: files, blobs, layers: new Map<string, number>() };
    const change = { environment: prod, driver: drivers.compose, target: resolved, plan, actor };
    return [{ verb: 'deploy', ...change }, seen];
  };
  /** @param meanwhile before everything is looked at afresh */
  const deploy = async (
    rest: Partial<World> = {},
    meanwhile = () => undefined as unknown,
    gates: Partial<AgreeRequest['gates']> = {},
  ): Promise<Answer> => {
    const base = here.world('login-a');
    const world: World = {
      ...base,
      config: { ...base.config, ledger: { publish: false } },
      host: () => Promise.resolve(host),
      ...rest,
    };
    here.clock.acts = gates.wait === false ? [] : [approve];
    const run = async (request: AgreeRequest): Promise<Answer> => {
      const [change, seen] = await look();
      return agreeAndCarryOut(world, request, { change, seen }, async (next) => {
        await meanwhile();
        return run(next);
      });
    };
    return run({
      dryRun: false,
      confirm: () => Promise.resolve(),
      gates: { nextSlot: false, wait: true, ...gates },
      typed: ['hd', 'deploy', 'prod', '--tag', 'v1.4.0'],
    });
  };
  const newest = async (): Promise<GitHubIssue> => {
    const [found] = await here.github('login-a').issues({ labels: ['hd-approval'], state: 'all' });
    assert.ok(found);
    return found;
  };
  const approve = async (): Promise<void> => {
    const { number, title } = await newest();
    await here.says('login-b', number, `hd approve ${title.split('plan ')[1] ?? ''}\nFine by me.`);
  };
  const closing = async (): Promise<string | undefined> =>
    (await here.github('login-a').comments((await newest()).number)).at(-1)?.body.split('\n').at(-2);
  const previews = (): string[] =>
    here.recorder.events.flatMap((event) =>
      event.type === 'preview'
        ? [[...event.facts, ...(event.after ?? [])].map(({ label }) => label).join(' ')]
        : [],
    );
  const plan = async (): Promise<string> => (await look())[0].plan.hash.slice(0, 12);

  it('is shown once: after the approvals one line says that the plan is still the same', async () => {
    await assert.rejects(deploy(), /came to nothing/);
    assert.deepEqual(previews(), ['serves release commit backend compose plan gates way back', 'plan']);
    const last = here.recorder.events.findLast((event) => event.type === 'preview');
    assert.deepEqual(last?.facts, [
      { mark: 'ok', label: 'plan', text: `${await plan()} is still the approved one` },
    ]);
  });

  it('is shown again where something else would be read there by then', async () => {
    const confirmed = entry({ deployment: 'd45', outcome: 'confirmed', release: release('1.3.1') });
    await assert.rejects(
      deploy({}, () => here.host.write(confirmed)),
      /came to nothing/,
    );
    const [first, again, ...more] = previews();
    assert.deepEqual([first, more], [again, []]);
  });

  it('is used up once it was begun: an error closes its request too', async () => {
    const left = new HdError('terminal', Exit.bug, 'the terminal is gone');
    const onLeave = (): void => {
      throw left;
    };
    await assert.rejects(deploy({ onLeave }), left);
    assert.equal((await newest()).open, false);
    assert.equal(await closing(), 'The plan was begun, and an error ended it: the terminal is gone.');
  });

  it('says the error that ended it, also where GitHub does not close the request', async () => {
    ship = async () => {
      await here.bench.fault({ match: { method: 'POST' }, times: 100, kind: 'status', status: 422 });
      throw new TypeError('the first effect came to nothing');
    };
    await assert.rejects(deploy(), /came to nothing/);
    await here.bench.clearFaults();
    const { number } = await newest();
    const warnings = here.recorder.events.flatMap((event) => (event.type === 'note' ? [event.text] : []));
    assert.match(warnings.at(-1) ?? '', new RegExp(`^issue ${number} is not closed: `));
  });

  it('says the error that ended it, also where closing the request fails in a way that nobody foresaw', async () => {
    const redact = (text: string): string => {
      if (text.startsWith('The plan was begun')) throw new TypeError('closing came to nothing');
      return text;
    };
    await assert.rejects(deploy({ redact }), /the first effect came to nothing/);
  });

  it('does not hide a fault of its own in closing the request of what was carried out', async () => {
    ship = () => Promise.reject(full);
    const redact = (text: string): string => {
      if (text.startsWith('The plan was carried out')) throw new TypeError('closing came to nothing');
      return text;
    };
    await assert.rejects(deploy({ redact }), new TypeError('closing came to nothing'));
    assert.equal((await newest()).open, true);
  });

  it('closes the request that an emergency did not wait for, and says so', async () => {
    ship = () => Promise.reject(full);
    const meanwhile = () => undefined;
    const asked = await deploy({}, meanwhile, { wait: false });
    const breakGlass = { incident: 'INC-7', reason: 'it burns', again: true };
    const { block } = await deploy({}, meanwhile, { breakGlass, wait: false });
    assert.equal((await newest()).open, false);
    const how = 'The plan was carried out in an emergency, without these approvals';
    assert.deepEqual([asked.exit, await closing()], [Exit.waiting, `${how}: ${block.verdict.outcome}.`]);
  });

  it('keeps its request where nothing was begun', async () => {
    const meanwhile = (): void => {
      here.host.broken = full;
    };
    await assert.rejects(deploy({}, meanwhile), { code: full.code });
    assert.equal((await newest()).open, true);
  });
});
