import { parseDuration } from './config/duration.ts';
import { UsageError } from './domain/errors.ts';

/**
 * Milliseconds of a flag's value.
 * @throws UsageError naming the flag, if it is no time
 */
export function timeOf(flag: string, text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined)
    throw new UsageError(`--${flag} ${JSON.stringify(text)} is not a time`, 'as 30s, 5m or 1h');
  return ms;
}

/** As timeOf, of a limit, which is never nothing; undefined if the flag was not given. */
export function limitOf(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = timeOf(flag, text);
  if (ms === 0) throw new UsageError(`--${flag} 0 leaves no time at all`, `--${flag} 30s`);
  return ms;
}
