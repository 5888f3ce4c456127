import assert from 'node:assert/strict';
import { HdError } from '../../../src/lib/domain/errors.ts';
import type { LockState } from '../../../src/lib/domain/lock.ts';
import { lock } from '../../../src/lib/flows/freeze.ts';
import { recordEntries } from '../../../src/lib/flows/note-entry.ts';
import type { World } from '../../../src/lib/flows/world.ts';
import { KeepingHost } from '../../support/approvals.ts';
import { environment, NOW } from '../../support/core.ts';
import { fakeWorld } from '../../support/world.ts';

const seconds = NOW / 1000;
const dead: LockState = {
  holder: { actor: 'login-b', machine: 'laptop', pid: 7, purpose: 'deploy v1.4.0' },
  ...{ fence: 6, since: seconds - 600, expires: seconds - 60 },
};
const prod = environment({ name: 'prod', hosts: ['prod-1'] });

describe('a lease that ended without its holder', () => {
  let host: KeepingHost;
  let world: World;

  beforeEach(() => {
    const keeping = new KeepingHost('prod-1');
    const taken = () => Promise.resolve({ fence: 7, replaced: dead });
    host = Object.assign(keeping, { host: { ...keeping.host, lock: taken } });
    world = fakeWorld({
      actor: () => Promise.resolve({ name: 'login-a', proven: true, machine: 'build-7' }),
      host: () => Promise.resolve(host.host),
    });
  });
  const told = (): (string | undefined)[] => host.entries.map(({ kind, reason }) => reason ?? kind);
  const TAKEN = 'the lease of login-b on laptop, process 7 (deploy v1.4.0) ended on prod-1';

  it('is told by whoever took it over, also where there was nothing else to write', async () => {
    await recordEntries(world, prod, await host.seen(), () => [], 'record a rejection');
    assert.deepEqual(told(), [TAKEN]);
  });

  it('is told by whoever meets a freeze of somebody else under it', async () => {
    const froze = { actor: 'login-c', machine: 'build-7', why: 'Reports are running.', since: seconds };
    let looks = 0;
    const { host: free } = host;
    const observe = async () => ({ ...(await free.observe()), ...((looks += 1) > 1 && { freeze: froze }) });
    Object.assign(host, { host: { ...free, observe } });
    const request = {
      environment: prod,
      why: 'Release freeze.',
      dryRun: false,
      confirm: () => Promise.resolve(),
    };
    await assert.rejects(
      lock(world, request),
      (error) => error instanceof HdError && error.code === 'frozen',
    );
    assert.deepEqual(told(), [TAKEN]);
    assert.deepEqual(
      host.entries.map(({ verb }) => verb),
      ['lock'],
    );
  });
});

describe('a freeze of somebody else', () => {
  it('on any host keeps one from freezing, also where an own one stands on another', async () => {
    const frozen = (actor: string) => ({
      actor,
      machine: 'build-7',
      why: 'Reports are running.',
      since: seconds,
    });
    const hosts = new Map(
      ['login-a', 'login-b'].map((actor, index) => {
        const { host } = new KeepingHost(`prod-${index + 1}`);
        const observe = async () => ({ ...(await host.observe()), freeze: frozen(actor) });
        return [host.name, { ...host, observe }] as const;
      }),
    );
    const world = fakeWorld({
      actor: () => Promise.resolve({ name: 'login-a', proven: true, machine: 'build-7' }),
      host: (_, name) => Promise.resolve(hosts.get(name) ?? assert.fail()),
    });
    const two = environment({ name: 'prod', hosts: ['prod-1', 'prod-2'] });
    const request = { environment: two, why: 'Mine.', dryRun: false, confirm: () => Promise.resolve() };
    await assert.rejects(lock(world, request), {
      message: 'login-b has stopped deployments by hand already',
    });
  });
});

describe('the reason of a freeze', () => {
  it('stands on the host as it stands in the ledger, without what is secret', async () => {
    const host = new KeepingHost('prod-1');
    const froze: (string | undefined)[] = [];
    Object.assign(host.host, {
      freeze: (freeze?: { why: string }) => {
        froze.push(freeze?.why);
        return Promise.resolve();
      },
    });
    const world = fakeWorld({
      actor: () => Promise.resolve({ name: 'login-a', proven: true, machine: 'build-7' }),
      host: () => Promise.resolve(host.host),
      redact: (text) => text.replaceAll('hunter2', '***'),
    });
    const request = { environment: prod, dryRun: false, confirm: () => Promise.resolve() };
    await lock(world, { ...request, why: 'The password hunter2 is out.' });
    assert.deepEqual(froze, ['The password *** is out.']);
    assert.equal(host.entries.at(-1)?.reason, 'The password *** is out.');
  });
});
