import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from '@oclif/core';
import type { CommandHelp } from './help.ts';

export interface CliOptions {
  /** The folder of hd's own package.json. */
  root: string;
  /** package.json, read. */
  manifest: { name: string; version: string; oclif: object };
  /** Folder of the commands, below the root: compiled, or as they are written. */
  commands: string;
}

/** Commands by their id: `deploy`, `lab:up`. */
export type Commands = Readonly<Record<string, CommandHelp>>;

/**
 * From argv to a finished process: help is answered from oclif's manifest, before oclif itself is loaded; anything
 * else is a command, which prints and sets the exit code. Ends the process when both streams are written out.
 */
export async function main(argv: readonly string[], options: CliOptions): Promise<void> {
  // A reader that goes away (`hd status | head -1`) is no failure; neither is a terminal that is closed.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', quiet);
  const known = await readCommands(options);
  if (known === undefined || !(await answerHelp(argv, known))) await runCommand(argv, options, known);
  await Promise.all([process.stdout, process.stderr].map(flushed));
  process.exit();
}

function quiet(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
}

/** From the manifest that the build made; undefined when hd runs from its source. */
async function readCommands({ root, commands }: CliOptions): Promise<Commands | undefined> {
  if (commands !== './dist/commands') return undefined;
  const text = await readFile(join(root, 'oclif.manifest.json'), 'utf8');
  return (JSON.parse(text) as { commands: Commands }).commands;
}

/** False if no help is asked for, or for something that does not exist. */
async function answerHelp(argv: readonly string[], commands: Commands): Promise<boolean> {
  const end = argv.indexOf('--');
  const words = end === -1 ? argv : argv.slice(0, end);
  const asked = argv[0] === 'help' || words.includes('--help') || words.includes('-h');
  return asked && (await showHelp(words, commands));
}

async function showHelp(words: readonly string[], commands: Commands): Promise<boolean> {
  const { help } = await import('./help.ts');
  const text = help(words, commands);
  if (text === undefined) return false;
  const json = (): string =>
    `${JSON.stringify({ schemaVersion: 1, command: 'help', exit: 0, text }, undefined, 2)}\n`;
  process.stdout.write(words.includes('--json') ? json() : text);
  return true;
}

async function runCommand(
  argv: readonly string[],
  options: CliOptions,
  known: Commands | undefined,
): Promise<void> {
  const { Config } = await import('./oclif.ts');
  const pjson = {
    ...options.manifest,
    oclif: { ...options.manifest.oclif, commands: strategy(options.commands) },
  };
  const config = await Config.load({
    root: options.root,
    pjson: pjson as never,
    ignoreManifest: known === undefined,
  });
  const commands = known ?? byId(config.commands);
  if (known === undefined && (await answerHelp(argv, commands))) return;
  const { id, rest, words } = route(argv[0] === 'help' ? argv.slice(1) : argv, Object.keys(commands));
  if (id !== undefined) return config.runCommand(id, rest);
  // The first word of others, alone: `hd lab`.
  if (words.length === 1 && (await showHelp([...words, ...rest], commands))) return;
  const { Unknown } = await import('./unknown.ts');
  await Unknown.run([...rest, '--', ...words], config);
}

function strategy(target: string): object {
  return { strategy: 'pattern', target, globPatterns: ['**/*.{js,ts}'] };
}

function byId(commands: readonly Command.Loadable[]): Commands {
  return Object.fromEntries(commands.map((command) => [command.id, command as unknown as CommandHelp]));
}

/** Flags without a value that may stand before the verb too. */
const GLOBAL = new Set(['--json', '--plain', '--no-color', '--no-input']);

export interface Route {
  /** Undefined if no command has this name. */
  id: string | undefined;
  /** What the command gets. */
  rest: string[];
  /** What was typed as the command's name. */
  words: string[];
}

/** The longest command that the first words name; no words at all are `home`. */
export function route(argv: readonly string[], ids: readonly string[]): Route {
  const start = argv.findIndex((word) => !GLOBAL.has(word));
  const [early, line] = start === -1 ? [argv, []] : [argv.slice(0, start), argv.slice(start)];
  const stop = line.findIndex((word) => word.startsWith('-'));
  const words = stop === -1 ? line : line.slice(0, stop);
  for (let n = words.length; n > 0; n -= 1) {
    const id = words.slice(0, n).join(':');
    if (ids.includes(id)) return { id, rest: [...line.slice(n), ...early], words: words.slice(0, n) };
  }
  if (words.length === 0) return { id: 'home', rest: [...line, ...early], words: [] };
  const rest = [...early, ...line.slice(words.length).filter((word) => GLOBAL.has(word))];
  return { id: undefined, rest, words: [...words] };
}

/** Resolves when everything that was written has left the process. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.writableLength === 0) resolve();
    else stream.once('close', () => resolve()).write('', () => resolve());
  });
}
