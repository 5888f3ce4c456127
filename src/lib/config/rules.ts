import { child, find, type Flaw, type Located, type Path } from './located.ts';

/** What one key demands of another: a check or a limit that nothing could measure is refused, not ignored. */
const NEED_URL: readonly Path[] = [
  ['rollout', 'max_downtime'],
  ['checks', 'live'],
  ['checks', 'ready'],
  ['checks', 'version'],
];

export function crossChecks(environment: Located): readonly Flaw[] {
  if (child(environment, 'url') !== undefined) return [];
  const smoke = child(child(environment, 'checks'), 'smoke');
  const requests =
    smoke?.kind === 'list' ? smoke.items.filter((item) => child(item, 'path') !== undefined) : [];
  return [...NEED_URL.map((path) => find(environment, path)), ...requests.map((node) => ({ node, rest: [] }))]
    .filter(({ rest }) => rest.length === 0)
    .map(({ node }) => ({
      span: node.span,
      path: node.path,
      message: 'needs the url of the environment',
      write: 'url: http://127.0.0.1:8000',
    }));
}
