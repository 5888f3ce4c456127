import type { Config, Environment } from './environment.ts';
import type { EntryKind, Outcome } from './ledger.ts';

/** What a deployment's status on GitHub says: the ledger's head at one moment of the deployment. */
export interface Publication {
  /** `d48`. */
  deployment: string;
  word: PublicationWord;
  /** How many lines the ledger had, and the SHA-256 of the last one. */
  count: number;
  head: string;
}

/** The ledger's newest word of the deployment. */
export type PublicationWord = Extract<EntryKind, 'planned' | 'started' | 'going-back'> | Outcome;

/** GitHub's states of a deployment, as far as hd sets them. */
export type GitHubState = 'queued' | 'in_progress' | 'success' | 'failure' | 'error';

/**
 * GitHub's `failure` is an answer, no; `error` is none: nobody proved what serves. `inactive` is never said: GitHub
 * means by it that nothing is deployed there any more.
 */
const STATES: Readonly<Record<PublicationWord, GitHubState>> = {
  planned: 'queued',
  started: 'in_progress',
  'going-back': 'in_progress',
  confirmed: 'success',
  'rolled-back': 'failure',
  failed: 'failure',
  inconclusive: 'error',
  interrupted: 'error',
};

export function githubState(word: PublicationWord): GitHubState {
  return STATES[word];
}

/** `d48 confirmed; ledger 812 0be1…`, the head whole: at most 120 characters of GitHub's 140. */
export function publicationText({ deployment, word, count, head }: Publication): string {
  return `${deployment} ${word}; ledger ${count} ${head}`;
}

const FORM = /^(d[1-9]\d{0,15}) ([a-z-]+); ledger ([1-9]\d{0,15}) ([0-9a-f]{64})$/;

/** Reads it back; undefined for any other text. */
export function readPublication(text: string): Publication | undefined {
  const [, deployment, word, count, head] = FORM.exec(text) ?? [];
  if (deployment === undefined || head === undefined || !isWord(word)) return undefined;
  return { deployment, word, count: Number(count), head };
}

function isWord(text: string | undefined): text is PublicationWord {
  return text !== undefined && Object.hasOwn(STATES, text);
}

/** A head that was found where the root of a host can't rewrite it. */
export interface PublishedHead {
  deployment: string;
  /** Of the deployment on GitHub; absent in a ref. */
  githubDeployment?: number;
  count: number;
  head: string;
  /** RFC 3339, by GitHub's clock, and the login that wrote it. */
  at: string;
  by: string;
  where: 'deployment' | 'ref';
}

/** What hd writes into a deployment on GitHub, to find it again, with the head when it was made. */
export interface PublicationPayload {
  hd: 1;
  environment: string;
  deployment: string;
  plan: string;
  count: number;
  head: string;
  /** The deployment that the Actions job made by itself. */
  actions?: number;
}

/** Reads it from what GitHub gives back; undefined if another tool wrote it. */
export function readPayload(value: unknown): PublicationPayload | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { hd, environment, deployment, plan, count, head, actions } = value as Record<string, unknown>;
  if (hd !== 1 || typeof environment !== 'string' || typeof deployment !== 'string') return undefined;
  if (typeof plan !== 'string' || typeof count !== 'number' || typeof head !== 'string') return undefined;
  return {
    ...{ hd, environment, deployment, plan, count, head },
    ...(typeof actions === 'number' ? { actions } : {}),
  };
}

/** Where an environment's deployments are shown on GitHub; undefined if hd.yml says that they are not. */
export function publishedAs(
  { repository, ledger }: Pick<Config, 'repository' | 'ledger'>,
  { github }: Pick<Environment, 'github'>,
): { environment: string } | undefined {
  return repository !== undefined && ledger.publish ? github : undefined;
}

/** The ref that an environment's head is committed to, if there is one. */
export function headRef(
  { ledger }: Pick<Config, 'ledger'>,
  { name }: Pick<Environment, 'name'>,
): string | undefined {
  return ledger.gitRef === undefined ? undefined : `${ledger.gitRef}/${name}`;
}

/** The url, if others than the host itself can follow it: http or https, and not to a machine's own loopback. */
export function openUrl(url: string | undefined): string | undefined {
  const parsed = url === undefined || !URL.canParse(url) ? undefined : new URL(url);
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) return undefined;
  const own = /^(?:localhost|.*\.localhost|127\.\d+\.\d+\.\d+|0\.0\.0\.0|\[::1?\])$/;
  return own.test(parsed.hostname) ? undefined : url;
}

/** The page of the Actions run that hd runs in; undefined outside of Actions. */
export function runPage(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: run } = env;
  const inside = env['GITHUB_ACTIONS'] === 'true' && server !== undefined && repository !== undefined;
  return inside && run !== undefined ? `${server}/${repository}/actions/runs/${run}` : undefined;
}

/** Whether a status's link names that run: its page, or one of its jobs. */
export function isOfRun(link: string, page: string): boolean {
  return link === page || link.startsWith(`${page}/`);
}
