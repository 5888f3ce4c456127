import { createHash } from 'node:crypto';
import { access } from 'node:fs/promises';
import { HdError } from '../../domain/errors.ts';
import { Exit } from '../../domain/exit.ts';
import { ANSWER_MS, limitText } from '../../domain/limits.ts';
import { localShell } from '../local/shell.ts';
import type { SshTarget } from './target.ts';

/** An entry of a known_hosts file that is about the host. */
export interface KnownKey {
  type: string;
  /** As on the wire. */
  blob: Buffer;
  file: string;
  line: number;
  marker?: 'revoked' | 'cert-authority';
  /** Found under the bare name, while the host is asked on another port: it may say yes, never no (as OpenSSH). */
  bare: boolean;
}

export type Judgement =
  { kind: 'known' } | { kind: 'unknown' } | { kind: 'changed' | 'revoked' | 'certificate'; known: KnownKey };

/** Every key that known_hosts has for the host; hashed names too, since `ssh-keygen -F` does the search. */
export async function knownKeys(
  target: SshTarget,
  timeoutMs: number = ANSWER_MS.program,
): Promise<readonly KnownKey[]> {
  const files = await existing(target.knownHostsFiles);
  for (const [index, name] of target.hostKeyNames.entries()) {
    const found = await Promise.all(
      files.map((file) => search(name.toLowerCase(), file, index > 0, timeoutMs)),
    );
    if (found.some((keys) => keys.length > 0)) return found.flat();
  }
  return [];
}

/** @param offered the host's key, as on the wire */
export function judge(offered: Buffer, keys: readonly KnownKey[]): Judgement {
  const same = keys.filter((key) => key.blob.equals(offered));
  const revoked = same.find((key) => key.marker === 'revoked');
  if (revoked !== undefined) return { kind: 'revoked', known: revoked };
  if (same.some((key) => key.marker === undefined)) return { kind: 'known' };

  const type = keyType(offered);
  const others = keys.filter((key) => key.marker === undefined && !key.bare);
  const other = others.find((key) => key.type === type) ?? others[0];
  if (other !== undefined) return { kind: 'changed', known: other };
  const authority = keys.find((key) => key.marker === 'cert-authority');
  return authority === undefined ? { kind: 'unknown' } : { kind: 'certificate', known: authority };
}

/** `ED25519 SHA256:…`, as OpenSSH shows it. */
export function fingerprint(blob: Buffer): string {
  const hash = createHash('sha256').update(blob).digest('base64').replace(/=+$/, '');
  return `${shortType(keyType(blob))} SHA256:${hash}`;
}

/** The algorithm's name, which every public key begins with (RFC 4253, 6.6). */
export function keyType(blob: Buffer): string {
  return blob.length < 4 ? '' : blob.subarray(4, 4 + blob.readUInt32BE(0)).toString('latin1');
}

/** `ED25519`, `RSA`, `ECDSA`. */
export function shortType(type: string): string {
  return /ed25519|ecdsa|rsa|dss/.exec(type)?.[0].replace('dss', 'dsa').toUpperCase() ?? type;
}

async function search(
  name: string,
  file: string,
  bare: boolean,
  timeoutMs: number,
): Promise<readonly KnownKey[]> {
  const argv = ['ssh-keygen', '-F', name, '-f', file];
  const asked = localShell(name).run({ argv }, { timeoutMs });
  const { status, stdout, stderr } = await asked.catch((error: unknown) => {
    throw unreadable(file, `ssh-keygen -F, no answer in ${limitText(timeoutMs)}`, [], error);
  });
  if (status !== 0 && status !== 1)
    throw unreadable(file, `ssh-keygen -F, exit ${status}`, stderr.trim().split('\n'));
  return parseFound(stdout, file, bare);
}

function unreadable(file: string, text: string, foreign: readonly string[], cause?: unknown): HdError {
  const message = `${file} can't be read, so no host key can be verified`;
  const facts = [{ label: 'seen', text, foreign }];
  return new HdError('known-hosts-unreadable', Exit.notAllowed, message, { facts, cause });
}

/** Reads what `ssh-keygen -F` prints: a remark with the line's number, then the line. */
function parseFound(text: string, file: string, bare: boolean): readonly KnownKey[] {
  const found = text.matchAll(/^# Host .* found: line (\d+) (\S*)\n(?:@\S+ )?\S+ (\S+) (\S+)/gm);
  return [...found].map(([, line = '', mark = '', type = '', base64 = '']) => ({
    type,
    blob: Buffer.from(base64, 'base64'),
    file,
    line: Number(line),
    ...(mark === 'CA'
      ? { marker: 'cert-authority' as const }
      : mark === 'REVOKED'
        ? { marker: 'revoked' as const }
        : {}),
    bare,
  }));
}

async function existing(files: readonly string[]): Promise<readonly string[]> {
  const there = await Promise.all(
    files.map((file) =>
      access(file).then(
        () => true,
        () => false,
      ),
    ),
  );
  return files.filter((_, index) => there[index]);
}
