import { TOPICS } from './help-topics.ts';
import { pad, wrap } from './ui/width.ts';

/** A command as oclif's manifest describes it. */
export interface CommandHelp {
  id: string;
  summary?: string;
  hidden?: boolean;
  usage?: string | readonly string[];
  examples?: readonly (string | { command: string; description: string })[];
  args?: Readonly<Record<string, ArgHelp>>;
  flags?: Readonly<Record<string, FlagHelp>>;
  /** Exit code → what it means of this command. */
  exits?: Readonly<Record<string, string>>;
}

interface ArgHelp {
  name: string;
  description?: string;
  required?: boolean;
  hidden?: boolean;
  multiple?: boolean;
}

interface FlagHelp {
  name: string;
  char?: string;
  summary?: string;
  description?: string;
  helpGroup?: string;
  helpValue?: string | readonly string[];
  hidden?: boolean;
  required?: boolean;
  type: 'boolean' | 'option';
  options?: readonly string[];
}

type Commands = Readonly<Record<string, CommandHelp>>;

interface Group {
  title: string;
  names: readonly string[];
  /** Two to a line. */
  pairs?: true;
}

/** The order and company of the verbs (screens.md, 22); only those that exist are shown. */
const GROUPS: readonly Group[] = [
  {
    title: 'Change things',
    names: ['release', 'deploy', 'promote', 'rollback', 'resume', 'apply', 'migrate', 'backup'],
  },
  { title: 'Look', names: ['status', 'verify', 'history', 'plan', 'explain', 'report', 'doctor'] },
  { title: 'Decide', names: ['approve', 'approvals', 'reject', 'lock', 'unlock'], pairs: true },
  {
    title: 'Keep and practise',
    names: ['audit', 'qualify', 'drill', 'workflows', 'init', 'lab'],
    pairs: true,
  },
];

/** Of verbs that are only the first word of others. */
const FAMILIES: Readonly<Record<string, string>> = {
  lab: 'a world to try it in',
  plan: 'what would be done, and why',
  audit: 'check or export the ledger',
  drill: 'rehearse a rollback',
};

const EXAMPLES: readonly (readonly [id: string, command: string, what: string])[] = [
  ['deploy', 'hd deploy prod --tag v1.4.0', 'put v1.4.0 on prod, prove it, or go back'],
  ['rollback', 'hd rollback prod', 'back to the last release that was confirmed'],
  ['status', 'hd status', 'what serves where, and whether it is proven'],
];

const FLAG_GROUPS = ['', 'Before', 'Asking', 'During', 'Waiting', 'Reaching hosts', 'Output'];
const FLAG_TEXT = 23;
const WIDTH = 80;

/**
 * The help that the words ask for; undefined if they name neither a command nor a topic.
 * @param words argv, with or without `help`, `--help` and other flags
 */
export function help(words: readonly string[], commands: Commands): string | undefined {
  const names = words.filter((word) => !word.startsWith('-'));
  const [first, ...rest] = names[0] === 'help' ? names.slice(1) : names;
  if (first === undefined) return page(rootHelp(commands));
  for (let n = rest.length; n >= 0; n -= 1) {
    const command = own(commands, [first, ...rest.slice(0, n)].join(':'));
    if (command !== undefined) return page(commandHelp(command));
  }
  const family = Object.values(commands).filter(
    ({ id, hidden }) => id.startsWith(`${first}:`) && hidden !== true,
  );
  if (family.length > 0) return page(familyHelp(first, family));
  const topic = own(TOPICS, first);
  return topic === undefined ? undefined : page(topic.split('\n'));
}

/** Words are anybody's: `constructor` is no command. */
function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function page(lines: readonly string[]): string {
  return `${lines
    .map((line) => line.trimEnd())
    .join('\n')
    .trim()}\n`;
}

function rootHelp(commands: Commands): string[] {
  const shown = Object.values(commands).filter((command) => command.hidden !== true);
  const verbs = [...new Set(shown.map(({ id }) => id.split(':')[0] ?? id))];
  const known = new Set(GROUPS.flatMap((group) => group.names));
  const others = { title: 'Other', names: verbs.filter((verb) => !known.has(verb)) };
  const summary = (verb: string): string => commands[verb]?.summary ?? FAMILIES[verb] ?? '';
  const groups = [...GROUPS, others].flatMap((group): string[] => {
    const names = group.names.filter((name) => verbs.includes(name));
    if (names.length === 0) return [];
    const cells = names.map((name) => `${pad(name, 10)} ${summary(name)}`);
    return [group.title, ...('pairs' in group ? twoColumns(cells) : cells.map((cell) => `  ${cell}`))];
  });
  const examples = EXAMPLES.filter(([id]) => id in commands);
  return [
    'hd  release, deploy, verify and roll back, with proof',
    '',
    ...twoParts(examples.map(([, command, what]) => [command, what])),
    '',
    ...groups,
    '',
    'Every command: --help --json --plain --no-color --no-input',
    'Those that change something: -n, --dry-run',
    `Topics: hd help ${Object.keys(TOPICS).join(' | ')}`,
  ];
}

