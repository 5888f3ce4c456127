/**
 * `npm run chaos`: lets go wrong whatever the chaos tests know of, in a lab, and prints what came of it.
 *
 *     npm run chaos                        all of it (an hour, on two cores)
 *     npm run chaos -- --sample            as many of it as the test suite has
 *     npm run chaos -- --write             all of it, and the table into docs/reliability.md
 *     npm run chaos -- --grep registry     what mocha's --grep finds
 */
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Line } from '../test/chaos/support/report.ts';

const ROOT = dirname(import.meta.dirname);
const PAGE = join(ROOT, 'docs', 'reliability.md');
const MARKS = ['<!-- chaos -->', '<!-- /chaos -->'] as const;

const { values } = parseArgs({
  options: { sample: { type: 'boolean' }, write: { type: 'boolean' }, grep: { type: 'string' } },
});

const folder = await mkdtemp(join(tmpdir(), 'hd-chaos-'));
try {
  const status = await run(join(folder, 'report'));
  const lines = (await readFile(join(folder, 'report'), 'utf8').catch(() => ''))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
  const text = table(lines);
  process.stdout.write(`\n${text}\n`);
  if (values.write === true && status === 0) await intoPage(text);
  process.exitCode = status;
} finally {
  await rm(folder, { recursive: true });
}

/** Mocha, with its own words on the screen. */
async function run(report: string): Promise<number> {
  const all = values.sample !== true && process.env['HD_CHAOS'] === undefined;
  const child = spawn(
    process.execPath,
    [
      join(ROOT, 'node_modules', 'mocha', 'bin', 'mocha.js'),
      'test/chaos/**/*.test.ts',
      ...(values.grep === undefined ? [] : ['--grep', values.grep]),
    ],
    {
      cwd: ROOT,
      env: {
        HD_CHAOS_SEED: String(randomInt(1, 1_000_000)),
        ...process.env,
        HD_CHAOS_REPORT: report,
        ...(all ? { HD_CHAOS: 'all' } : {}),
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
    '',
    `${lines.length} cases in all.`,
  ].join('\n');
}

/** `0 confirmed, 11 of 12; 9 inconclusive, 1 of 12`; the words alone if there is one kind. */
function counted(words: readonly string[]): string {
  const kinds = [...Map.groupBy(words, (word) => word)].sort(([, a], [, b]) => b.length - a.length);
  if (kinds.length === 1) return kinds[0]?.[0] ?? '';
  return kinds.map(([word, all]) => `${word} (${all.length})`).join(', ');
}

async function intoPage(text: string): Promise<void> {
  const page = await readFile(PAGE, 'utf8');
  const [from, to] = MARKS.map((mark) => page.indexOf(mark));
  if (from === undefined || to === undefined || from < 0 || to < from)
    throw new Error(`${PAGE} has no ${MARKS.join(' and ')}`);
  const day = new Date().toISOString().slice(0, 10);
  const made = `Made by \`npm run chaos -- ${process.argv.slice(2).join(' ')}\` on ${day}.`;
  await writeFile(
    PAGE,
    `${page.slice(0, from + MARKS[0].length)}\n\n${made}\n\n${text}\n\n${page.slice(to)}`,
  );
}
