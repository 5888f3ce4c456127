import { nearest } from './config/nearest.ts';
import { UsageError } from './domain/errors.ts';
import { list } from './domain/names.ts';

/** What oclif's parser says, without reading its English: its errors carry what they are about. */
interface ParseError extends Error {
  /** Words that are too many, or the definitions of what is missing. */
  args?: readonly (string | { name: string })[];
  /** Flags that do not exist. */
  flags?: readonly string[];
  parse?: { input?: { flags?: Readonly<Record<string, unknown>> } };
}

/** oclif's parse errors, in hd's words; undefined for anything else. */
export function usageError(error: unknown): UsageError | undefined {
  if (!(error instanceof Error) || !('oclif' in error)) return undefined;
  const { flags, args, parse } = error as ParseError;
  if (flags !== undefined) {
    const known = Object.keys(parse?.input?.flags ?? {}).map((name) => `--${name}`);
    return new UsageError(`no such flag: ${flags.join(', ')}`, nearest(flags[0] ?? '', known).write);
  }
  if (args !== undefined) {
    const missing = args.flatMap((arg) => (typeof arg === 'string' ? [] : [arg.name.toUpperCase()]));
    if (missing.length > 0) return new UsageError(`${list(missing, 'and')} is missing`);
    return new UsageError(`nothing is expected here: ${JSON.stringify(args.map(String).join(' '))}`);
  }
  const said = error.message
    .replace(/\nSee more help with --help$/, '')
    .replace(/^The following errors? occurred:\s*/, '')
    .split(/\s*\n\s*/)
    .join(': ');
  return new UsageError(lower(said.trim()));
}

function lower(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
