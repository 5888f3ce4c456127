#!/usr/bin/env node
// What npm installs as `hd`. In the JavaScript of old engines, so that an old Node gets a sentence and not a
// syntax error; `--version` is answered here, before anything else is loaded.
import { existsSync, readFileSync } from 'fs';
import { homedir } from 'os';
import module from 'module';
import { dirname, join } from 'path';
import { fileURLToPath, pathToFileURL } from 'url';

const file = fileURLToPath(import.meta.url);
const root = dirname(dirname(file));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const argv = process.argv.slice(2);

if (argv[0] === '--version') {
  const json = argv.indexOf('--json') !== -1;
  process.stdout.write(
    json
      ? JSON.stringify({ schemaVersion: 1, version: manifest.version }, undefined, 2) + '\n'
      : 'hd ' + manifest.version + '\n',
  );
} else if (!recentEnough(process.versions.node, manifest.engines.node)) {
  const own = join(root, 'node_modules', '.bin', 'node');
  const instead = existsSync(own) ? '; one is here: ' + own + ' ' + file : '';
  stop('needs Node ' + manifest.engines.node + ', and this is ' + process.versions.node + instead);
} else if (!existsSync(join(root, 'dist', 'cli.js'))) {
  stop('is not built yet: npm ci && npm run build');
} else {
  // A folder of the user's own: whoever can write to it can run code as hd.
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  module.enableCompileCache(join(cache, 'hd', 'compiled'));
  import(pathToFileURL(join(root, 'dist', 'cli.js')).href)
    .then(function (cli) {
      return cli.main(argv, { root: root, manifest: manifest, commands: './dist/commands' });
    })
    .catch(function (error) {
      process.stderr.write('hd ' + manifest.version + ', a bug: ' + String(error && error.message) + '\n');
      if (process.env.HD_DEBUG) process.stderr.write(String(error && error.stack) + '\n');
      process.exit(1);
    });
}

/** @param {string} range `>=X.Y.Z`, the only form that package.json uses */
function recentEnough(version, range) {
  const have = version.split('.').map(Number);
  const want = range.replace('>=', '').split('.').map(Number);
  const differs = [0, 1, 2].filter(function (index) {
    return have[index] !== want[index];
  })[0];
  return differs === undefined || have[differs] > want[differs];
}

function stop(why) {
  process.stderr.write('hd ' + why + '\n');
  process.exitCode = 2;
}
