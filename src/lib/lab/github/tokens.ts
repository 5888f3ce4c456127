import { randomBytes } from 'node:crypto';
import type { Identity, Level } from './options.ts';
import type { Permissions } from './workflow-file.ts';

/** GitHub's restricted default for a job's token. */
const JOB_DEFAULT: Readonly<Record<string, Level>> = { contents: 'read', packages: 'read', metadata: 'read' };

/** Who a job is. */
export const BOT = 'github-actions[bot]';

const ALL = [
  ...['actions', 'checks', 'contents', 'deployments', 'issues', 'metadata', 'packages', 'pull_requests'],
  'statuses',
];

/** Whom a token speaks for: the operators' tokens, and one for each running job. */
export class Tokens {
  private readonly identities: Map<string, Identity>;
  constructor(operators: Readonly<Record<string, Identity>>) {
    this.identities = new Map(Object.entries(operators));
  }

  find(token: string): Identity | undefined {
    return this.identities.get(token);
  }

  /** A job's `GITHUB_TOKEN`; a workflow that names permissions has none besides them. */
  issue(asked: Permissions): string {
    const token = `ghs_${randomBytes(18).toString('hex')}`;
    this.identities.set(token, {
      login: BOT,
      permissions: permissionsOf(asked),
      job: true,
    });
    return token;
  }

  revoke(token: string): void {
    this.identities.delete(token);
  }
}

function permissionsOf(asked: Permissions): Record<string, Level> {
  if (asked === undefined) return JOB_DEFAULT;
  if (typeof asked === 'string') {
    const level = asked === 'write-all' ? 'write' : 'read';
    return Object.fromEntries(ALL.map((name) => [name, level]));
  }
  const given = Object.entries(asked).filter((entry): entry is [string, Level] => entry[1] !== 'none');
  // a workflow writes pull-requests, the API pull_requests
  const named = given.map(([name, level]) => [name.replaceAll('-', '_'), level] as const);
  return { metadata: 'read', ...Object.fromEntries(named) };
}

/** A person's role, whatever the token may do besides. */
export function mayPush({ access }: Identity): boolean {
  return access !== 'read';
}

/** @param needs `contents=write`; write includes read, and every token reads metadata */
export function allows(identity: Identity, needs: string): boolean {
  const [name = '', level = ''] = needs.split('=');
  if (identity.permissions === undefined || needs === 'metadata=read') return true;
  const has = identity.permissions[name];
  return has === 'write' || (has === 'read' && level === 'read');
}
