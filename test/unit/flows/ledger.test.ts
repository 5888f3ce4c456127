import assert from 'node:assert/strict';
import { canonical, sha256 } from '../../../src/lib/domain/canonical.ts';
import { HdError, LostError } from '../../../src/lib/domain/errors.ts';
import { redaction } from '../../../src/lib/domain/redaction.ts';
import type { LedgerEntry, LedgerLine } from '../../../src/lib/domain/ledger.ts';
import { Ledger } from '../../../src/lib/flows/ledger.ts';
import type { SeenHost } from '../../../src/lib/flows/observe.ts';
import type { Host } from '../../../src/lib/ports.ts';
import { entry, finding, ledger, observed } from '../../support/core.ts';
import { fakeHost } from '../engine/fakes.ts';

/** A host that keeps its lines in memory, as its file would. */
function keeping(
  name: string,
  lines: readonly LedgerLine[],
  rest: Partial<Host> = {},
): SeenHost & { texts: string[] } {
  const texts = lines.map((each) => canonical(each.entry));
  const headOf = (): string | undefined => {
    const last = texts.at(-1);
    return last === undefined ? undefined : sha256(last);
  };
  const head = headOf();
  const host = fakeHost(name, {
    ledger: () => Promise.resolve(lines),
    append: (lines, prev) => {
      if (prev !== headOf()) return Promise.resolve(false);
      texts.push(...lines);
      return Promise.resolve(true);
    },
    ...rest,
  });
  const seen = observed({
    host: name,
    ledger: { lines, count: lines.length, ...(head === undefined ? {} : { head }) },
  });
  return { host, observed: seen, texts };
}

const three = ledger(['d1', 'd2', 'd3'].map((deployment) => entry({ deployment })));
const { v: _v, prev: _prev, ...next } = entry({ kind: 'started', deployment: 'd4' });

const UNDER = { fence: () => 7, redact: (text: string) => text };

