import { access, constants, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Signed } from '../domain/audit/evidence.ts';
import { UsageError } from '../domain/errors.ts';
import type { Completed, Signatures, Signer } from '../ports.ts';
import { localShell } from './local/shell.ts';

/** What is signed is a ledger's entry and nothing else: a signature of a commit is none (PROTOCOL.sshsig). */
const NAMESPACE = 'hd-ledger';
/** An agent may ask a person to touch a key; `--answer-timeout` else, of both. */
const SIGN_MS = 30_000;
const CHECK_MS = 10_000;
/** Of a shell: there is no such program. */
const NOT_FOUND = 127;

/** @param key as `ssh-keygen -Y sign -f` has it: a private key, or a public one whose other half an agent holds */
export function createSigner(key: string, answerMs = SIGN_MS): Signer {
  return {
    async sign(text) {
      // Without a terminal of its own it asks nobody in the middle of a deployment.
      const answer = await keygen(['-q', '-Y', 'sign', '-f', key, '-n', NAMESPACE], text, answerMs);
      if (answer.status === 0 && answer.stdout.includes('SSH SIGNATURE')) return answer.stdout;
      const said = answer.stderr.trim().split('\n');
      const locked = /passphrase/i.test(answer.stderr);
      throw new UsageError(
        `${key} can't sign${locked ? ': it is encrypted' : ''}`,
        locked ? `after ssh-add ${key}: --signing-key ${key}.pub` : undefined,
        { facts: [{ label: 'seen', text: 'ssh-keygen -Y sign', foreign: said }] },
      );
    },
  };
}

/**
 * @param allowed a file of allowed signers (ssh-keygen(1), ALLOWED SIGNERS)
 * @throws UsageError if it can't be read
 */
export async function createSignatures(allowed: string, answerMs = CHECK_MS): Promise<Signatures> {
  await access(allowed, constants.R_OK).catch(() => {
    throw new UsageError(`--allowed-signers ${allowed} can't be read`);
  });
  return {
    async check(text, signature, at) {
      const dir = await mkdtemp(join(tmpdir(), 'hd-signature-'));
      try {
        const file = join(dir, 'signature');
        await writeFile(file, signature);
        return await judged(text, { allowed, file, at: timestamp(at), answerMs });
      } finally {
        await rm(dir, { recursive: true, force: true });
      }
    },
  };
}

async function judged(
  text: string,
  { allowed, file, at, answerMs }: { allowed: string; file: string; at: string; answerMs: number },
): Promise<Signed> {
  const time = ['-O', `verify-time=${at}`];
  const found = await keygen(['-Y', 'find-principals', '-s', file, '-f', allowed, ...time], '', answerMs);
  const [by = ''] = found.stdout.split('\n');
  if (found.status === 0 && by !== '') {
    const verify = ['-Y', 'verify', '-s', file, '-f', allowed, '-I', by, '-n', NAMESPACE, ...time];
    const answer = await keygen(verify, text, answerMs);
    const key = keyIn(answer);
    if (answer.status === 0 && key !== undefined) return { by, key };
    return { problem: `its signature by ${by} is not over what it says` };
  }
  const anyone = await keygen(['-Y', 'check-novalidate', '-s', file, '-n', NAMESPACE], text, answerMs);
  const key = keyIn(anyone);
  if (anyone.status === 0 && key !== undefined)
    return { problem: `signed with ${key}, which is no allowed signer's` };
  return { problem: 'its signature is not over what it says' };
}

/** `ED25519 SHA256:…`. */
function keyIn({ stdout }: Completed): string | undefined {
  const [, type, print] = / with (\S+) key (SHA256:\S+)/.exec(stdout) ?? [];
  return type === undefined || print === undefined ? undefined : `${type} ${print}`;
}

/** As ssh-keygen has times, in UTC: `20261119150000Z`. */
function timestamp(at: string): string {
  return `${new Date(at).toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`;
}

async function keygen(args: readonly string[], stdin: string, timeoutMs: number): Promise<Completed> {
  const argv = ['ssh-keygen', ...args];
  const answer = await localShell('this machine').run({ argv, stdin }, { timeoutMs });
  if (answer.status === NOT_FOUND)
    throw new UsageError('ssh-keygen is not on this machine, and signs for hd');
  return answer;
}
