import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/lib/adapters/clock.ts';
import { createHost } from '../../src/lib/adapters/host/host.ts';
import { RECORDS } from '../../src/lib/adapters/host/programs/records.ts';
import { createShells } from '../../src/lib/adapters/shells.ts';
import { HdError } from '../../src/lib/domain/errors.ts';
import type { Host, Shells } from '../../src/lib/ports.ts';
import { environment } from '../support/core.ts';

describe('the records of a host', () => {
  const root = mkdtempSync(join(tmpdir(), 'hd-records-'));
  const hd = join(root, '.hd');
  let shells: Shells;
  let host: Host;

  before(async () => {
    shells = createShells();
    const shell = await shells.open({ name: 'here', local: true });
    host = createHost(shell, environment({ directory: root }), { clock: systemClock, reconnectMs: 0 });
  });
  after(async () => {
    await shells.closeAll();
    rmSync(root, { recursive: true, force: true });
  });

  it('are nothing before the first deployment', async () => {
    assert.deepEqual(await host.records(), { ledger: '', setAside: [], journals: new Map() });
  });

  it('come byte for byte, whatever is in them', async () => {
    const strange = '{"a":1}\nno JSON, \x1eend\n\nthe end is torn: ü';
    mkdirSync(join(hd, 'journals'), { recursive: true });
    writeFileSync(join(hd, 'ledger.jsonl'), strange);
    writeFileSync(join(hd, 'ledger-abc.jsonl'), '{"b":2}\n');
    writeFileSync(join(hd, 'journals', 'd1.jsonl'), '');
    writeFileSync(join(hd, 'journals', 'd12.jsonl'), '{"c":3}\n');
    assert.deepEqual(await host.records(), {
      ledger: strange,
      setAside: [{ head: 'abc', text: '{"b":2}\n' }],
      journals: new Map([
        ['d1', ''],
        ['d12', '{"c":3}\n'],
      ]),
    });
    assert.deepEqual(await host.records('ledger'), { ledger: strange, setAside: [], journals: new Map() });
  });

  it('wait for a line that is being written', async () => {
    // The writer goes on once somebody waits for its lock.
    const script = `exec 7>>"$1/ledger.mutex"; flock 7; echo locked; file=$(stat -c %i "$1/ledger.mutex")
      until grep -q -- "-> FLOCK .*:$file " /proc/locks; do sleep 0.02; done
      printf '\\nmore\\n' >> "$1/ledger.jsonl"`;
    const stop = new AbortController();
    const locked = Promise.withResolvers<undefined>();
    const onStdout = (): void => locked.resolve(undefined);
    const argv = ['sh', '-c', script, 'sh', hd];
    const writer = host.shell.run({ argv }, { onStdout, signal: stop.signal });
    await locked.promise;
    const { ledger } = await host.records('ledger');
    stop.abort();
    await writer.catch(() => undefined);
    assert.ok(ledger.endsWith('ü\nmore\n'), ledger);
  });

  it('are not half of what they are', async () => {
    const answer = await host.shell.run({
      argv: ['sh', '-c', `base64() { return 1; }\n${RECORDS}`, 'hd', hd, ''],
    });
    assert.equal(answer.status, 74);
    const broken: Host = createHost(
      { ...host.shell, host: 'here', run: () => Promise.resolve(answer) },
      environment({ directory: root }),
      { clock: systemClock, reconnectMs: 0 },
    );
    await assert.rejects(broken.records(), (error) => {
      assert.ok(error instanceof HdError);
      assert.deepEqual([error.code, error.exit], ['host-answer', 11]);
      return true;
    });
  });
});
