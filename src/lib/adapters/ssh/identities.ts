import { readFile } from 'node:fs/promises';
import type { BaseAgent, ParsedKey, SigningRequestOptions } from 'ssh2';
import { Slots } from '../shell/slots.ts';
import type { Authentication } from './target.ts';

export type Ssh2 = typeof import('ssh2');

/** A key that can be offered. */
export interface Identity {
  publicKey: ParsedKey;
  /** Where it comes from: a file's path, or `agent` and the key's comment. */
  source: string;
  /** @param hash of an RSA signature (`sha256`) */
  sign(data: Buffer, hash: string | undefined): Promise<Buffer>;
}

/** Asks for the passphrase of a key file; undefined or empty skips the key. */
export type AskPassphrase = (file: string) => Promise<string | undefined>;

/** A key file that is encrypted, and nobody gave its passphrase. */
export class LockedKeyError extends Error {
  readonly file: string;
  constructor(file: string) {
    super(`the key ${file} is encrypted`);
    this.file = file;
  }
}

/** How long an agent that does not answer is waited for. */
const AGENT_MS = 5000;
const PASSPHRASE_TRIES = 3;

/** Keys of files and agents, read once and shared by every host; a passphrase is asked for once a file. */
export class KeyStore {
  readonly #ssh2: Ssh2;
  readonly #ask: AskPassphrase | undefined;
  readonly #agentMs: number;
  readonly #unlocked = new Map<string, Promise<ParsedKey>>();
  /** One question at a time. */
  readonly #questions = new Slots(1);

  /** @param answerMs for an agent's answer (`--answer-timeout`), in milliseconds */
  constructor(ssh2: Ssh2, ask?: AskPassphrase, answerMs = AGENT_MS) {
    this.#ssh2 = ssh2;
    this.#ask = ask;
    this.#agentMs = answerMs;
  }

  /** True while a person is at it: no limit runs then. */
  get asking(): boolean {
    return this.#questions.active > 0;
  }

  /**
   * In OpenSSH's order (ssh_config(5), IdentitiesOnly): the agent's keys that a file names, the agent's other
   * keys, the keys that only a file has.
   */
  async identities(how: Authentication): Promise<readonly Identity[]> {
    if (!how.publicKey) return [];
    const [held, files] = await Promise.all([
      how.agentSocket === undefined ? [] : this.#agentKeys(how.agentSocket),
      Promise.all(how.identityFiles.map((file) => this.#fileKey(file))),
    ]);
    const named = files.filter((identity) => identity !== undefined);
    const same = (a: Identity) => (b: Identity) =>
      a.publicKey.getPublicSSH().equals(b.publicKey.getPublicSSH());
    return [
      ...named.flatMap((identity) => held.filter(same(identity))),
      ...(how.identitiesOnly ? [] : held.filter((identity) => !named.some(same(identity)))),
      ...named.filter((identity) => !held.some(same(identity)) && identity.source !== ''),
    ];
  }

  #agentKeys(socket: string): Promise<readonly Identity[]> {
    const agent = this.#ssh2.createAgent(socket);
    return new Promise((resolve) => {
      // An agent that is gone, or says nothing, is as good as none: the keys of the files remain.
      const timer = setTimeout(() => resolve([]), this.#agentMs);
      agent.getIdentities((error, keys) => {
        clearTimeout(timer);
        resolve(error != null ? [] : (keys ?? []).flatMap((key) => this.#agentKey(agent, key)));
      });
    });
  }

  #agentKey(
    agent: BaseAgent,
    key: Parameters<BaseAgent['sign']>[0] | { pubKey: unknown },
  ): readonly Identity[] {
    const publicKey = parsed(this.#ssh2.utils.parseKey(key as Buffer));
    if (publicKey === undefined) return [];
    return [
      {
        publicKey,
        source: `agent ${publicKey.comment}`.trim(),
        sign: (data, hash) =>
          new Promise((resolve, reject) => {
            agent.sign(publicKey, data, { hash } as SigningRequestOptions, (error, signature) => {
              if (signature === undefined) reject(error ?? new Error('the agent did not sign'));
              else resolve(signature);
            });
          }),
      },
    ];
  }

  /** Undefined if the file is not there, or no key. A file with a public key alone names one of the agent's. */
  async #fileKey(file: string): Promise<Identity | undefined> {
    const content = await readFile(file).catch(() => undefined);
    if (content === undefined) return undefined;
    const key = this.#ssh2.utils.parseKey(content);
    const clear = parsed(key);
    const publicKey = clear ?? (await this.#publicHalf(file, content));
    if (publicKey === undefined) return undefined;
    if (clear?.isPrivateKey() === true) this.#unlocked.set(file, Promise.resolve(clear));
    const source = clear === undefined || clear.isPrivateKey() ? file : '';
    return {
      publicKey,
      source,
      sign: async (data, hash) => (await this.#unlock(file, content)).sign(data, hash),
    };
  }

  /** Of an encrypted key: from the file itself (OpenSSH's format has it in clear), else from `.pub` beside it. */
  async #publicHalf(file: string, content: Buffer): Promise<ParsedKey | undefined> {
    if (!content.includes('PRIVATE KEY')) return undefined;
    const own = opensshPublicKey(content.toString('latin1'));
    const blob = own ?? (await readFile(`${file}.pub`).catch(() => undefined));
    return blob === undefined ? undefined : parsed(this.#ssh2.utils.parseKey(blob));
  }

  #unlock(file: string, content: Buffer): Promise<ParsedKey> {
    const open = this.#unlocked.get(file) ?? this.#decrypt(file, content);
    this.#unlocked.set(file, open);
    open.catch(() => this.#unlocked.delete(file));
    return open;
  }

  async #decrypt(file: string, content: Buffer): Promise<ParsedKey> {
    for (let tries = 0; tries < PASSPHRASE_TRIES; tries += 1) {
      const answered = await this.#questions.take();
      const passphrase = await this.#ask?.(file).finally(answered);
      if (passphrase === undefined || passphrase === '') break;
      const key = parsed(this.#ssh2.utils.parseKey(content, passphrase));
      if (key !== undefined) return key;
    }
    throw new LockedKeyError(file);
  }
}

/** ssh2 returns its errors, and sometimes a list; OpenSSH's format holds one key. */
function parsed(result: ReturnType<Ssh2['utils']['parseKey']> | ParsedKey[]): ParsedKey | undefined {
  const first = Array.isArray(result) ? result[0] : result;
  return first instanceof Error ? undefined : first;
}

/** The public key of a private one in OpenSSH's own format (PROTOCOL.key), which stands before the secret part. */
function opensshPublicKey(pem: string): Buffer | undefined {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([^-]+)-----END/.exec(pem)?.[1];
  if (body === undefined) return undefined;
  const data = Buffer.from(body, 'base64');
  let at = 'openssh-key-v1\0'.length;
  const next = (): Buffer => {
    const end = at + 4 + data.readUInt32BE(at);
    const field = data.subarray(at + 4, end);
    at = end;
    return field;
  };
  try {
    next(); // cipher
    next(); // key derivation
    next(); // its options
    at += 4; // how many keys
    return next();
  } catch {
    return undefined; // cut short
  }
}
