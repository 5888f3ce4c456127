import assert from 'node:assert/strict';
import fc from 'fast-check';
import { canonical, sha256 } from '../../../src/lib/domain/canonical.ts';
import { HdError } from '../../../src/lib/domain/errors.ts';
import { planFileText, readPlanFile, type PlanFile } from '../../../src/lib/domain/plan-file.ts';
import { drivers } from '../../../src/lib/drivers/index.ts';
import { planFileOf } from '../../../src/lib/flows/plan-file.ts';
import { planChange } from '../../../src/lib/flows/plan.ts';
import type { Made } from '../../../src/lib/flows/answer.ts';
import { container, digest, environment, NOW, release, serving, target } from '../../support/core.ts';
import { fakeWorld } from '../../support/world.ts';
import { fakeHost } from '../engine/fakes.ts';

const HOSTS = ['prod-1', 'prod-2'];
const OLD = release('1.3.2');
const STORY: PlanFile['story'] = {
  commits: {
    from: OLD.commit,
    to: release().commit,
    total: 1,
    list: [{ sha: release().commit, title: 'Measure sleep', author: 'login-a' }],
  },
  pulls: [{ number: 412, title: 'Sleep', url: 'https://github.com/acme/app/pull/412', author: 'login-b' }],
  images: [
    { service: 'backend', repository: 'ghcr.io/acme/backend', from: digest('41c7'), to: digest('9f2c') },
  ],
  files: [{ path: 'compose.yaml', change: 'changed', diff: ['@@ -1,1 +1,1 @@', '-a', '+b'] }],
  expectedMs: { pull: 14_000, all: 20_000 },
  wayBack: { name: 'v1.3.2', expectedMs: 40_000 },
};

/** Every kind of action is in it: a tree that is shipped, a pull, leftovers, a switch. */
async function made(): Promise<PlanFile> {
  const to = target(
    { 'compose.yaml': 'services: {backend: {image: b, volumes: ["./conf:/conf:ro"]}}\n' },
    { more: { 'conf/a': '1' } },
  );
  const observed = HOSTS.map((host) => {
    const one = serving(OLD, { host });
    const left = container({
      name: `${'a'.repeat(12)}_app-backend-1`,
      state: 'created',
      digests: [digest('41c7')],
    });
    return { ...one, containers: [...one.containers, left] };
  });
  const { plan } = planChange(drivers.compose, environment({ hosts: HOSTS }), to, observed);
  const actor = { name: 'login-a', proven: true, machine: 'build-7' };
  const change: Made['change'] = {
    ...{ verb: 'deploy', environment: environment({ hosts: HOSTS }), driver: drivers.compose, plan, actor },
    target: { target: to, blobs: new Map(), layers: new Map() },
  };
  const seen = observed.map((each) => ({ host: fakeHost(each.host), observed: each }));
  const gates: Made['gates'] = [
    { gate: 'window', state: 'open', text: 'Thursday 10:11', more: ['closes 15:00'], closesAt: NOW },
  ];
  return planFileOf(fakeWorld(), { change, seen, story: STORY, gates });
}

const read = (value: unknown): PlanFile =>
  readPlanFile('plan.json', typeof value === 'string' ? value : JSON.stringify(value), '0.1.0');

function failing(value: unknown): HdError {
  try {
    read(value);
  } catch (error) {
    if (error instanceof HdError) return error;
    throw error;
  }
  throw new assert.AssertionError({ message: 'it was read' });
}

const hashed = (plan: PlanFile): PlanFile => ({ ...plan, hash: sha256(canonical(plan.subject)) });

