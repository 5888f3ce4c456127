import assert from 'node:assert/strict';
import fc from 'fast-check';
import { dispatchInputs, dispatchTrigger, requestId, requestIn } from '../../../src/lib/domain/dispatch.ts';
import { UsageError } from '../../../src/lib/domain/errors.ts';

const PLAN = '7c1e09ab42d8f3b0c1d5e6a7980b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6f7a8b';
const WISH = {
  ...{ verb: 'deploy' as const, environment: 'production', tag: 'v1.4.0', plan: PLAN },
  request: 'prod-7c1e09ab42d8-5f3a90c1',
};

function inputsOf(workflow: string, wish: Partial<Parameters<typeof dispatchInputs>[0]> = {}) {
  const trigger = dispatchTrigger(workflow);
  assert.ok(trigger !== undefined);
  return dispatchInputs({ ...WISH, ...wish }, trigger, 'deploy.yml');
}

function refused(
  workflow: string,
  message: string,
  wish: Partial<Parameters<typeof dispatchInputs>[0]> = {},
): void {
  assert.throws(
    () => inputsOf(workflow, wish),
    (error) => error instanceof UsageError && error.message === message,
  );
}

const on = (inputs: string): string => `on:\n  workflow_dispatch:\n    inputs: {${inputs}}\n`;

describe('what a workflow is told', () => {
  it('is all of it where all is declared', () => {
    const all = on('environment: {required: true}, version: {required: true}, plan: {}, request: {}');
    assert.deepEqual(inputsOf(all), {
      inputs: { environment: 'production', version: 'v1.4.0', plan: PLAN, request: WISH.request },
      unknown: [],
    });
  });

  it('is the environment and the version only, where plan and request are not declared', () => {
    assert.deepEqual(inputsOf(on('environment: {required: true}, version: {}')), {
      inputs: { environment: 'production', version: 'v1.4.0' },
      unknown: ['plan', 'request'],
    });
  });

  it('is a target_version where it goes back', () => {
    const back = on('environment:, target_version:, plan:');
    assert.deepEqual(inputsOf(back, { verb: 'rollback' }), {
      inputs: { environment: 'production', target_version: 'v1.4.0', plan: PLAN },
      unknown: ['request'],
    });
    refused(back, 'deploy.yml does not declare version as inputs of workflow_dispatch');
  });

  it('leaves inputs with a default alone, and refuses what only a person could answer', () => {
    const known = 'environment: {}, version: {}';
    const migrations = `${known}, run_migrations: {type: boolean, required: true, default: true}`;
    assert.deepEqual(Object.keys(inputsOf(on(migrations)).inputs), ['environment', 'version']);
    refused(
      on(`${known}, reason: {required: true}`),
      'deploy.yml requires the input reason, which hd does not know',
    );
    refused(on('version: {}'), 'deploy.yml does not declare environment as inputs of workflow_dispatch');
  });

  it('must be among the options of a choice', () => {
    const choice = on('environment: {type: choice, options: [staging, production]}, version: {}');
    assert.equal(inputsOf(choice).inputs['environment'], 'production');
    refused(choice, 'orin is no option of the input environment of deploy.yml', { environment: 'orin' });
  });
});

describe('a workflow that can be dispatched', () => {
  it('is one that says so, in each of the ways that GitHub reads', () => {
    for (const text of [
      'on: workflow_dispatch',
      'on: [push, workflow_dispatch]',
      'on: {workflow_dispatch: }',
    ])
      assert.deepEqual([...(dispatchTrigger(text)?.inputs ?? ['none'])], [], text);
    for (const text of ['on: push', 'on: [push]', 'on: {push: }', 'jobs: {}', '', '- a', 'a: [', 'on: null'])
      assert.equal(dispatchTrigger(text), undefined, text);
  });

  it('shows its request if the run-name has the input', () => {
    const shows = (name: string) =>
      dispatchTrigger(`run-name: "${name}"\non: workflow_dispatch`)?.showsRequest;
    assert.equal(shows('deploy ${{ inputs.version }}, ${{ inputs.request }}'), true);
    assert.equal(shows('${{ github.event.inputs.request }}'), true);
    assert.equal(shows("${{ inputs.request || 'by hand' }}"), true);
    assert.equal(shows('inputs.request'), false);
    assert.equal(shows('${{ inputs.requester }}'), false);
    assert.equal(dispatchTrigger('on: workflow_dispatch')?.showsRequest, false);
  });
});

describe('a request', () => {
  const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,20}$/);
  const hex = (length: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`));

  it('is found in the title of its own environment only', () => {
    fc.assert(
      fc.property(name, name, hex(64), hex(8), (environment, other, plan, random) => {
        const id = requestId(environment, plan, random);
        for (const title of [id, `deploy v1.4.0 to ${other}, ${id}`, `(${id})`, `[${id}] x`])
          assert.deepEqual(requestIn(title, environment), { id, plan: plan.slice(0, 12) }, title);
        if (other !== environment) assert.equal(requestIn(`deploy (${id})`, other), undefined);
      }),
    );
  });

  it('is not what only looks like one', () => {
    for (const title of [
      'deploy v1.4.0 to orin',
      'orin-7c1e09ab42d8',
      'orin-7c1e09ab42d8-5f3a90c1f',
      'orin-7c1e09ab42d8-5f3a90c1-1',
      'eu-orin-7c1e09ab42d8-5f3a90c1',
      'orin-7C1E09AB42D8-5f3a90c1',
      '',
    ])
      assert.equal(requestIn(title, 'orin'), undefined, title);
  });
});