describe('the ledger of an environment', () => {
  it('gets the same line on every host, after the one before', async () => {
    const hosts = [keeping('a', three), keeping('b', three)];
    const opened = await Ledger.open(hosts, UNDER);
    assert.equal((await opened.append(next)).size, 0);
    assert.equal((await opened.append({ ...next, kind: 'finished' })).size, 0);
    const [a, b] = hosts.map((each) => each.texts);
    assert.deepEqual(a, b);
    assert.equal(a?.length, 5);
    const [started = '', finished = ''] = a.slice(3);
    assert.equal((JSON.parse(started) as { prev: string }).prev, three[2]?.hash);
    assert.equal((JSON.parse(finished) as { prev: string }).prev, sha256(started));
  });

  it('signs what was finished, over all that it says but the signature', async () => {
    const host = keeping('a', three);
    const signed: string[] = [];
    const sign = (text: string): Promise<string | undefined> => {
      signed.push(text);
      return Promise.resolve(signed.length === 1 ? 'armoured' : undefined);
    };
    const opened = await Ledger.open([host], { ...UNDER, sign });
    await opened.append(next, { ...next, kind: 'finished' });
    await opened.append({ ...next, kind: 'finished' });
    const [started, first, second] = host.texts.slice(3).map((text) => JSON.parse(text) as LedgerEntry);
    assert.deepEqual(
      [started?.signature, first?.signature, second?.signature],
      [undefined, 'armoured', undefined],
    );
    assert.equal(first?.prev, sha256(host.texts[3] ?? ''));
    const { signature: _, ...rest } = first;
    assert.deepEqual(signed, [canonical(rest), host.texts[5]]);
  });

  it('has nothing secret in what was said, and its own words as they are', async () => {
    const host = keeping('a', three);
    const redact = redaction(['tell-nobody', 'prod', 'finished', 'v1.4.0', 'd4d4']);
    const opened = await Ledger.open([host], { ...UNDER, redact });
    const found = finding({ text: `Basic ${btoa('u:tell-nobody')}` });
    found.evidence.got = ['tell-nobody'];
    await opened.append({
      ...next,
      deployment: 'd4d4',
      kind: 'finished',
      reason: 'tell-nobody failed',
      failed: [found],
    });
    const last = JSON.parse(host.texts.at(-1) ?? '') as LedgerEntry;
    assert.doesNotMatch(host.texts.at(-1) ?? '', /tell-nobody|VsbC1ub2JvZ/);
    assert.equal(last.reason, '[redacted] failed');
    assert.deepEqual([last.kind, last.deployment, last.release], ['finished', 'd4d4', next.release]);
    assert.equal(opened.lines.at(-1)?.hash, sha256(host.texts.at(-1) ?? ''));
  });

  it('begins with a line that has none before', async () => {
    const host = keeping('a', []);
    await (await Ledger.open([host], UNDER)).append(next);
    assert.ok(!host.texts[0]?.includes('"prev"'));
  });

  it('is brought to a host that was away', async () => {
    const late = [keeping('b', three.slice(0, 1)), keeping('c', [])];
    const whole = keeping('a', three);
    await Ledger.open([...late, whole], UNDER);
    for (const each of late) assert.deepEqual(each.texts, whole.texts);
  });

  it('is not merged where two hosts tell two stories', async () => {
    const other = ledger([entry({ deployment: 'd1' }), entry({ deployment: 'd9' })]);
    await assert.rejects(Ledger.open([keeping('a', three), keeping('b', other)], UNDER), (error) => {
      assert.ok(error instanceof HdError);
      assert.deepEqual(
        [error.code, error.exit, error.message],
        ['ledger-fork', 5, 'the ledgers of b and a tell two stories'],
      );
      return true;
    });
  });

  it('goes on with both stories where going back can not wait, and believes the longer', async () => {
    const other = keeping('b', ledger([entry({ deployment: 'd1' }), entry({ deployment: 'd9' })]));
    const errors: string[] = [];
    const opened = await Ledger.open([keeping('a', three), other], {
      ...UNDER,
      forked: (error) => errors.push(error.code),
    });
    assert.equal((await opened.append(next)).size, 0);
    assert.deepEqual(errors, ['ledger-fork']);
    assert.deepEqual(
      opened.lines.map((each) => each.entry.deployment),
      ['d1', 'd2', 'd3', 'd4'],
    );
    assert.equal(opened.count, 4);
    const [, before = '', last = ''] = other.texts;
    assert.equal((JSON.parse(last) as { prev: string }).prev, sha256(before));
  });

  it('goes on without one that is broken where going back can not wait, and leaves that as it is', async () => {
    const bad = keeping('b', []);
    const broken = new HdError('ledger-broken', 5, 'a line of the ledger on b is not JSON');
    const torn = { ...bad, observed: { ...bad.observed, ledger: { lines: [], count: 0, broken } } };
    await assert.rejects(Ledger.open([keeping('a', three), torn], UNDER), broken);
    const forked = (): void => undefined;
    const good = keeping('a', three);
    const opened = await Ledger.open([good, torn], { ...UNDER, forked });
    assert.equal((await opened.append(next)).size, 0);
    assert.deepEqual([good.texts.length, bad.texts.length, [...opened.broken.keys()]], [4, 0, ['b']]);
    const alone = await Ledger.open([torn], { ...UNDER, forked });
    assert.equal((await alone.append(next)).size, 0);
    assert.equal(bad.texts.length, 1, 'written below what is broken, where no other ledger is left');
  });

  it("takes several entries at once, with the time by each host's clock", async () => {
    const host = keeping('a', three);
    const ahead = { ...host, observed: { ...host.observed, skewMs: 1500 } };
    await (await Ledger.open([ahead], UNDER)).append(next, { ...next, kind: 'finished' });
    const [started, finished] = host.texts.slice(3).map((text) => JSON.parse(text) as LedgerEntry);
    assert.equal(finished?.prev, sha256(host.texts[3] ?? ''));
    assert.deepEqual(started?.clocks, { a: '2026-11-19T15:00:01.500Z' });
  });

  it('names no head that no host has acknowledged', async () => {
    let there = false;
    const lost = () => (there ? Promise.resolve(true) : Promise.reject(new LostError('a', 'a is gone')));
    const opened = await Ledger.open([keeping('a', three, { append: lost })], UNDER);
    const before = [opened.head, opened.count];
    await opened.append(next);
    assert.deepEqual([opened.head, opened.count], before);
    there = true;
    await opened.append({ ...next, kind: 'finished' });
    assert.deepEqual([opened.head, opened.count], [opened.lines.at(-1)?.hash, 5]);
  });

  it('says which hosts could not be written to, and writes to the others', async () => {
    const good = keeping('a', three);
    const gone = keeping('b', three, { append: () => Promise.reject(new LostError('b', 'b is gone')) });
    const moved = keeping('c', three, { append: () => Promise.resolve(false) });
    const errors = await (await Ledger.open([good, gone, moved], UNDER)).append(next);
    assert.deepEqual(
      [...errors].map(([host, error]) => [host, error.code]),
      [
        ['b', 'host-lost'],
        ['c', 'ledger-moved'],
      ],
    );
    assert.equal(good.texts.length, 4);
  });
});
