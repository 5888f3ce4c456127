import assert from 'node:assert/strict';
import { parseConfig } from '../../../src/lib/config/parse.ts';
import { ConfigError, renderProblems } from '../../../src/lib/config/problems.ts';
import type { Config, Environment } from '../../../src/lib/domain/environment.ts';

const ORIGIN = { file: '/work/hd.yml', root: '/work', name: 'hd.yml', version: '0.1.0' };

export function read(text: string): Config {
  return parseConfig(text, ORIGIN);
}

/** The problems as a person sees them. */
export function complaints(text: string): string {
  try {
    read(text);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    assert.equal(error.exit, 2);
    return renderProblems(error.problems).join('\n');
  }
  return '';
}

/** A whole file around what stands below `environments:`. */
export function withEnvironments(text: string): string {
  return `app: shop\nimages: {web: ghcr.io/acme/web}\nenvironments:\n${text}`;
}

export function environment(text: string, name: string): Environment {
  const found = read(withEnvironments(text)).environments[name];
  assert.ok(found, name);
  return found;
}
