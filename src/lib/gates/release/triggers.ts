import { parse } from 'yaml';

/** What a workflow file says about tags that are pushed. */
export type TagTrigger =
  /** `filter` is how to say it: `v* tags`, `every push`. */
  { runs: true; filter: string } | { runs: false; why: string };

/**
 * Whether a push of this tag starts the workflow, as GitHub reads `on:`
 * (https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onpushbranchestagsbranches-ignoretags-ignore).
 */
export function triggerOf(workflow: string, tag: string): TagTrigger {
  let document: unknown;
  try {
    document = parse(workflow, { logLevel: 'error' });
  } catch {
    return { runs: false, why: 'is not YAML' };
  }
  const on = isRecord(document) ? document['on'] : undefined;
  if (on === 'push' || (Array.isArray(on) && on.includes('push')))
    return { runs: true, filter: 'every push' };
  if (!isRecord(on) || !('push' in on)) return { runs: false, why: 'does not run on a push' };
  const push = isRecord(on['push']) ? on['push'] : {};

  const tags = texts(push['tags']);
  const ignored = texts(push['tags-ignore']);
  if (tags !== undefined)
    return matches(tags, tag)
      ? { runs: true, filter: `${tags.filter((one) => matches([one], tag)).join(', ')} tags` }
      : { runs: false, why: `runs on tags ${tags.join(', ')}, not on ${tag}` };
  if (ignored !== undefined)
    return matches(ignored, tag)
      ? { runs: false, why: `ignores tags ${ignored.join(', ')}` }
      : { runs: true, filter: 'tags' };
  // A filter of branches alone leaves tags out.
  if ('branches' in push || 'branches-ignore' in push)
    return { runs: false, why: 'runs on branches, not on tags' };
  return { runs: true, filter: 'every push' };
}

/** The last pattern that matches decides; `!` takes away. */
function matches(patterns: readonly string[], tag: string): boolean {
  return patterns.reduce((matched, pattern) => {
    const negated = pattern.startsWith('!');
    return globOf(negated ? pattern.slice(1) : pattern).test(tag) ? !negated : matched;
  }, false);
}

/** GitHub's filter patterns: `*` stops at a slash, `**` does not, `?` and `+` repeat the character before. */
function globOf(pattern: string): RegExp {
  let source = '';
  for (let at = 0; at < pattern.length; at += 1) {
    const char = pattern[at] ?? '';
    const set = char === '[' ? /^\[[\w-]+\]/.exec(pattern.slice(at))?.[0] : undefined;
    if (set !== undefined) {
      source += set;
      at += set.length - 1;
    } else if (pattern.startsWith('**', at)) {
      source += '.*';
      at += 1;
    } else if (char === '*') source += '[^/]*';
    else if ((char === '?' || char === '+') && source !== '') source += char;
    else if (char === '\\' && at + 1 < pattern.length) {
      at += 1;
      source += escape(pattern[at] ?? '');
    } else source += escape(char);
  }
  try {
    return new RegExp(`^${source}$`);
  } catch {
    // A pattern that means nothing matches nothing.
    return /(?!)/;
  }
}

function escape(char: string): string {
  return char.replace(/[.*+?^${}()|[\]\\/]/, '\\$&');
}

function texts(value: unknown): string[] | undefined {
  if (value === undefined || value === null) return undefined;
  return (Array.isArray(value) ? value : [value]).map(String);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
