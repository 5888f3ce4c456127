/**
 * `npm run chaos`: lets go wrong whatever the chaos tests know of, in a lab, and prints what came of it.
 *
 *     npm run chaos                        all of it (hours, on two cores)
 *     npm run chaos -- hosts kill-release  some parts of it: the files below test/chaos/ by their names
 *     npm run chaos -- --sample            as many of it as the test suite has
 *     npm run chaos -- --write hosts       a part as a whole, and its table into docs/reliability.md
 *     npm run chaos -- --grep registry     what mocha's --grep finds
 */
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Line } from '../test/chaos/support/report.ts';

const ROOT = dirname(import.meta.dirname);
const PAGE = join(ROOT, 'docs', 'reliability.md');
const MARKS = ['<!-- chaos -->', '<!-- /chaos -->'] as const;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { sample: { type: 'boolean' }, write: { type: 'boolean' }, grep: { type: 'string' } },
});
const whole = values.sample !== true && values.grep === undefined && process.env['HD_CHAOS'] === undefined;
if (values.write === true && !whole) refuse('--write takes whole parts only');

const SUFFIX = '.test.ts';
const known = (await readdir(join(ROOT, 'test', 'chaos')))
  .filter((name) => name.endsWith(SUFFIX))
  .map((name) => name.slice(0, -SUFFIX.length));
const unknown = positionals.filter((name) => !known.includes(name));
if (unknown.length > 0) refuse(`no part ${unknown.join(', ')}; there are ${known.join(', ')}`);

const folder = await mkdtemp(join(tmpdir(), 'hd-chaos-'));
try {
  // One part after the other: what a part came to is written before the next one begins.
  for (const part of known.filter((name) => positionals.length === 0 || positionals.includes(name))) {
    const report = join(folder, part);
    const status = await run(part, report);
    const lines = (await readFile(report, 'utf8').catch(() => ''))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Line);
    const text = table(lines);
    process.stdout.write(`\n${part}: ${lines.length} cases\n\n${text}\n`);
    if (values.write === true && status === 0) await intoPage(part, lines.length, text);
    process.exitCode = Math.max(status, Number(process.exitCode ?? 0));
  }
} finally {
  await rm(folder, { recursive: true });
}

function refuse(why: string): never {
  process.stderr.write(`${why}\n`);
  process.exit(2);
}

/** Mocha, with its own words on the screen. */
async function run(part: string, report: string): Promise<number> {
  const child = spawn(
    process.execPath,
    [
      join(ROOT, 'node_modules', 'mocha', 'bin', 'mocha.js'),
      join('test', 'chaos', part + SUFFIX),
      ...(values.grep === undefined ? [] : ['--grep', values.grep]),
    ],
    {
      cwd: ROOT,
      env: {
        HD_CHAOS_SEED: String(randomInt(1, 1_000_000)),
        ...process.env,
        HD_CHAOS_REPORT: report,
        ...(whole ? { HD_CHAOS: 'all' } : {}),
      },
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  );
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

/** Faults × operations × outcome, as Markdown: one row for each fault and operation that met. */
function table(lines: readonly Line[]): string {
  const met = Map.groupBy(lines, ({ fault, operation }) => `${fault} | ${operation}`);
  const rows = [...met]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([title, cases]) => {
      const ends = counted(
        cases.map(({ exit, outcome }) => (exit === null ? outcome : `${exit} ${outcome}`)),
      );
      return `| ${title} | ${cases.length} | ${ends} | ${counted(cases.map((each) => each.recovered))} |`;
    });
  return [
    '| what went wrong | while | cases | exit and outcome | what put it right |',
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

/** `0 confirmed, 11 of 12; 9 inconclusive, 1 of 12`; the words alone if there is one kind. */
function counted(words: readonly string[]): string {
  const kinds = [...Map.groupBy(words, (word) => word)].sort(([, a], [, b]) => b.length - a.length);
  if (kinds.length === 1) return kinds[0]?.[0] ?? '';
  return kinds.map(([word, all]) => `${word} (${all.length})`).join(', ');
}

/** Takes the place of the part's table in the page, whose other parts stay as they are. */
async function intoPage(part: string, cases: number, text: string): Promise<void> {
  const page = await readFile(PAGE, 'utf8');
  const [from, to] = MARKS.map((mark) => page.indexOf(mark));
  if (from === undefined || to === undefined || from < 0 || to < from)
    throw new Error(`${PAGE} has no ${MARKS.join(' and ')}`);
  const start = from + MARKS[0].length;
  const day = new Date().toISOString().slice(0, 10);
  const what = cases === 1 ? 'one case, as it should be' : `${cases} cases, all as they should be`;
  const made = `\`npm run chaos -- --write ${part}\`, ${day}: ${what}.`;
  const others = page
    .slice(start, to)
    .split(/^(?=#### )/m)
    .filter((section) => known.some((name) => name !== part && section.startsWith(`#### ${name}\n`)));
  const sections = [...others.map((section) => section.trim()), `#### ${part}\n\n${made}\n\n${text}`].sort();
  await writeFile(PAGE, `${page.slice(0, start)}\n\n${sections.join('\n\n')}\n\n${page.slice(to)}`);
}
