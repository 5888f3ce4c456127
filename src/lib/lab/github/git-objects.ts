interface Person {
  name: string;
  email: string;
  date: string;
}

export interface GitCommit {
  sha: string;
  tree: string;
  parents: string[];
  author: Person;
  committer: Person;
  message: string;
}

export interface GitTag {
  sha: string;
  tag: string;
  object: { sha: string; type: string };
  tagger: Person;
  message: string;
}

export interface TreeEntry {
  mode: string;
  type: 'blob' | 'tree' | 'commit';
  sha: string;
  size?: number;
  path: string;
}

/** %B comes last, as it is the only field with newlines; NUL can be in none. */
export const COMMIT_FORMAT = ['%H', '%T', '%P', '%an', '%ae', '%aI', '%cn', '%ce', '%cI', '%B'].join('%x00');

/** Git's empty tree: what a first commit is compared with. */
export const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

export interface Change {
  path: string;
  status: 'added' | 'removed' | 'modified' | 'changed';
  /** Of the file afterwards; before, if it was removed. */
  sha: string;
  /** Lines; 0 for a binary file, as GitHub says. */
  additions: number;
  deletions: number;
}

/** Reads `git log -z` with COMMIT_FORMAT. */
export function parseCommits(text: string): GitCommit[] {
  if (text === '') return [];
  const fields = text.split('\0');
  const commits: GitCommit[] = [];
  for (let at = 0; at + 9 < fields.length; at += 10) commits.push(commitOf(fields.slice(at, at + 10)));
  return commits;
}

/** Reads a tag object. */
export function parseTag(sha: string, text: string): GitTag {
  const { headers, message } = parseObject(text);
  return {
    sha,
    tag: headers.get('tag')?.[0] ?? '',
    object: { sha: headers.get('object')?.[0] ?? '', type: headers.get('type')?.[0] ?? '' },
    tagger: personOf(headers.get('tagger')?.[0]),
    message,
  };
}

/** Reads a commit object. */
export function parseCommit(sha: string, text: string): GitCommit {
  const { headers, message } = parseObject(text);
  return {
    sha,
    tree: headers.get('tree')?.[0] ?? '',
    parents: headers.get('parent') ?? [],
    author: personOf(headers.get('author')?.[0]),
    committer: personOf(headers.get('committer')?.[0]),
    message: message.replace(/\n$/, ''),
  };
}

/** Headers of a commit or a tag, a name's values in their order; a signature's further lines begin with a blank. */
function parseObject(text: string): { headers: Map<string, string[]>; message: string } {
  const split = text.indexOf('\n\n');
  const headers = new Map<string, string[]>();
  for (const line of text.slice(0, split).split('\n')) {
    const at = line.indexOf(' ');
    if (at > 0)
      headers.set(line.slice(0, at), [...(headers.get(line.slice(0, at)) ?? []), line.slice(at + 1)]);
  }
  return { headers, message: text.slice(split + 2) };
}

function personOf(text = ''): Person {
  const [, name = '', email = '', seconds = '0'] = /^(.*) <(.*)> (\d+) /.exec(text) ?? [];
  return { name, email, date: utc(Number(seconds) * 1000) };
}

const TYPES: Readonly<Record<string, TreeEntry['type']>> = { '040000': 'tree', '160000': 'commit' };

/** Reads a tree object: for each entry its mode, its name and the 20 bytes of its hash. */
export function parseTree(content: Buffer): TreeEntry[] {
  const entries: TreeEntry[] = [];
  for (let at = 0; at < content.length;) {
    const blank = content.indexOf(' ', at);
    const end = content.indexOf(0, blank);
    const mode = content.toString('latin1', at, blank).padStart(6, '0');
    const path = content.toString('utf8', blank + 1, end);
    at = end + 21;
    entries.push({ mode, type: TYPES[mode] ?? 'blob', sha: content.toString('hex', end + 1, at), path });
  }
  return entries;
}

const CHANGES: Readonly<Record<string, Change['status']>> = {
  A: 'added',
  D: 'removed',
  M: 'modified',
  T: 'changed',
};

/** Reads `git diff --raw --numstat -z --abbrev=40`: a raw line and its path for each file, then the numbers. */
export function parseChanges(text: string): Change[] {
  const fields = text.split('\0').filter((field) => field !== '');
  const changes = new Map<string, Change>();
  for (let at = 0; at < fields.length; at += 1) {
    const field = fields[at] ?? '';
    const [, before, after, letter] = /^:\d+ \d+ ([0-9a-f]{40}) ([0-9a-f]{40}) (\w)/.exec(field) ?? [];
    if (before !== undefined && after !== undefined && letter !== undefined) {
      at += 1;
      const path = fields[at] ?? '';
      const sha = letter === 'D' ? before : after;
      changes.set(path, { path, status: CHANGES[letter] ?? 'changed', sha, additions: 0, deletions: 0 });
      continue;
    }
    const [, additions, deletions, path = ''] = /^(\d+)\t(\d+)\t(.*)$/s.exec(field) ?? [];
    const change = changes.get(path);
    if (change !== undefined)
      Object.assign(change, { additions: Number(additions), deletions: Number(deletions) });
  }
  return [...changes.values()];
}

export function isSha(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text);
}

/** RFC 3339 in UTC without milliseconds: GitHub's form. */
export function utc(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

function commitOf(fields: readonly string[]): GitCommit {
  const [
    sha = '',
    tree = '',
    parents = '',
    an = '',
    ae = '',
    ad = '',
    cn = '',
    ce = '',
    cd = '',
    message = '',
  ] = fields;
  return {
    sha,
    tree,
    parents: parents.split(' ').filter((parent) => parent !== ''),
    author: { name: an, email: ae, date: utc(Date.parse(ad)) },
    committer: { name: cn, email: ce, date: utc(Date.parse(cd)) },
    message: message.replace(/\n$/, ''),
  };
}
