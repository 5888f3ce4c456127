/**
 * `npm run bench -- [--runs 5] [--hosts 1] [--json]`: how fast hd is beside what a person would do without it, on the
 * same hosts in the same run. What is compared runs in turn (A B, B A, …), so that a busy machine is busy for both.
 */
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { run } from '../src/lib/lab/process.ts';
import { json, table } from './figures.ts';
import { BenchLab } from './lab.ts';
import { changes, starts } from './measures.ts';

const { values: flags } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    hosts: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const runs = Number(flags.runs);
const hosts = Number(flags.hosts);
if (!(runs >= 1) || !(hosts >= 1)) throw new TypeError('--runs and --hosts are numbers from 1');

say('building hd');
const root = join(import.meta.dirname, '..');
await run([process.execPath, join(root, 'scripts', 'build.ts')], { cwd: root });
say(`bringing up a lab, ${count()}`);
const lab = await BenchLab.open(hosts);
const stop = (): void => void lab.close().finally(() => process.exit(130));
process.once('SIGINT', stop).once('SIGTERM', stop);
try {
  const before = load();
  say('starting hd');
  const figures = [...(await starts(lab, runs)), ...(await changes(lab, runs, say))];
  const machine = { node: process.versions.node, engine: await lab.engine(), cores: cpus().length };
  const loads = { before, after: load() };
  if (flags.json) {
    const all = { schemaVersion: 1, runs, hosts, ...machine, load: loads, figures: json(figures) };
    process.stdout.write(`${JSON.stringify(all, undefined, 2)}\n`);
  } else {
    const what = `${runs} runs, ${count()}; Node ${machine.node}, ${machine.engine}; ${machine.cores} cores`;
    const busy = `load average ${loads.before.toFixed(1)} before, ${loads.after.toFixed(1)} after`;
    process.stdout.write(`${what}, ${busy}\n\n${table(figures)}`);
  }
} finally {
  await lab.close();
}

function count(): string {
  return `${hosts} host${hosts === 1 ? '' : 's'}`;
}

/** Of the last minute. */
function load(): number {
  return loadavg()[0] ?? Number.NaN;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
