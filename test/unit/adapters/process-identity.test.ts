import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { isProvablyDead, processIdentity } from '../../../src/lib/adapters/process-identity.ts';

describe('the identity of a process', () => {
  it('proves that one is dead, and only that one', async () => {
    const child = spawn('sleep', ['60']);
    await once(child, 'spawn');
    const identity = processIdentity(child.pid);
    const own = processIdentity();
    assert.ok(identity !== undefined && own !== undefined && identity !== own);
    assert.deepEqual([isProvablyDead(identity), isProvablyDead(own)], [false, false]);
    // The same id, given to another process since.
    assert.equal(isProvablyDead(identity.replace(/\d+$/, '1')), true);
    // Of another boot, another namespace, or unnamed, nothing is known.
    const [boot = '', namespace = '', ...rest] = identity.split(' ');
    for (const other of [undefined, '', ['x', namespace, ...rest].join(' '), [boot, 'x', ...rest].join(' ')])
      assert.equal(isProvablyDead(other), false, other);
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.equal(isProvablyDead(identity), true);
    for (const unknown of [`${boot} ${namespace}`, `${boot} ${namespace} ../1 1`])
      assert.equal(isProvablyDead(unknown), false, unknown);
  });
});
