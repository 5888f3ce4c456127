import { child, find, type Flaw, type Located, type Path } from './located.ts';
import { policyChecks, type Surroundings } from './policy-rules.ts';

/** What one key demands of another: what nothing could measure, or nobody could do, is refused, not ignored. */
export function crossChecks(environment: Located, around: Surroundings): readonly Flaw[] {
  return [...urlChecks(environment), ...workflowChecks(environment), ...policyChecks(environment, around)];
}

const NEED_URL: readonly Path[] = [
  ['rollout', 'max_downtime'],
  ['checks', 'live'],
  ['checks', 'ready'],
  ['checks', 'version'],
];

function urlChecks(environment: Located): readonly Flaw[] {
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

function workflowChecks(environment: Located): readonly Flaw[] {
  const via = child(environment, 'via');
  if (via?.kind !== 'scalar' || via.value !== 'workflow') return [];
  if (child(child(environment, 'github'), 'workflow') !== undefined) return [];
  const message = 'needs the workflow of the environment';
  return [{ span: via.span, path: via.path, message, write: 'github: {workflow: deploy_backend.yml}' }];
}
