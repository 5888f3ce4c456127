import assert from 'node:assert/strict';
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from '@oclif/core';
import { HdCommand } from '../../src/lib/command.ts';
import { Exit } from '../../src/lib/domain/exit.ts';
import { TOPICS } from '../../src/lib/help-topics.ts';

const root = join(import.meta.dirname, '..', '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...globSync('docs/**/*.md', { cwd: root }),
];

const FENCE = /^ *```(\w*)\n([\s\S]*?)^ *```$/gm;

/** Everything between backticks in running text; code blocks are not. */
function spans(text: string): string[] {
  return [...text.replace(FENCE, '').matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span);
}

/** Lines of code blocks that are commands: of a shell, or typed behind a `$`. */
function typed(text: string): string[] {
  return [...text.matchAll(FENCE)].flatMap(([, language = '', block = '']) => {
    const lines = block.replaceAll('\\\n', ' ').split('\n');
    if (language === 'console') return lines.flatMap((line) => /^\$ (.*)/.exec(line)?.[1] ?? []);
    return language === 'sh' || language === '' ? lines : [];
  });
}

/** The parts of a line that begin with hd, without remarks and what is piped or comes after. */
function hdCommands(line: string): string[][] {
  return line
    .replace(/ #.*$/, '')
    .replace(/ {3,}.*$/, '')
    .split(/&&|\|\||[;|]/)
    .map((part) => part.trim().split(/\s+/))
    .filter(([program, second]) => program === 'hd' && second !== undefined && /^[a-z-]/.test(second));
}

interface Known {
  flags: ReadonlySet<string>;
  /** How many words it takes besides its flags. */
  words: number;
}

async function commands(): Promise<ReadonlyMap<string, Known>> {
  const known = new Map<string, Known>();
  for (const file of globSync('**/*.ts', { cwd: join(root, 'src', 'commands') })) {
    const module = (await import(join(root, 'src', 'commands', file))) as { default: typeof Command };
    const { flags, args } = module.default;
    const all = Object.entries({ ...HdCommand.baseFlags, ...flags });
    const names = all.flatMap(([name, { char }]) => [
      `--${name}`,
      ...(char === undefined ? [] : [`-${char}`]),
    ]);
    const many = Object.values(args).some((arg) => arg.multiple);
    known.set(file.replace(/\.ts$/, '').replaceAll('/', ' '), {
      flags: new Set([...names, '--help']),
      words: many ? Infinity : Object.keys(args).length,
    });
  }
  return known;
}

/** What is wrong with a command; undefined if nothing is. */
function wrong([, ...words]: readonly string[], known: ReadonlyMap<string, Known>): string | undefined {
  const [first = '', second = ''] = words;
  if (first.startsWith('--')) return ['--help', '--version'].includes(first) ? undefined : `no flag ${first}`;
  if (first === 'help') return Object.hasOwn(TOPICS, second) ? undefined : `no topic ${second}`;
  const id = known.has(`${first} ${second}`) ? `${first} ${second}` : first;
  const command = known.get(id);
  const family = second === '' && [...known.keys()].some((each) => each.startsWith(`${first} `));
  if (command === undefined) return family ? undefined : `no command ${id}`;
  const given = words.slice(id.split(' ').length);
  const bad = given.find(
    (word) => word.startsWith('-') && word !== '-' && !command.flags.has(word.replace(/=.*/, '')),
  );
  if (bad !== undefined) return `hd ${id} has no flag ${bad}`;
  return command.words === 0 && given[0] !== undefined && !given[0].startsWith('-')
    ? `hd ${id} takes no ${given[0]}`
    : undefined;
}

describe('the documents', () => {
  it('name only files that exist', () => {
    const PATH =
      /^(?:src|bin|docs|test|scripts|examples|schema|tools|bench|\.ci)\/[\w./-]+$|^[\w-]+\.config\.js$/;
    const missing = documents.flatMap((document) =>
      spans(read(document))
        .filter((span) => PATH.test(span) && !existsSync(join(root, span.split(' ')[0] ?? '')))
        .map((span) => `${document}: ${span}`),
    );
    assert.deepEqual(missing, []);
  });

  it('link only to what exists', () => {
    const anchors = (path: string): Set<string> =>
      new Set(
        [...read(path).matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
          title
            .toLowerCase()
            .replace(/[^\w\s-]/g, '')
            .replaceAll(' ', '-'),
        ),
      );
    const missing = documents.flatMap((document) =>
      [...read(document).matchAll(/\]\(((?!https?:)[^)\s]*)\)/g)].flatMap(([, target = '']) => {
        const [path = '', anchor] = target.split('#');
        const file = path === '' ? document : join(dirname(document), path);
        if (!existsSync(join(root, file))) return [`${document}: ${target}`];
        return anchor === undefined || anchors(file).has(anchor) ? [] : [`${document}: ${target}`];
      }),
    );
    assert.deepEqual(missing, []);
  });

  it('show only commands and flags that exist', async () => {
    const known = await commands();
    let seen = 0;
    const bad = documents.flatMap((document) => {
      const text = read(document);
      return [...typed(text), ...spans(text)].flatMap(hdCommands).flatMap((words) => {
        seen += 1;
        const why = wrong(words, known);
        return why === undefined ? [] : [`${document}: ${words.join(' ')}: ${why}`];
      });
    });
    assert.deepEqual(bad, []);
    assert.ok(seen > 50, `only ${seen} commands were found to look at`);
  });

  it('have every command somewhere', async () => {
    const text = documents.map(read).join('\n');
    const ids = [...(await commands()).keys()].filter((id) => id !== 'home');
    assert.deepEqual(
      ids.filter((id) => !text.includes(`hd ${id}`)),
      [],
    );
  });

  it('give every exit code in the README', () => {
    const [, section = ''] = /^## Exit codes\n([\s\S]*?)^## /m.exec(read('README.md')) ?? [];
    const codes = [...section.matchAll(/(?:^|· )(\d+) \w/gm)].map(([, code]) => Number(code));
    assert.deepEqual(codes, Object.values(Exit));
  });

  it('have a line for every folder of the source', () => {
    const [map = ''] = /^src\/lib\/\n( {2}.*\n| {8,}.*\n)+/m.exec(read('docs/architecture.md')) ?? [];
    const folders = readdirSync(join(root, 'src', 'lib'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
    const named = [...map.matchAll(/^ {2}(\w+)\/ /gm)].map(([, name]) => name);
    assert.deepEqual(named.toSorted(), folders.toSorted());
  });

  it('number decisions from 1, without a gap', () => {
    const files = readdirSync(join(root, 'docs', 'adr')).toSorted();
    const numbers = files.map((file) => Number(file.slice(0, 4)));
    assert.deepEqual(
      numbers,
      files.map((_, index) => index + 1),
    );
    for (const [index, file] of files.entries())
      assert.match(read(`docs/adr/${file}`), new RegExp(`^# ${index + 1}\\. `));
  });
});
