import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { loadConfig } from '../../../src/lib/config/index.ts';

const FOLDER = join(import.meta.dirname, '../../../examples');

describe('examples', () => {
  for (const name of readdirSync(FOLDER)) {
    it(`${name} loads, and its images are services of every environment`, async () => {
      const config = await loadConfig({ cwd: join(FOLDER, name) });
      assert.ok(Object.keys(config.environments).length > 0);
      for (const environment of Object.values(config.environments)) {
        const texts = await Promise.all(
          environment.compose.map((file) => readFile(join(config.root, file), 'utf8')),
        );
        const files = texts.map((text) => parse(text) as { services: Record<string, object> });
        const services = new Set(files.flatMap((file) => Object.keys(file.services)));
        for (const service of Object.keys(config.images))
          assert.ok(services.has(service), `${environment.name}: ${service}`);
      }
    });
  }
});
