import { HdError, UnreachableError } from '../../domain/errors.ts';
import { Exit } from '../../domain/exit.ts';
import type { Next } from '../../domain/verdict.ts';
import { fingerprint, keyType, shortType, type Judgement, type KnownKey } from './known-hosts.ts';
import { address, sshCommand, type SshTarget } from './target.ts';

const WHY = { label: 'why', text: 'not known: rebuilt, renamed, or someone in between' };

/** Stops before authentication; screen 18. hd never adds a key: a person compares, and OpenSSH writes. */
export function hostKeyRefused(
  target: SshTarget,
  offered: Buffer,
  judgement: Exclude<Judgement, { kind: 'known' }>,
): HdError {
  const who = `${target.host} (${address(target)})`;
  const facts = [{ label: 'offered', text: fingerprint(offered) }];
  const compare: Next = {
    remark: `compare "offered" with what ${target.host}'s own console says to`,
    command: ['ssh-keygen', '-lf', `/etc/ssh/ssh_host_${shortType(keyType(offered)).toLowerCase()}_key.pub`],
  };
  const see = { remark: 'only if they are equal', command: sshCommand(target) };
  switch (judgement.kind) {
    case 'unknown':
      return new HdError('host-key-unknown', Exit.notAllowed, `${who} offered a key nobody here has seen`, {
        outcome: 'host key',
        facts,
        next: [compare, see],
      });
    case 'changed':
      return new HdError('host-key-changed', Exit.notAllowed, `${who} offered another host key than it had`, {
        outcome: 'host key',
        facts: [known('known', judgement.known), ...facts, WHY],
        next: [
          compare,
          { remark: 'only if they are equal', command: forget(target, judgement.known) },
          { remark: 'then', command: sshCommand(target) },
        ],
      });
    case 'revoked':
      return new HdError(
        'host-key-revoked',
        Exit.notAllowed,
        `${who} offered a host key that is marked as revoked`,
        {
          outcome: 'host key',
          facts: [known('revoked', judgement.known), ...facts],
          next: [compare],
        },
      );
    case 'certificate':
      return new HdError(
        'host-certificate-unsupported',
        Exit.notAllowed,
        `${who} is known by a certificate authority alone, and hd can't check host certificates`,
        {
          outcome: 'host key',
          facts: [known('authority', judgement.known), ...facts],
          next: [
            compare,
            {
              remark: 'only if they are equal, put the line with it into known_hosts',
              command: ['ssh-keyscan', '-p', String(target.port), '-t', keyType(offered), target.hostname],
            },
          ],
        },
      );
  }
}

function known(label: string, key: KnownKey): { label: string; text: string; more: readonly string[] } {
  return { label, text: fingerprint(key.blob), more: [`${key.file}, line ${key.line}`] };
}

function forget(target: SshTarget, key: KnownKey): readonly string[] {
  const name = target.hostKeyNames[0] ?? target.hostname;
  return ['ssh-keygen', ...(key.file.endsWith('/.ssh/known_hosts') ? [] : ['-f', key.file]), '-R', name];
}

/** No key was taken. */
export function authenticationRefused(
  target: SshTarget,
  tried: { offered: readonly string[]; skipped: number; locked: readonly string[] },
): HdError {
  const [locked] = tried.locked;
  const see = { remark: 'see which keys are offered', command: sshCommand(target, ['-v'], true) };
  const facts = [
    ...(tried.offered.length === 0
      ? []
      : [{ label: 'offered', text: tried.offered[0] ?? '', more: tried.offered.slice(1) }]),
    ...(tried.skipped === 0
      ? []
      : [
          {
            label: 'kept',
            text: `${tried.skipped} more keys were not offered: a server takes ${tried.offered.length} tries`,
          },
        ]),
  ];
  if (locked !== undefined) {
    return new HdError(
      'ssh-key-locked',
      Exit.notAllowed,
      `${target.host}: the key ${locked} is encrypted, and its passphrase was not given`,
      {
        facts,
        next: [{ remark: 'put it into the agent', command: ['ssh-add', locked] }, see],
      },
    );
  }
  const [certificate] = target.authentication.certificateFiles;
  if (certificate !== undefined) {
    return new HdError(
      'ssh-certificate-unsupported',
      Exit.notAllowed,
      `${target.host} took no plain key of user ${target.user}, and hd can't offer the certificate ${certificate}`,
      { facts, next: [see] },
    );
  }
  const count = tried.offered.length;
  return new HdError(
    'ssh-auth-refused',
    Exit.notAllowed,
    count === 0
      ? `${target.host}: no SSH key to offer for user ${target.user}`
      : `${target.host}: permission denied, ${count} ${count === 1 ? 'key' : 'keys'} offered for user ${target.user}`,
    { facts, next: [see] },
  );
}

/** hd and the host have no algorithm in common, or the configuration allows none that ssh2 has. */
export function incompatible(target: SshTarget, what: string): HdError {
  return new UnreachableError('host', `${target.host} and hd have no SSH algorithm in common: ${what}`, {
    next: [{ remark: 'see what each offers', command: sshCommand(target, ['-vv']) }],
  });
}

/** @param why one clause, the address in it */
export function unreachable(target: SshTarget, why: string, tries: number, cause: unknown): UnreachableError {
  return new UnreachableError('host', `${target.host}: ${why}, ${tries} ${tries === 1 ? 'try' : 'tries'}`, {
    next: [{ remark: 'find out why', command: sshCommand(target) }],
    cause,
  });
}
