import { cp, glob, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Plugin } from '@oclif/core';
import { build, type Plugin as EsbuildPlugin } from 'esbuild';
import manifest from '../package.json' with { type: 'json' };

/**
 * `npm run build`: hd's code and what it depends on as one ESM bundle in dist/, split so that a command loads only
 * what it uses, and oclif's manifest, so that starting needs to load no command but the one that was asked for.
 */

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
/** Made beside, and put in place whole: a failed build leaves the last one, and a running hd what it runs from. */
const fresh = join(root, 'node_modules', `.hd-dist-${process.pid}`);

/** Static files that the code reads at run time, below src/lib and below dist. */
const ASSETS = ['lab/images', 'lab/project'];

// CommonJS packages inside an ES module ask for `require` and their own folder.
const COMMONJS = `
import { createRequire as hdCreateRequire } from 'node:module';
import { fileURLToPath as hdFileURLToPath } from 'node:url';
const require = hdCreateRequire(import.meta.url);
const __filename = hdFileURLToPath(import.meta.url);
const __dirname = import.meta.dirname;
`.trim();

/**
 * Left out, since hd never gets there: native parts of ssh2 and its kin, which are for speed and not installed, and
 * TypeScript, which oclif asks for when a command is run from its source.
 */
const absent: EsbuildPlugin = {
  name: 'absent',
  setup(bundle) {
    bundle.onResolve({ filter: /\.node$|^cpu-features$|^typescript$/ }, ({ path }) => ({
      path,
      external: true,
    }));
  },
};

/** What commands use of oclif: its index loads everything that it has, help and all, for every one of them. */
const OCLIF = `
export { Command } from '@oclif/core/command';
export * as Args from '@oclif/core/args';
export * as Flags from '@oclif/core/flags';
`;

/** Whether Linux runs under Windows: oclif asks at each start, hd never wants to know. */
const WSL = 'export const isWsl = false;';

/** Modules that start faster than the ones whose names they have: 68 → 62 ms for a command, where bare Node takes 20. */
const lean: EsbuildPlugin = {
  name: 'lean',
  setup(bundle) {
    const contents: Readonly<Record<string, string>> = { '@oclif/core': OCLIF, 'wsl-utils': WSL };
    const filter = /^(@oclif\/core|wsl-utils)$/;
    bundle.onResolve({ filter }, ({ path }) => ({ path, namespace: 'lean' }));
    bundle.onLoad({ filter, namespace: 'lean' }, ({ path }) => ({
      resolveDir: root,
      contents: contents[path] ?? '',
    }));
  },
};

async function files(pattern: string | readonly string[], cwd: string): Promise<string[]> {
  const found: string[] = [];
  for await (const file of glob(pattern, { cwd })) found.push(file);
  return found.sort();
}

const sources = [
  ...(await files('src/commands/**/*.ts', root)),
  'src/lib/cli.ts',
  'src/lib/lab/github/main.ts',
];
const names: Readonly<Record<string, string>> = { 'lib/cli': 'cli', 'lib/lab/github/main': 'lab/github' };

await build({
  entryPoints: Object.fromEntries(
    sources.map((file) => {
      const name = file.replace(/^src\/(.*)\.ts$/, '$1');
      return [names[name] ?? name, join(root, file)];
    }),
  ),
  outdir: fresh,
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22.22',
  banner: { js: COMMONJS },
  plugins: [absent, lean],
  legalComments: 'none',
  logLevel: 'warning',
  minifySyntax: true,
});

for (const folder of await files(ASSETS, join(root, 'src/lib'))) {
  await cp(join(root, 'src/lib', folder), join(fresh, folder), { recursive: true });
}

await rm(dist, { recursive: true, force: true });
await rename(fresh, dist);

const oclif = { ...manifest.oclif, commands: { ...manifest.oclif.commands, globPatterns: ['**/*.js'] } };
const plugin = new Plugin({
  root,
  isRoot: true,
  ignoreManifest: true,
  errorOnManifestCreate: true,
  respectNoCacheDefault: true,
  pjson: { ...manifest, oclif } as never,
});
await plugin.load();
const file = join(root, 'oclif.manifest.json');
await writeFile(`${file}.new`, `${JSON.stringify(plugin.manifest)}\n`);
await rename(`${file}.new`, file);
