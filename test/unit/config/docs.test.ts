import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';
import { PAGE_FILE, pageText, SCHEMA_FILE, schemaText } from '../../../scripts/config-docs.ts';

const ROOT = join(import.meta.dirname, '../../..');

describe('the published schema and the reference page', () => {
  for (const [file, text] of [
    [SCHEMA_FILE, schemaText()],
    [PAGE_FILE, pageText()],
  ] as const) {
    it(`${file} is what the code says; if not: node scripts/config-docs.ts`, async () => {
      assert.equal(await readFile(join(ROOT, file), 'utf8'), text);
    });
  }

  it('describes every key', () => {
    assert.deepEqual(
      pageText()
        .split('\n')
        .filter((line) => /^\| `.*\|\s*\|$/.test(line)),
      [],
    );
  });

  it('asks an environment for its hosts, or for whom it has them from', () => {
    const { definitions } = JSON.parse(schemaText()) as { definitions: { environment: { anyOf: unknown } } };
    assert.deepEqual(definitions.environment.anyOf, [{ required: ['hosts'] }, { required: ['extends'] }]);
  });

  it('agrees with the examples, and disagrees with what hd refuses', async () => {
    const published = z.fromJSONSchema(JSON.parse(schemaText()) as z.core.JSONSchema.JSONSchema);
    for (const name of readdirSync(join(ROOT, 'examples'))) {
      const example: unknown = parse(await readFile(join(ROOT, 'examples', name, 'hd.yml'), 'utf8'));
      assert.deepEqual(published.safeParse(example).error?.issues, undefined, name);
    }
    const base = { app: 'a', images: { a: 'ghcr.io/o/a' }, environments: { e: { hosts: ['h'] } } };
    assert.ok(published.safeParse(base).success);
    for (const wrong of [
      { ...base, ap: 'a' },
      { ...base, images: { a: 'ghcr.io/o/a:v1' } },
      { ...base, environments: { e: { hosts: ['-o'] } } },
      { ...base, environments: { e: { hosts: ['h'], rollout: { settle: '3 s' } } } },
      { ...base, environments: { e: { hosts: ['h'], keep: 0 } } },
    ]) {
      assert.equal(published.safeParse(wrong).success, false, JSON.stringify(wrong));
    }
  });
});
