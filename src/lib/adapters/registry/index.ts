import { createHash } from 'node:crypto';
import type { Config } from '../../domain/environment.ts';
import { HdError, UnreachableError, UsageError } from '../../domain/errors.ts';
import { Exit } from '../../domain/exit.ts';
import { ANSWER_MS } from '../../domain/limits.ts';
import { missingPassword, registryLogins } from '../../domain/registry-login.ts';
import type { Digest } from '../../domain/release.ts';
import type { Secret } from '../../domain/secret.ts';
import type { ImagePlatform, Registry, ResolvedImage } from '../../ports.ts';
import { authorize, refused } from './auth.ts';
import { credentialsFor, type Credentials, type Environment } from './credentials.ts';
import { exchange, type Answer, type Fetch } from './exchange.ts';
import { MANIFEST_TYPES, readConfig, readDocument, type Document } from './manifest.ts';
import { parseName, type RegistryName } from './name.ts';

export interface RegistryOptions {
  registries: Config['registries'];
  /** Where DOCKER_CONFIG is looked up; default: the own one. */
  env?: Environment;
  fetch?: Fetch;
  /** For one request, and for a credential helper. */
  timeoutMs?: number | undefined;
}

const TAG_OR_DIGEST = /^(?:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}|sha256:[0-9a-f]{64})$/;
const REPOSITORY = /^[A-Za-z0-9][A-Za-z0-9._-]*(?::\d+)?(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*$/;
const MAX_BYTES = 8 * 1024 * 1024;

/** A Registry over the OCI distribution API (v1.1), with the login of hd.yml or that `docker login` keeps. */
export function createRegistry(options: RegistryOptions): Registry {
  const insecure = (host: string): boolean => options.registries[host]?.insecure === true;
  const clients = new Map<string, RepositoryClient>();
  return {
    async resolve(repository, reference) {
      if (!TAG_OR_DIGEST.test(reference)) {
        throw new UsageError(`${JSON.stringify(reference)} is not the tag or digest of an image`);
      }
      if (!REPOSITORY.test(repository)) {
        throw new UsageError(`${JSON.stringify(repository)} is not the repository of an image`);
      }
      const client =
        clients.get(repository) ?? new RepositoryClient(parseName(repository, insecure), options);
      clients.set(repository, client);
      return resolve(client, reference);
    },
  };
}

async function resolve(client: RepositoryClient, reference: string): Promise<ResolvedImage | undefined> {
  const top = await client.manifest(reference);
  if (top === undefined) return undefined;
  const { digest, document } = top;
  if (document.kind === 'manifest') return { digest, platforms: [await platform(client, digest, document)] };
  const platforms = await Promise.all(
    document.manifests.map(async ({ digest: each, platform: name }) => {
      const found = await client.manifest(each);
      if (found?.document.kind !== 'manifest') {
        throw client.wrong('manifest-missing', `lists ${each} for ${reference} and does not have it`);
      }
      return platform(client, each, found.document, name);
    }),
  );
  return { digest, platforms };
}

async function platform(
  client: RepositoryClient,
  digest: Digest,
  { config, layers }: Extract<Document, { kind: 'manifest' }>,
  name?: string,
): Promise<ImagePlatform> {
  const read = readConfig(await client.blob(config));
  if (read === undefined)
    throw client.wrong('config-unreadable', `has a configuration of ${digest} that is none`);
  return { platform: name ?? read.platform, digest, labels: read.labels, layers };
}

/** One repository of one registry; keeps its authorization from request to request. */
class RepositoryClient {
  readonly #name: RegistryName;
  readonly #options: RegistryOptions;
  #authorization: Secret | undefined;
  #credentials: Promise<Credentials> | undefined;

  constructor(name: RegistryName, options: RegistryOptions) {
    this.#name = name;
    this.#options = options;
  }

  /** Undefined if there is none. The digest is of the content that came, whatever the registry calls it. */
  async manifest(reference: string): Promise<{ digest: Digest; document: Document } | undefined> {
    const answer = await this.#get(`manifests/${reference}`, MANIFEST_TYPES.join(', '));
    if (answer === undefined) return undefined;
    const digest = sha256(answer.body);
    const claimed = answer.headers.get('docker-content-digest');
    if (claimed?.startsWith('sha256:') === true) this.#same(claimed, digest, reference);
    if (reference.startsWith('sha256:')) this.#same(reference, digest, reference);
    const document = readDocument(answer.body);
    if (document === undefined) {
      throw this.wrong('manifest-unreadable', `has a manifest of ${reference} that is no image's`);
    }
    return { digest, document };
  }

  async blob(digest: Digest): Promise<Buffer> {
    const answer = await this.#get(`blobs/${digest}`, '*/*');
    if (answer === undefined) throw this.wrong('blob-missing', `does not have ${digest}`);
    this.#same(digest, sha256(answer.body), digest);
    return answer.body;
  }

  /** The registry contradicts itself: nothing of this image can be trusted (exit 5). */
  wrong(code: string, text: string): HdError {
    return new HdError(`registry-${code}`, Exit.notVerified, `${this.#name.host}/${this.#name.path} ${text}`);
  }

  #same(claimed: string, actual: Digest, what: string): void {
    if (claimed !== actual) {
      throw this.wrong(
        'digest-mismatch',
        `answers for ${what} with content that is ${actual}, not ${claimed}`,
      );
    }
  }

  async #get(path: string, accept: string): Promise<Answer | undefined> {
    let answer = await this.#ask(path, accept);
    if (answer.status === 401) {
      this.#authorization = await authorize(this.#name, answer.headers.get('www-authenticate') ?? '', {
        fetch: this.#fetch,
        timeoutMs: this.#timeoutMs,
        credentials: await this.#login(),
      });
      answer = await this.#ask(path, accept);
    }
    if (answer.status === 200) return answer;
    if (answer.status === 404) return undefined;
    if (answer.status === 401 || answer.status === 403) throw refused(this.#name, await this.#login());
    const limit = answer.status === 429 ? ', its rate limit' : '';
    throw new UnreachableError('registry', `${this.#name.host} answered ${answer.status}${limit}`);
  }

  async #ask(path: string, accept: string): Promise<Answer> {
    const authorization = this.#authorization;
    return exchange(this.#fetch, {
      url: new URL(`/v2/${this.#name.path}/${path}`, this.#name.origin),
      headers: { accept, ...(authorization === undefined ? {} : { authorization: authorization.reveal() }) },
      timeoutMs: this.#timeoutMs,
      maxBytes: MAX_BYTES,
      registry: this.#name.host,
    });
  }

  async #login(): Promise<Credentials> {
    return (this.#credentials ??= this.#findLogin());
  }

  /** Of hd.yml, else what `docker login` keeps. */
  async #findLogin(): Promise<Credentials> {
    const { host } = this.#name;
    const { registries, env = process.env, timeoutMs } = this.#options;
    const source = registries[host]?.login;
    if (source === undefined) return credentialsFor(host, env, timeoutMs);
    const login = registryLogins(registries, env).get(host);
    if (login === undefined) throw missingPassword(host, source);
    return { kind: 'password', user: login.username, password: login.password, of: 'hd.yml' };
  }

  get #fetch(): Fetch {
    return this.#options.fetch ?? globalThis.fetch;
  }

  get #timeoutMs(): number {
    return this.#options.timeoutMs ?? ANSWER_MS.registry;
  }
}

function sha256(bytes: Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
