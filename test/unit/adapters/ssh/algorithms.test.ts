import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { offer, supported } from '../../../../src/lib/adapters/ssh/algorithms.ts';
import type { KnownKey } from '../../../../src/lib/adapters/ssh/known-hosts.ts';

const known = (type: string): KnownKey => ({ type, blob: Buffer.alloc(0), file: 'f', line: 1, bare: false });

describe('the offer for the key exchange', () => {
  const all = { ...supported };

  it('names only what ssh2 has', () => {
    const constants = createRequire(import.meta.url)('ssh2/lib/protocol/constants.js') as Record<
      string,
      string[]
    >;
    const lists = { kex: 'KEX', hostKey: 'SERVER_HOST_KEY', cipher: 'CIPHER', mac: 'MAC' } as const;
    for (const [key, name] of Object.entries(lists)) {
      for (const algorithm of supported[key as keyof typeof lists]) {
        assert(constants[`SUPPORTED_${name}`]?.includes(algorithm), algorithm);
      }
    }
  });

  it('prefers curve25519, and AES-GCM', () => {
    const { kex, cipher } = offer(
      { ...all, kex: ['ecdh-sha2-nistp256', 'curve25519-sha256', 'sntrup761x25519-sha512'] },
      [],
    );
    assert.deepEqual(kex, ['curve25519-sha256', 'ecdh-sha2-nistp256']);
    assert.equal(Array.isArray(cipher) && cipher[0], 'aes128-gcm@openssh.com');
  });

  it('puts host keys that are known first, RSA by its own names', () => {
    const hostKey = [
      'ssh-ed25519',
      'ecdsa-sha2-nistp256',
      'rsa-sha2-512',
      'rsa-sha2-256',
      'sk-ssh-ed25519@openssh.com',
    ];
    const order = offer({ ...all, hostKey }, [known('ssh-rsa')]).serverHostKey;
    assert.deepEqual(order, ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-ed25519', 'ecdsa-sha2-nistp256']);
  });

  it('does not count a certificate authority as a known host key', () => {
    const order = offer({ ...all, hostKey: ['ssh-ed25519', 'rsa-sha2-512'] }, [
      { ...known('ssh-rsa'), marker: 'cert-authority' },
    ]);
    assert.deepEqual(order.serverHostKey, ['ssh-ed25519', 'rsa-sha2-512']);
  });

  it('keeps what the configuration allows beyond the defaults, and nothing it forbids', () => {
    const allowed = {
      ...all,
      kex: ['diffie-hellman-group14-sha1'],
      mac: ['hmac-sha2-512'],
      cipher: ['aes256-ctr'],
    };
    const made = offer(allowed, []);
    assert.deepEqual(
      [made.kex, made.hmac, made.cipher],
      [['diffie-hellman-group14-sha1'], ['hmac-sha2-512'], ['aes256-ctr']],
    );
  });
});
