import { HdError, UnreachableError } from '../domain/errors.ts';
import { Exit } from '../domain/exit.ts';
import { ANSWER_MS, limitText } from '../domain/limits.ts';
import type { Fact } from '../domain/verdict.ts';
import { shortCommit, type Commit, type Tag } from '../domain/version.ts';
import { runProgram } from './local/program.ts';
import { secretsInUrls } from './secret-variables.ts';

/** What hd asks of the local clone. */
export interface Git {
  /** Undefined outside of a clone, and in one without a commit. */
  head(): Promise<Commit | undefined>;
  hasCommit(commit: Commit): Promise<boolean>;
  /** The commit that a local tag points to in the end. */
  tagCommit(tag: Tag): Promise<Commit | undefined>;
  /**
   * Makes a signed tag with the operator's own key; one that is there already, signed and at that commit, is kept.
   * @throws HdError exit 3 if the tag is something else, exit 4 if git can't sign
   */
  signTag(tag: { tag: Tag; commit: Commit; message: string }): Promise<void>;
  /**
   * Pushes the tag to `origin`, and nothing else.
   * @throws HdError exit 3 if origin has another tag of that name, exit 4 if it refuses us, UnreachableError
   */
  pushTag(tag: Tag): Promise<void>;
}

export interface Ran {
  status: number;
  stdout: Buffer;
  stderr: string;
}

const MOST_BYTES = 64 * 1024 * 1024;

/** What would point git at another repository than the folder's, as in a hook (`git rev-parse --local-env-vars`). */
const ELSEWHERE = [
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_COMMON_DIR',
  'GIT_DIR',
  'GIT_GRAFT_FILE',
  'GIT_INDEX_FILE',
  'GIT_NAMESPACE',
  'GIT_OBJECT_DIRECTORY',
  'GIT_PREFIX',
  'GIT_REPLACE_REF_BASE',
  'GIT_SHALLOW_FILE',
  'GIT_WORK_TREE',
];

/** Runs git in a folder; never asks anything. A status of -1: git is not there, or its time ran out. */
export async function runGit(
  root: string,
  args: readonly string[],
  options: { input?: string; timeoutMs?: number | undefined } = {},
): Promise<Ran> {
  const inherited = Object.entries(process.env).filter(([name]) => !ELSEWHERE.includes(name));
  const { timeoutMs = ANSWER_MS.program } = options;
  const { status, stdout, stderr, late } = await runProgram('git', ['-C', root, ...args], {
    ...(options.input === undefined ? {} : { input: options.input }),
    env: {
      ...Object.fromEntries(inherited),
      LC_ALL: 'C',
      GIT_TERMINAL_PROMPT: '0',
      GIT_NO_REPLACE_OBJECTS: '1',
      GIT_NO_LAZY_FETCH: '1',
    },
    timeoutMs,
    maxBytes: MOST_BYTES,
  });
  const words = stderr.toString('utf8');
  // It quotes the remote's address, which may have a token in it.
  secretsInUrls(words);
  const said = late ? `${words}\nno end in ${limitText(timeoutMs)}`.trimStart() : words;
  return { status: status ?? -1, stdout, stderr: said };
}

/**
 * @param root a folder in the clone
 * @param answerMs instead of the limit on each command
 */
export function createGit(root: string, answerMs?: number): Git {
  const slow = answerMs ?? ANSWER_MS.push;
  const commitOf = async (name: string): Promise<Commit | undefined> => {
    const args = ['rev-parse', '--verify', '--quiet', `${name}^{commit}`];
    const { status, stdout } = await runGit(root, args, { timeoutMs: answerMs });
    const commit = stdout.toString('utf8').trim();
    return status === 0 && /^[0-9a-f]{40,64}$/.test(commit) ? commit : undefined;
  };

  return {
    head: () => commitOf('HEAD'),
    hasCommit: async (commit) => /^[0-9a-f]{40}$/.test(commit) && (await commitOf(commit)) === commit,
    tagCommit: (tag) => commitOf(`refs/tags/${tag}`),

    async signTag({ tag, commit, message }) {
      const there = await commitOf(`refs/tags/${tag}`);
      if (there !== undefined) {
        if (there === commit && (await isSigned(root, tag))) return;
        const what =
          there === commit ? 'here already, and not signed' : `here already, at ${shortCommit(there)}`;
        throw new HdError('tag-exists', Exit.refused, `${tag} is ${what}; hd never moves a tag`);
      }
      const args = ['tag', '--sign', '--file=-', '--', tag, commit];
      const { status, stderr } = await runGit(root, args, { input: message, timeoutMs: slow });
      if (status === 0 && (await isSigned(root, tag))) return;
      // git 2.39 makes an unsigned tag, and exits 0, when it can't load an SSH key.
      if (status === 0) await runGit(root, ['tag', '--delete', '--', tag]);
      throw new HdError('tag-not-signed', Exit.notAllowed, `git could not sign ${tag}`, {
        facts: said(stderr),
        next: [
          { remark: 'if the commit is not here', command: ['git', 'fetch', 'origin'] },
          { remark: 'which key git signs with', command: ['git', 'config', 'user.signingkey'] },
        ],
      });
    },

    async pushTag(tag) {
      const ref = `refs/tags/${tag}`;
      const args = ['push', '--porcelain', 'origin', `${ref}:${ref}`];
      const { status, stdout, stderr } = await runGit(root, args, { timeoutMs: slow });
      if (status === 0) return;
      const facts = said(stderr);
      if (/^!\t.*\[rejected\]/m.test(stdout.toString('utf8'))) {
        const message = `origin has another ${tag}; hd never moves a tag`;
        throw new HdError('tag-exists', Exit.refused, message, { facts });
      }
      if (/^!\t.*\[remote rejected\]/m.test(stdout.toString('utf8')) || NOT_ALLOWED.test(stderr)) {
        const message = `origin does not accept ${tag} from this login`;
        throw new HdError('push-not-allowed', Exit.notAllowed, message, { facts });
      }
      throw new UnreachableError('origin', `${tag} could not be pushed to origin`, {
        facts,
        next: [{ remark: 'by hand', command: ['git', 'push', 'origin', ref] }],
      });
    },
  };
}

/** git itself tells these apart from a dead network in words only; what is not known counts as not reached. */
const NOT_ALLOWED =
  /permission denied|authentication failed|could not read username|host key verification failed|error: 40[13]\b/i;

async function isSigned(root: string, tag: Tag): Promise<boolean> {
  const { status, stdout } = await runGit(root, ['cat-file', 'tag', `refs/tags/${tag}`]);
  return status === 0 && /^-----BEGIN [A-Z ]*(?:SIGNATURE|MESSAGE)-----$/m.test(stdout.toString('utf8'));
}

function said(stderr: string): readonly Fact[] {
  const foreign = stderr
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '');
  return foreign.length === 0 ? [] : [{ label: 'seen', text: 'git said:', foreign: foreign.slice(-8) }];
}
