import semver from 'semver';
import * as z from 'zod';
import { DURATION, parseDuration } from './duration.ts';

/**
 * The texts that hd.yml is made of, each with what is wrong with a bad one and, on the message's second line,
 * what to write instead. What could become an option (`-x`), leave its folder (`..`) or carry a control
 * character is refused here, once, whatever becomes of it later.
 */
export function text(title: string, pattern: RegExp, message: string, write?: string): z.ZodString {
  return z
    .string()
    .meta({ title })
    .regex(pattern, { error: write === undefined ? message : `${message}\n${write}` });
}

/** The compose specification's rule for a project's name. */
export const projectName = text(
  'name',
  /^[a-z0-9][a-z0-9_-]{0,62}$/,
  'not a name for a compose project',
  'small letters, digits, - and _; a letter or digit first',
);

export const environmentName = text(
  'name',
  /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/,
  'not a name for an environment',
  'letters, digits, - and _; a letter or digit first',
);

export const serviceName = text(
  'service',
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/,
  'not the name of a compose service',
);

export const checkName = text(
  'name',
  /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,39}$/,
  'not a name for a check',
  'up to 40 letters, digits, blanks, ., - and _; a letter or digit first',
);

export const githubEnvironment = text(
  'name',
  /^(?! )[^\x00-\x1f\x7f-\x9f]{1,255}(?<! )$/,
  'not the name of an environment on GitHub',
);

/** Branches start workflows, tags are releases, and pull requests' refs are GitHub's own. */
export const gitRef = text(
  'ref',
  /^refs\/(?!(?:heads|tags|pull|remotes)(?:\/|$))(?!.*(?:\.\.|\.lock(?:\/|$)|\.(?:\/|$)))[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}){0,8}$/,
  'not a ref of its own',
  'refs/hd/ledger: below refs/, and neither a branch nor a tag',
);

export const hostName = text(
  'host',
  /^[A-Za-z0-9_][A-Za-z0-9._-]{0,252}$/,
  'not a host name',
  'a Host of the ssh configuration, or {name: web, address: …, port: …}',
);

export const address = text(
  'address',
  /^[A-Za-z0-9:][A-Za-z0-9.:%_-]{0,252}$/,
  'not an address',
  'a host name, an IPv4 or an IPv6 address',
);

export const userName = text('user', /^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/, 'not a user name');

export const registryHost = text(
  'host[:port]',
  /^[A-Za-z0-9][A-Za-z0-9.-]*(:\d{1,5})?$/,
  'not the host of a registry',
  '"10.0.0.5:5000"',
);

export const registryUser = text(
  'user',
  /^[^\x00-\x20\x7f-\x9f:]{1,255}$/,
  'not the user of a registry',
  'without blanks and colons',
);

const COMPONENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const REPOSITORY = `(?:[A-Za-z0-9][A-Za-z0-9.-]*(?::\\d{1,5})?/)?${COMPONENT}(?:/${COMPONENT})*`;

/** The distribution project's grammar of a name, without tag and digest (D6). */
export const imageRepository = z
  .string()
  .meta({ title: 'image' })
  .regex(new RegExp(`^${REPOSITORY}$`), {
    error: ({ input }) => {
      const bare = typeof input === 'string' ? input.replace(/@.*$/, '').replace(/:[^/]*$/, '') : '';
      return bare !== input && new RegExp(`^${REPOSITORY}$`).test(bare)
        ? `no tag and no digest here\n${bare}; which tag, the release says`
        : 'not an image repository\nghcr.io/owner/name';
    },
  });

export const versionTag = text(
  'template',
  /^[A-Za-z0-9_.-]*\{version\}[A-Za-z0-9_.-]*$/,
  'not a tag of an image with {version} in it',
  'v{version}',
);

export const commitTag = text(
  'template',
  /^[A-Za-z0-9_.-]*\{sha\}[A-Za-z0-9_.-]*$/,
  'not a tag of an image with {sha} in it',
  '"{sha}"',
);

export const ownerAndName = text(
  'owner/name',
  /^[A-Za-z0-9][A-Za-z0-9-]{0,38}\/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/,
  'not a repository of GitHub',
  'owner/name',
);

export const branch = text(
  'branch',
  /^(?![-./])(?!.*(?:\.\.|\/\/|@\{|\.lock$|[./]$))[A-Za-z0-9._/@+#-]{1,200}$/,
  'not the name of a branch',
);

export const workflowFile = text(
  'file',
  /^[A-Za-z0-9_][A-Za-z0-9._-]*\.ya?ml$/,
  'not a file of .github/workflows',
  'release.yml',
);

/** Below a folder: relative, no `..`, no leading `-`, and no `:`, which compose takes for a separator. */
export const pathBelow = text(
  'path',
  /^(?![-/~])(?!(?:.*\/)?\.\.(?:\/|$))[A-Za-z0-9._@+ /-]{1,400}$/,
  'not a path below the folder',
  'a relative path, without .., that does not begin with - or ~',
);

export const directory = text(
  'absolute path',
  /^(?!.*\/\.{1,2}(?:\/|$))(?:\/[A-Za-z0-9._@+-]+){1,40}$/,
  'not an absolute path',
  'a path from /, without .., without blanks, no slash at its end',
);

export const keyFile = text('path', /^(?!-)[^\x00-\x1f\x7f-\x9f]{1,400}$/, 'not a path');

export const urlPath = text(
  'path',
  /^\/(?!\/)[\x21\x22\x24-\x5b\x5d-\x7e]*$/,
  'not the path of a URL',
  '/ready',
);

export const variable = text(
  'variable',
  /^[A-Za-z_][A-Za-z0-9_]*$/,
  'not the name of a variable',
  'the name of an environment variable, never its value',
);

export const fieldPath = text(
  'field',
  /^[^\s.]+(?:\.[^\s.]+)*$/,
  'not a field of JSON',
  'names with dots between: database.status',
);

export const argument = text('text', /^[^\x00]*$/, 'not an argument: it has a NUL');

export const literal = text('text', /^[^\x00-\x1f\x7f-\x9f]+$/, 'not a text on one line');

export const baseUrl = text(
  'url',
  /^https?:\/\//,
  'not a URL of http or https',
  'http://127.0.0.1:8000',
).refine(
  (value) => {
    const url = URL.canParse(value) ? new URL(value) : undefined;
    return url?.username === '' && url.password === '' && url.search === '' && url.hash === '';
  },
  { error: 'not a plain URL\na host, a port, a path; no user, password, query or fragment' },
);

export const versionRange = z
  .string()
  .meta({ title: 'range' })
  .refine((value) => semver.validRange(value) !== null, { error: 'not a range of versions\n">=0.1.0"' });

/** Milliseconds, from `3s`. */
export const duration = text('duration', DURATION, 'not a duration', 'a whole number and ms, s, m or h: 30s')
  .refine((value) => !DURATION.test(value) || parseDuration(value) !== undefined, {
    error: 'longer than 24 hours\n24h',
  })
  .transform((value) => parseDuration(value) ?? 0);
