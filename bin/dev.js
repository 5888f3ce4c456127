#!/usr/bin/env node
// hd from its source, without a build: Node strips the types.
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';

const root = dirname(import.meta.dirname);
const manifest = JSON.parse(await readFile(`${root}/package.json`, 'utf8'));
const { main } = await import('../src/lib/cli.ts');
await main(process.argv.slice(2), { root, manifest, commands: './src/commands' });
