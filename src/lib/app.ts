import { hostname } from 'node:os';
import type { Config } from './domain/environment.ts';
import type { OperatorPrompt } from './adapters/prompt.ts';
import type { FoundToken, GitHubServer } from './adapters/token.ts';
import { UsageError } from './domain/errors.ts';
import type { Redact } from './domain/redaction.ts';
import type { Clock, GitHub, Http, Identity, Registry, Shells, Signatures, Signer } from './ports.ts';
import type { Progress } from './ui/reporter.ts';
import type { Style } from './ui/style.ts';

export interface AppOptions {
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  version: string;
  clock: Clock;
  signal: AbortSignal;
  reporter: Progress;
  prompt: OperatorPrompt;
  redact: Redact;
  /** How the result is drawn: its zone is the one to write times in. */
  style: Style;
  sshConfig: string | undefined;
  waits: Waits;
}

/** What the flags of every command say of waiting, in milliseconds; without them each wait has its own limit. */
export interface Waits {
  /** `--answer-timeout` */
  answerMs: number | undefined;
  /** `--github-wait` */
  githubMs: number | undefined;
}

/**
 * The composition root: everything that a flow needs of the world. Adapters are loaded when they are first asked
 * for, so that a command pays only for what it uses.
 */
export class App {
  readonly env: AppOptions['env'];
  readonly cwd: string;
  readonly version: string;
  readonly clock: Clock;
  /** Fires at the first Ctrl-C, SIGTERM or SIGHUP, with an InterruptedError. */
  readonly signal: AbortSignal;
  readonly reporter: Progress;
  readonly prompt: OperatorPrompt;
  /** Takes what is known to be secret out of a text. */
  readonly redact: Redact;
  readonly style: Style;
  readonly machine = hostname();
  readonly waits: Waits;
  readonly #sshConfig: string | undefined;
  readonly #made = new Map<string, Promise<unknown>>();

  constructor(options: AppOptions) {
    this.env = options.env;
    this.cwd = options.cwd;
    this.version = options.version;
    this.clock = options.clock;
    this.signal = options.signal;
    this.reporter = options.reporter;
    this.prompt = options.prompt;
    this.redact = options.redact;
    this.style = options.style;
    this.waits = options.waits;
    this.#sshConfig = options.sshConfig;
  }

  /** hd.yml, read and checked. */
  config(): Promise<Config> {
    return this.#once('config', async () => {
      const { loadConfig } = await import('./config/index.ts');
      const remote = async (root: string) =>
        (await import('./adapters/git-remote.ts')).originOf(root, this.waits.answerMs);
      return loadConfig({ cwd: this.cwd, version: this.version, remote });
    });
  }

  /** Which GitHub is meant, and the token for it if there is one. */
  token(): Promise<{ server: GitHubServer; found: FoundToken | undefined }> {
    return this.#once('token', async () => {
      const { findToken, githubServer } = await import('./adapters/token.ts');
      const server = githubServer(this.env);
      return { server, found: await findToken(this.env, server, this.waits.answerMs) };
    });
  }

  /** @throws UsageError if hd.yml has no repository and the clone no remote to read one from */
  github(): Promise<GitHub> {
    return this.#once('github', async () => {
      const { repository } = await this.config();
      if (repository === undefined) {
        throw new UsageError(
          'hd.yml names no repository, and there is no git remote that does',
          'repository: owner/name',
        );
      }
      const [{ createGitHub }, { server, found }] = await Promise.all([
        import('./adapters/github/index.ts'),
        this.token(),
      ]);
      return createGitHub({
        repository,
        clock: this.clock,
        baseUrl: server.apiUrl,
        timeoutMs: this.waits.answerMs,
        maxWaitMs: this.waits.githubMs,
        ...(found === undefined ? {} : { token: found.token }),
        onWait: ({ seconds, why }) =>
          this.reporter.event({ type: 'note', mark: 'warn', text: `GitHub: ${why}; waiting ${seconds}s` }),
      });
    });
  }

  shells(): Promise<Shells> {
    return this.#once('shells', async () => {
      const { createShells } = await import('./adapters/shells.ts');
      const { prompt } = this;
      return createShells({
        ...(this.#sshConfig === undefined ? {} : { sshConfig: this.#sshConfig }),
        answerMs: this.waits.answerMs,
        ...(prompt.interactive
          ? { askPassphrase: async (file) => (await prompt.secret(`Passphrase of ${file}`))?.reveal() }
          : {}),
      });
    });
  }

  registry(): Promise<Registry> {
    return this.#once('registry', async () => {
      const { createRegistry } = await import('./adapters/registry/index.ts');
      return createRegistry({
        registries: (await this.config()).registries,
        env: this.env,
        timeoutMs: this.waits.answerMs,
      });
    });
  }

  /** Whose signatures count. @throws UsageError if the file can't be read */
  async signatures(allowedSigners: string): Promise<Signatures> {
    return (await import('./adapters/signer.ts')).createSignatures(allowedSigners, this.waits.answerMs);
  }

  /** @throws UsageError if the key can't sign: that is known before anything is begun */
  async signer(key: string): Promise<Signer> {
    const made = (await import('./adapters/signer.ts')).createSigner(key, this.waits.answerMs);
    await made.sign('hd');
    return made;
  }

  http(): Promise<Http> {
    return this.#once('http', async () => (await import('./adapters/http.ts')).createHttp());
  }

  /** Who is at the keyboard; the same answer each time. */
  identity(): Promise<Identity> {
    return this.#once('identity', async () => {
      const { createIdentity } = await import('./adapters/identity.ts');
      const viewer = async (): Promise<string | undefined> => {
        const { found } = await this.token();
        return found === undefined ? undefined : (await this.github()).viewer();
      };
      return createIdentity(this.env, viewer, this.waits.answerMs);
    });
  }

  /** Ends every connection; called once, when the command is done. */
  async close(): Promise<void> {
    const shells = this.#made.get('shells') as Promise<Shells> | undefined;
    await shells?.then((made) => made.closeAll()).catch(() => undefined);
  }

  #once<T>(name: string, make: () => Promise<T>): Promise<T> {
    const made = (this.#made.get(name) as Promise<T> | undefined) ?? make();
    this.#made.set(name, made);
    return made;
  }
}
