import { posix } from 'node:path';
import { HdError } from '../../domain/errors.ts';
import { Exit } from '../../domain/exit.ts';

/**
 * A path from the repository's root, without `.` and `..`; empty for the root itself.
 * @throws HdError exit 2 if it is absolute, leaves the root, or is no path at all
 */
export function inside(path: string): string {
  const normal = posix.normalize(path).replace(/\/+$/, '');
  if (path.includes('\0') || path.includes('\\') || posix.isAbsolute(path) || /^\.\.(?:\/|$)/.test(normal)) {
    throw new HdError(
      'source-outside',
      Exit.usage,
      `${JSON.stringify(path)} is not a path below the repository`,
    );
  }
  return normal === '.' ? '' : normal;
}

/** @throws HdError exit 2: what it points to can't be part of a release */
export function leaves(path: string, target: string): never {
  throw new HdError(
    'source-outside',
    Exit.usage,
    `${path} is a symlink to ${target}, outside the repository`,
    {
      facts: [{ label: 'write', text: 'the file itself in its place, or a symlink inside the repository' }],
    },
  );
}

/** @throws HdError exit 2 */
export function circle(path: string): never {
  throw new HdError('source-circle', Exit.usage, `${path} is a symlink that leads nowhere`);
}

/** @throws HdError exit 2 if the content is not the file but a note of where Git LFS keeps it */
export function refusePointer(path: string, content: Uint8Array): void {
  const start = Buffer.from(content.subarray(0, 43)).toString('latin1');
  if (start === 'version https://git-lfs.github.com/spec/v1\n') {
    throw new HdError(
      'source-lfs',
      Exit.usage,
      `${path} is kept in Git LFS: its content is not in the commit`,
    );
  }
}

export function isAtOrBelow(path: string, folder: string): boolean {
  return folder === '' || path === folder || path.startsWith(`${folder}/`);
}
