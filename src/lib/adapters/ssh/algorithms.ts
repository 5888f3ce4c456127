import type { Algorithms, CipherAlgorithm, KexAlgorithm, MacAlgorithm, ServerHostKeyAlgorithm } from 'ssh2';
import type { KnownKey } from './known-hosts.ts';
import type { SshTarget } from './target.ts';

/** What ssh2 can do; of its list, and of OpenSSH's, only what is in both is offered. */
export const supported = {
  kex: [
    'curve25519-sha256',
    'curve25519-sha256@libssh.org',
    'ecdh-sha2-nistp256',
    'ecdh-sha2-nistp384',
    'ecdh-sha2-nistp521',
    'diffie-hellman-group-exchange-sha256',
    'diffie-hellman-group14-sha256',
    'diffie-hellman-group15-sha512',
    'diffie-hellman-group16-sha512',
    'diffie-hellman-group17-sha512',
    'diffie-hellman-group18-sha512',
    'diffie-hellman-group-exchange-sha1',
    'diffie-hellman-group14-sha1',
    'diffie-hellman-group1-sha1',
  ] satisfies KexAlgorithm[],
  hostKey: [
    'ssh-ed25519',
    'ecdsa-sha2-nistp256',
    'ecdsa-sha2-nistp384',
    'ecdsa-sha2-nistp521',
    'rsa-sha2-512',
    'rsa-sha2-256',
    'ssh-rsa',
    'ssh-dss',
  ] satisfies ServerHostKeyAlgorithm[],
  cipher: [
    'aes128-gcm@openssh.com',
    'aes256-gcm@openssh.com',
    'aes128-ctr',
    'aes192-ctr',
    'aes256-ctr',
    // Without OpenSSL's help in ssh2, so last.
    'chacha20-poly1305@openssh.com',
    'aes256-cbc',
    'aes192-cbc',
    'aes128-cbc',
    '3des-cbc',
  ] satisfies CipherAlgorithm[],
  mac: [
    'hmac-sha2-256-etm@openssh.com',
    'hmac-sha2-512-etm@openssh.com',
    'hmac-sha1-etm@openssh.com',
    'hmac-sha2-256',
    'hmac-sha2-512',
    'hmac-sha1',
  ] satisfies MacAlgorithm[],
};

/**
 * The offer for the key exchange: what OpenSSH's configuration allows and ssh2 can do. Host key algorithms
 * for which a key is known come first, as OpenSSH orders them, so that a host with several keys shows the
 * one that can be verified. Elsewhere the order is ssh2's, the fastest first: curve25519 takes half the time
 * of the others, and AES-GCM is OpenSSL's own.
 */
export function offer(allowed: SshTarget['algorithms'], known: readonly KnownKey[]): Algorithms {
  const types = new Set(known.filter((key) => key.marker === undefined).map((key) => key.type));
  const hostKeys = allowed.hostKey.filter(isOneOf(supported.hostKey));
  const verifiable = (algorithm: string): boolean =>
    types.has(algorithm.startsWith('rsa-') ? 'ssh-rsa' : algorithm);
  return {
    kex: supported.kex.filter((name) => allowed.kex.includes(name)),
    serverHostKey: [...hostKeys.filter(verifiable), ...hostKeys.filter((name) => !verifiable(name))],
    cipher: supported.cipher.filter((name) => allowed.cipher.includes(name)),
    hmac: supported.mac.filter((name) => allowed.mac.includes(name)),
  };
}

function isOneOf<T extends string>(names: readonly T[]): (name: string) => name is T {
  return (name): name is T => names.some((other) => other === name);
}
