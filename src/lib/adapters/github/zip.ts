import { unzipSync } from 'fflate';

/** In bytes: a report is text, and this is more than anybody reads. */
export const MAX_UNPACKED = 16 * 1024 * 1024;
const MAX_ENTRIES = 1000;

/**
 * The UTF-8 files of a zip archive by path; folders and other files are left out. What a size in the archive
 * promises is all that is ever unpacked of an entry.
 * @param unusable makes the error of a reason: `is no zip archive`
 */
export function textFilesOf(
  zip: Uint8Array,
  unusable: (why: string, cause?: unknown) => Error,
): ReadonlyMap<string, string> {
  let [entries, size] = [0, 0];
  let refusal: Error | undefined;
  const refuse = (why: string): never => {
    refusal = unusable(why);
    throw refusal;
  };
  const isWanted = ({ name, originalSize }: { name: string; originalSize: number }) => {
    entries += 1;
    size += originalSize;
    if (entries > MAX_ENTRIES) refuse(`holds more than ${MAX_ENTRIES} files`);
    if (size > MAX_UNPACKED) refuse('is larger than 16 MB');
    if (leadsOut(name)) refuse(`holds ${JSON.stringify(name)}, a path that leads out of it`);
    return !name.endsWith('/');
  };
  let files: Record<string, Uint8Array>;
  try {
    files = unzipSync(zip, { filter: isWanted });
  } catch (error) {
    throw refusal ?? unusable('is no zip archive', error);
  }
  return new Map(
    Object.entries(files).flatMap(([path, content]) => {
      const text = textOf(content);
      return text === undefined ? [] : [[path, text] as const];
    }),
  );
}

function leadsOut(path: string): boolean {
  return /^[/\\]|^[a-z]:|\0/i.test(path) || path.split(/[/\\]/).includes('..');
}

function textOf(content: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    return undefined;
  }
}
