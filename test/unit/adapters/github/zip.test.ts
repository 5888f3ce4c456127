import assert from 'node:assert/strict';
import { strToU8, zipSync, type Zippable } from 'fflate';
import { MAX_UNPACKED, textFilesOf } from '../../../../src/lib/adapters/github/zip.ts';

describe('the zip archive of an artifact', () => {
  const read = (files: Zippable) => textFilesOf(zipSync(files), (why) => new Error(why));
  const reason = (zip: Uint8Array): string => {
    let said = '';
    assert.throws(
      () => textFilesOf(zip, (why) => new Error(why)),
      (error: Error) => {
        said = error.message;
        return true;
      },
    );
    return said;
  };

  it('gives its text files by path, packed or not, and leaves out folders and what is no text', () => {
    const files = read({
      'report.json': strToU8('{"a":"é"}\n'),
      'logs/': new Uint8Array(),
      'logs/plain.txt': [strToU8('x'.repeat(5000)), { level: 0 }],
      'logs/empty': new Uint8Array(),
      'image.png': Uint8Array.of(0x89, 0x50, 0xff, 0xfe),
    });
    assert.deepEqual(
      [...files],
      [
        ['report.json', '{"a":"é"}\n'],
        ['logs/plain.txt', 'x'.repeat(5000)],
        ['logs/empty', ''],
      ],
    );
    assert.deepEqual([...read({})], []);
  });

  for (const path of ['../x', '/etc/x', 'a/../../x', 'a\\..\\x', 'C:\\x', '\\x', 'a\0b'])
    it(`with ${JSON.stringify(path)} in it is refused as a whole`, () => {
      const zip = zipSync({ 'fine.txt': strToU8('x'), [path]: strToU8('x') });
      assert.match(reason(zip), /, a path that leads out of it$/);
    });

  it('takes names that only look as if they led out', () => {
    assert.deepEqual(
      [...read({ '..a/b..': strToU8('x'), __proto__x: strToU8('y') }).keys()],
      ['..a/b..', '__proto__x'],
    );
  });

  it('is never unpacked beyond 16 MB, nor to more than 1000 files', () => {
    const half = new Uint8Array(MAX_UNPACKED / 2);
    assert.equal(read({ a: half, b: half }).size, 2);
    assert.equal(reason(zipSync({ a: half, b: half, c: Uint8Array.of(1) })), 'is larger than 16 MB');
    const many = Object.fromEntries(Array.from({ length: 1001 }, (_, at) => [`f${at}`, strToU8('x')]));
    assert.equal(reason(zipSync(many)), 'holds more than 1000 files');
  });

  it('that was cut, or is none, is an error', () => {
    const zip = zipSync({ a: strToU8('a'.repeat(100)) });
    for (const bytes of [zip.subarray(0, -1), strToU8('<html>'), new Uint8Array()])
      assert.equal(reason(bytes), 'is no zip archive');
    assert.notEqual(reason(zip.subarray(20)), '');
  });

  it('that promises a small size and holds a large one gives no more than it promised', () => {
    const zip = zipSync({ a: new Uint8Array(1_000_000) });
    const view = new DataView(zip.buffer, zip.byteOffset);
    const directory = view.getUint32(zip.length - 22 + 16, true);
    view.setUint32(directory + 24, 10, true);
    const unpacked = textFilesOf(zip, (why) => new Error(why)).get('a') ?? '';
    assert.ok(unpacked.length <= 10, `${unpacked.length}`);
  });
});