describe("a plan's file", () => {
  let plan: PlanFile;
  before(async () => {
    plan = await made();
  });

  it('is canonical JSON that reads back as what was written', () => {
    const text = planFileText(plan);
    assert.ok(text.endsWith('}\n') && !text.slice(0, -1).includes('\n'));
    assert.deepEqual(read(text), JSON.parse(text));
    assert.equal(planFileText(read(text)), text);
    assert.equal(read(text).at, '2026-11-19T15:00:00.000Z');
  });

  it('has every action whole, as an argument list', () => {
    const steps = plan.stages.flatMap((stage) => stage.steps.filter((step) => step.host === 'prod-2'));
    assert.deepEqual(
      steps.map(({ action }) => action.kind),
      ['ship', 'ship', 'run', 'run', 'run', 'settle', 'point'],
    );
    assert.deepEqual(steps.find(({ action }) => action.kind === 'run')?.action, {
      kind: 'run',
      argv: ['docker', 'pull', `ghcr.io/acme/backend@${digest('9f2c')}`],
      timeoutMs: 300_000,
    });
    assert.deepEqual(plan.gates, [
      { gate: 'window', state: 'open', text: 'Thursday 10:11', more: ['closes 15:00'] },
    ]);
  });

  const MALFORMED: readonly [what: string, change: (plan: PlanFile) => unknown, says: RegExp][] = [
    ['no JSON', () => 'hd plan', /^plan\.json is no JSON$/],
    ['nothing', () => null, /no schemaVersion/],
    ['a list', () => [], /no schemaVersion/],
    ['another form', (of) => ({ ...of, schemaVersion: 2 }), /has schemaVersion 2; hd 0\.1\.0 reads 1/],
    ['a key that is not known', (of) => ({ ...of, shell: 'id' }), /the plan: Unrecognized key: "shell"/],
    [
      'a key that is not known in a step',
      (of) => {
        const [first, ...rest] = of.stages;
        const steps = first?.steps.map((step) => ({ ...step, shell: 'id' }));
        return { ...of, stages: [{ ...first, steps }, ...rest] };
      },
      /stages\[0\]\.steps\[0\]: Unrecognized key: "shell"/,
    ],
    [
      'a digest that is none',
      (of) => ({
        ...of,
        release: { ...of.release, images: { backend: { repository: 'b', digest: 'latest' } } },
      }),
      /release\.images\.backend\.digest: sha256: and 64 hex/,
    ],
    [
      'an action that hd does not know',
      (of) => ({ ...of, subject: { ...of.subject, steps: [{ host: 'a', action: { kind: 'shell' } }] } }),
      /subject\.steps\[0\]\.action/,
    ],
    ['no hash', ({ hash: _, ...of }) => of, /hash: /],
  ];
  for (const [what, change, says] of MALFORMED)
    it(`is refused with exit 2: ${what}`, () => {
      const error = failing(change(plan));
      assert.equal(error.exit, 2);
      assert.match(error.message, says);
    });

  it('that another hd made says so when it can not be read', () => {
    const { facts } = failing({ ...plan, hd: '0.9.0', newer: true });
    assert.equal(facts.at(-1)?.text, 'it says that hd 0.9.0 made it');
  });

  const ALTERED: readonly [what: string, change: (plan: PlanFile) => PlanFile, says: string][] = [
    ['its hash', (of) => ({ ...of, hash: 'f'.repeat(64) }), 'its hash is not that of its subject'],
    [
      'its subject',
      (of) => ({ ...of, subject: { ...of.subject, hosts: ['prod-1'] } }),
      'its hash is not that of its subject',
    ],
    [
      'a command',
      (of) => ({
        ...of,
        stages: of.stages.map((stage) => ({
          ...stage,
          steps: stage.steps.map((step) =>
            step.action.kind === 'run' ? { ...step, action: { ...step.action, argv: ['id'] } } : step,
          ),
        })),
      }),
      'the steps of its stages are not those of its subject',
    ],
    [
      'a command in both places',
      (of) => ({ ...of, subject: { ...of.subject, steps: of.subject.steps.slice(1) }, stages: [] }),
      'its hash is not that of its subject',
    ],
    [
      'its environment',
      (of) => ({ ...of, environment: 'staging' }),
      'its environment is not that of its subject',
    ],
    [
      'its release',
      (of) => ({ ...of, release: OLD }),
      'the digests of its release are not those of its subject',
    ],
    [
      'its subject and its hash',
      (of) => hashed({ ...of, subject: { ...of.subject, environment: 'staging' } }),
      'its environment is not that of its subject',
    ],
  ];
  for (const [what, change, says] of ALTERED)
    it(`is refused with exit 5 where somebody altered ${what}`, () => {
      const error = failing(change(plan));
      assert.equal(error.exit, 5);
      assert.equal(error.message, `plan.json was altered: ${says}`);
    });

  it('can not be altered in any word of its subject, its steps or its digests', () => {
    const words = leaves({
      subject: plan.subject,
      steps: plan.stages.map(({ steps }) => steps),
      images: plan.release.images,
    });
    const decisive = words.filter((path) => !['cause', 'timeoutMs', 'settleMs'].includes(path.at(-1) ?? ''));
    assert.ok(decisive.length > 50);
    fc.assert(
      fc.property(fc.constantFrom(...decisive), (path) => {
        const [head = '', ...rest] = path;
        const at = { subject: ['subject'], steps: ['stages'], images: ['release', 'images'] }[head] ?? [];
        const [index = '', ...deep] = rest;
        const where = head === 'steps' ? [...at, index, 'steps', ...deep] : [...at, ...rest];
        assert.ok([2, 5].includes(failing(changed(plan, where)).exit), where.join('.'));
      }),
    );
  });
});

/** The path of every value that holds no others. */
function leaves(value: unknown, path: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [[...path]];
  return Object.entries(value).flatMap(([key, each]) => leaves(each, [...path, key]));
}

function changed(value: unknown, [key, ...rest]: readonly string[]): unknown {
  if (key === undefined) return typeof value === 'boolean' ? !value : `${String(value)}x`;
  if (Array.isArray(value))
    return value.map((each: unknown, index) => (String(index) === key ? changed(each, rest) : each));
  const record = value as Record<string, unknown>;
  return { ...record, [key]: changed(record[key], rest) };
}