function commandHelp(command: CommandHelp): string[] {
  const flags = Object.values(command.flags ?? {}).filter((flag) => flag.hidden !== true);
  const args = Object.values(command.args ?? {}).filter((arg) => arg.hidden !== true);
  const examples = (command.examples ?? []).map((example): readonly [string, string] =>
    typeof example === 'string' ? [example, ''] : [example.command, example.description],
  );
  const groups = [...new Set([...FLAG_GROUPS, ...flags.map(groupOf)])].flatMap((title): string[] => {
    const own = flags.filter((flag) => groupOf(flag) === title);
    const lines = own.flatMap((flag) => flagLines(flag));
    if (title !== '') return own.length === 0 ? [] : [title, ...lines];
    const first = [...args.flatMap((arg) => entry(argName(arg), arg.description ?? '')), ...lines];
    return first.length === 0 ? [] : [...first, ''];
  });
  return [
    command.summary ?? '',
    '',
    ...twoParts(examples),
    ...(examples.length === 0 ? [] : ['']),
    usageLine(command, args, flags),
    '',
    ...groups,
    '',
    'Every flag is also HD_FLAG: HD_NO_COLOR=1. TIME is 30s, 5m, 4h.',
    '',
    ...exitLines(command.exits),
  ];
}

function familyHelp(name: string, family: readonly CommandHelp[]): string[] {
  const rows = family.map(({ id, args, summary }): readonly [string, string] => {
    const names = Object.values(args ?? {}).map((arg) => argName(arg));
    return [['hd', ...id.split(':'), ...names].join(' '), summary ?? ''];
  });
  return [FAMILIES[name] ?? `hd ${name}`, '', ...twoParts(rows), '', `Each: hd ${name} WORD --help`];
}

function groupOf(flag: FlagHelp): string {
  return flag.helpGroup ?? '';
}

function argName({ name, required, multiple }: ArgHelp): string {
  const label = name.toUpperCase() + (multiple === true ? '...' : '');
  return required === true ? label : `[${label}]`;
}

function flagName({ name, type, helpValue, options }: FlagHelp): string {
  const value = typeof helpValue === 'string' ? helpValue : (options?.join('|') ?? 'VALUE');
  return `--${name}${type === 'option' ? ` ${value}` : ''}`;
}

function usageLine(command: CommandHelp, args: readonly ArgHelp[], flags: readonly FlagHelp[]): string {
  if (command.usage !== undefined) return `hd ${String(command.usage)}`;
  const required = flags.filter((flag) => flag.required === true).map(flagName);
  return ['hd', ...command.id.split(':'), ...args.map(argName), ...required, '[flags]'].join(' ');
}

function flagLines(flag: FlagHelp): string[] {
  const short = flag.char === undefined ? '' : `-${flag.char}, `;
  return entry(short + flagName(flag), flag.summary ?? flag.description ?? '');
}

/** A name in column 3, its text in column 24; a longer name has its text below. */
function entry(name: string, text: string): string[] {
  const [first = '', ...rest] = wrap(text, WIDTH - FLAG_TEXT);
  const below = rest.map((line) => ' '.repeat(FLAG_TEXT) + line);
  const label = `  ${name}`;
  return label.length + 1 >= FLAG_TEXT
    ? [label, ' '.repeat(FLAG_TEXT) + first, ...below]
    : [pad(label, FLAG_TEXT) + first, ...below];
}

/** Two parts side by side: what is typed, and what it does; a text that does not fit wraps in its column. */
function twoParts(rows: readonly (readonly [string, string])[]): string[] {
  const column = Math.max(0, ...rows.map(([left]) => left.length)) + 6;
  return rows.flatMap(([left, right]) => {
    const [first = '', ...rest] = wrap(right, Math.max(WIDTH - column, 20));
    return [pad(`  ${left}`, column) + first, ...rest.map((line) => ' '.repeat(column) + line)];
  });
}

function twoColumns(cells: readonly string[]): string[] {
  const lines: string[] = [];
  for (let i = 0; i < cells.length; i += 2) lines.push(`  ${pad(cells[i] ?? '', 46)}${cells[i + 1] ?? ''}`);
  return lines;
}

function exitLines(exits: CommandHelp['exits']): string[] {
  if (exits === undefined) return ['Exit codes: hd help exit-codes'];
  return Object.entries(exits).flatMap(([code, text], index) => {
    const [first = '', ...rest] = wrap(text, WIDTH - 10);
    const label = `${index === 0 ? 'Exit' : '    '} ${code.padStart(3)}  `;
    return [label + first, ...rest.map((line) => ' '.repeat(10) + line)];
  });
}
