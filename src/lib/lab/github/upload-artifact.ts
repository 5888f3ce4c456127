import { glob, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { zipSync } from 'fflate';
import type { JobLog } from './job-log.ts';

/** Inputs of actions/upload-artifact that the lab obeys, or that change nothing here. */
export const UPLOAD_INPUTS: ReadonlySet<string> = new Set([
  ...['name', 'path', 'if-no-files-found', 'retention-days', 'overwrite', 'compression-level'],
]);

export interface Upload {
  name: string;
  zip: Uint8Array;
  retentionDays: number;
  overwrite: boolean;
}

/**
 * What actions/upload-artifact would upload: the files below each line of `path`.
 * @throws Error if there are none and that is an error, as asked by `if-no-files-found`
 * @returns undefined if there is nothing to upload
 */
export async function uploadOf(
  inputs: Readonly<Record<string, string>>,
  workspace: string,
  log: JobLog,
): Promise<Upload | undefined> {
  const { name = 'artifact', path = '', 'if-no-files-found': missing = 'warn' } = inputs;
  const patterns = path
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (patterns.length === 0) throw new Error('Input required and not supplied: path');
  const found = await Promise.all(patterns.map((pattern) => filesBelow(resolve(workspace, pattern))));
  const files = [...new Set(found.flatMap((one) => one.files))];
  if (files.length === 0) {
    const text = `No files were found with the provided path: ${path}. No artifacts will be uploaded.`;
    if (missing === 'error') throw new Error(text);
    if (missing === 'warn') log.line(`::warning::${text}`);
    return undefined;
  }
  const root = commonFolder(found.flatMap((one) => (one.files.length === 0 ? [] : [one.root])));
  const entries = await Promise.all(
    files.map(async (file) => [relative(root, file), new Uint8Array(await readFile(file))] as const),
  );
  return {
    name,
    zip: zipSync(Object.fromEntries(entries)),
    retentionDays: Number(inputs['retention-days'] ?? 0) || 90,
    overwrite: inputs['overwrite'] === 'true',
  };
}

/** Files that a path names, or that are below it; hidden ones are left out, as upload-artifact does. */
async function filesBelow(path: string): Promise<{ root: string; files: string[] }> {
  const there = await stat(path).catch(() => undefined);
  if (there?.isFile() === true) return { root: dirname(path), files: [path] };
  const pattern = there?.isDirectory() === true ? join(path, '**') : path;
  const root = there?.isDirectory() === true ? path : fixedPart(path);
  const files: string[] = [];
  for await (const one of glob(pattern)) {
    const hidden = relative(root, one)
      .split('/')
      .some((part) => part.startsWith('.'));
    if (!hidden && (await stat(one)).isFile()) files.push(one);
  }
  return { root, files: files.sort() };
}

/** The folder above the first part of a pattern that is one. */
function fixedPart(pattern: string): string {
  const parts = pattern.split('/');
  const first = parts.findIndex((part) => /[*?[{]/.test(part));
  return first === -1 ? dirname(pattern) : parts.slice(0, first).join('/');
}

function commonFolder(folders: readonly string[]): string {
  const [first = '', ...rest] = folders;
  return rest.reduce((common, folder) => {
    let shared = common;
    while (shared !== dirname(shared) && !`${folder}/`.startsWith(`${shared}/`)) shared = dirname(shared);
    return shared;
  }, first);
}

/** For the log. */
export function describeUpload({ name, zip }: Upload): string {
  return `Artifact ${basename(name)} has been uploaded, ${zip.length} bytes`;
}
