import { canonical } from '../../domain/canonical.ts';
import { isDone } from '../../domain/container.ts';
import type { Environment } from '../../domain/environment.ts';
import { STAGE_MS } from '../../domain/limits.ts';
import type { KeptImage, Manifest } from '../../domain/manifest.ts';
import type { ObservedContainer, ObservedHost } from '../../domain/observed.ts';
import { DEPLOYMENT_MARK, type Stage, type StageName, type Step } from '../../domain/plan.ts';
import { familiar, formatImage, releaseName, shortDigest } from '../../domain/release.ts';
import { deploymentNumber } from '../../domain/deployment.ts';
import type { Driver, HostPlan, Target } from '../driver.ts';
import { isPinned, keptReference } from './kept.ts';
import { composeModel, type ComposeModel } from './model.ts';
import { PINS_FILE, pinsFile } from './pins.ts';
import { mountedTrees, type MountedTree } from './references.ts';

/** Runs a release with `docker compose up`, recreating what differs (strategy `recreate`). */
export const compose: Driver = { plan };

function plan(environment: Environment, target: Target, seen: ObservedHost): HostPlan {
  const observed = { ...seen, containers: inOrder(seen.containers) };
  const files = target.compose.map((path, index) => ({ path, text: target.composeTexts[index] ?? '' }));
  const model = composeModel(files);
  const trees = mountedTrees(model, target.files);
  const manifest = target.manifests?.[observed.host] ?? newManifest(target, model, trees, observed);
  const stages = [
    stage('ship', observed, manifest, shipSteps(environment, target, observed, model, trees, manifest)),
    stage('pull', observed, manifest, pullSteps(observed, manifest)),
    stage('switch', observed, manifest, switchSteps(environment, observed, manifest)),
  ].filter((each) => each.steps.length > 0);
  const needed = stages.some((each) => each.name !== 'ship');
  return { host: observed.host, stages: needed ? stages : [], manifest };
}

/** Docker lists the newest first; a plan must not depend on that. */
function inOrder(containers: readonly ObservedContainer[]): ObservedContainer[] {
  const key = (each: ObservedContainer): string => `${each.service} ${each.name} ${each.id}`;
  return [...containers].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

function newManifest(
  target: Target,
  model: ComposeModel,
  trees: readonly MountedTree[],
  observed: ObservedHost,
): Manifest {
  const running = Object.entries(model.services).filter(([, service]) => !service.profiled);
  const kept: Record<string, KeptImage> = {};
  for (const [name, { image: declared }] of running) {
    if (target.release.images[name] !== undefined || declared === undefined) continue;
    const container = observed.containers.find((each) => each.service === name);
    const reference = keptReference(
      declared,
      container,
      observed.current?.kept[name],
      target.resolved[declared],
      observed.images,
    );
    if (reference !== undefined) kept[name] = { declared, reference };
  }
  return {
    schemaVersion: 1,
    deployment: target.deployment,
    release: target.release,
    compose: target.compose,
    services: running.map(([name]) => name).sort(),
    kept,
    files: target.files,
    trees: trees.map((tree) => tree.hash),
  };
}

function stage(name: StageName, observed: ObservedHost, manifest: Manifest, steps: readonly Step[]): Stage {
  const causes = [...new Set(steps.map((step) => step.cause))];
  const what = whatOf(name, observed, manifest);
  return { name, hosts: [observed.host], what, because: causes[0] ?? '', steps };
}

/** The preview's WHAT: short, since it shares a line with hosts and cause. */
function whatOf(name: StageName, observed: ObservedHost, manifest: Manifest): string {
  if (name === 'ship') return `files of ${releaseName(manifest.release)}`;
  if (name === 'pull')
    return missingImages(observed, manifest)
      .map(([service, image]) => `${service} ${digestOf(image)}`)
      .join(', ');
  const wrong = manifest.services.filter(
    (service) => serviceDiffers(service, observed, manifest) !== undefined,
  );
  return (wrong.length > 0 ? wrong : Object.keys(manifest.release.images)).join(', ');
}

function digestOf(image: string): string {
  return shortDigest(image.slice(image.indexOf('@') + 1));
}

function shipSteps(
  environment: Environment,
  target: Target,
  observed: ObservedHost,
  model: ComposeModel,
  trees: readonly MountedTree[],
  manifest: Manifest,
): Step[] {
  const here = { host: observed.host };
  const steps: Step[] = [...new Map(trees.map((tree) => [tree.hash, tree])).values()]
    .filter((tree) => !observed.files.includes(tree.hash))
    .map((tree) => ({
      ...here,
      cause: `${tree.path} differs`,
      action: { kind: 'ship', directory: `files/${tree.hash}`, files: tree.files, generated: [] },
    }));
  const present = observed.releases.find((each) => each.deployment === manifest.deployment);
  if (present !== undefined && canonical(present) === canonical(manifest)) return steps;
  const releaseDirectory = `releases/${target.deployment}`;
  const pins = pinsFile({
    model,
    release: target.release,
    kept: manifest.kept,
    shipped: target.files,
    trees,
    directory: environment.directory,
    releaseDirectory,
  });
  steps.push({
    ...here,
    cause: differingFiles(observed, manifest),
    action: {
      kind: 'ship',
      directory: releaseDirectory,
      files: target.files,
      generated: [
        { path: PINS_FILE, content: pins },
        { path: 'manifest.json', content: canonical(manifest) },
      ],
    },
  });
  return steps;
}

function differingFiles(observed: ObservedHost, manifest: Manifest): string {
  if (observed.current === undefined) return 'nothing was deployed here';
  if (canonical([...observed.current.files]) !== canonical([...manifest.files]))
    return 'compose files differ';
  return content(observed.current) === content(manifest)
    ? 'a deployment of its own'
    : 'pinned digests differ';
}

/** Service and image, of each that is wanted by digest and not there. */
function missingImages(observed: ObservedHost, manifest: Manifest): [service: string, image: string][] {
  const released = Object.entries(manifest.release.images).map(([service, image]): [string, string] => [
    service,
    formatImage(image),
  ]);
  const kept = Object.entries(manifest.kept).map(([service, { reference }]): [string, string] => [
    service,
    familiar(reference),
  ]);
  return [...released, ...kept].filter(([, image]) => isPinned(image) && !observed.images.includes(image));
}

function pullSteps(observed: ObservedHost, manifest: Manifest): Step[] {
  const images = missingImages(observed, manifest).map(([, image]) => image);
  return [...new Set(images)].map((image) => ({
    host: observed.host,
    cause: 'not on the host',
    action: { kind: 'run', argv: ['docker', 'pull', image], timeoutMs: STAGE_MS },
  }));
}

/** Why a service is not as it is wanted; undefined if it is. */
function serviceDiffers(name: string, observed: ObservedHost, manifest: Manifest): string | undefined {
  const containers = observed.containers.filter((each) => each.service === name);
  if (containers.length === 0) return `${name} does not run`;
  const image = manifest.release.images[name];
  if (image !== undefined && !containers.every((each) => each.digests.includes(image.digest)))
    return 'digest differs';
  if (!containers.every((each) => each.state === 'running' || isDone(each))) return `${name} does not run`;
  const kept = manifest.kept[name]?.reference;
  if (kept !== undefined && !containers.every((each) => each.image === kept))
    return `${name} runs another image`;
  return undefined;
}

/** What is deployed, whichever deployment did it. */
function content(manifest: Manifest): string {
  return canonical({ ...manifest, deployment: DEPLOYMENT_MARK });
}

/** Why what runs is not what is wanted; undefined if it is. */
function difference(observed: ObservedHost, manifest: Manifest): string | undefined {
  for (const name of manifest.services) {
    const why = serviceDiffers(name, observed, manifest);
    if (why !== undefined) return why;
  }
  const { current } = observed;
  if (current === undefined) return 'nothing was deployed here';
  const later = observed.containers.find(
    (each) => deploymentNumber(each.deployment) > deploymentNumber(current.deployment),
  );
  if (later !== undefined) return `${later.service} was made by ${later.deployment ?? ''}`;
  if (content(current) !== content(manifest)) return 'files or pinned digests differ';
  return undefined;
}

function switchSteps(environment: Environment, observed: ObservedHost, manifest: Manifest): Step[] {
  const because = difference(observed, manifest);
  const pointsThere = observed.current?.deployment === manifest.deployment;
  if (because === undefined && (pointsThere || manifest.deployment === DEPLOYMENT_MARK)) return [];
  const at = `releases/${manifest.deployment}`;
  const here = { host: observed.host, cause: because ?? 'current points elsewhere' };
  const { directory, project, envFiles, rollout } = environment;
  const argv = [
    'docker',
    'compose',
    '--project-name',
    project,
    '--project-directory',
    directory,
    ...envFiles.flatMap((path) => ['--env-file', `${directory}/${path}`]),
    ...[...manifest.compose, PINS_FILE].flatMap((path) => ['--file', `${directory}/${at}/${path}`]),
    'up',
    '--detach',
    '--no-build',
    '--remove-orphans',
    '--quiet-pull',
    // What is there is never asked for again: a rollback needs no registry, and pull_policy may say always.
    '--pull',
    'missing',
  ];
  return [
    ...leftOvers(observed).map((name): Step => ({
      host: observed.host,
      cause: 'left over from an interrupted recreate',
      action: { kind: 'run', argv: ['docker', 'rm', name], timeoutMs: rollout.timeoutMs },
    })),
    { ...here, action: { kind: 'run', argv, timeoutMs: rollout.timeoutMs } },
    {
      ...here,
      action: {
        kind: 'settle',
        project,
        services: manifest.services,
        timeoutMs: rollout.timeoutMs,
        settleMs: rollout.settleMs,
      },
    },
    { ...here, action: { kind: 'point', link: 'current', target: at } },
  ];
}

/** Compose gives a new container a temporary name until the old one is gone; one that never ran is in its way later. */
function leftOvers(observed: ObservedHost): string[] {
  return observed.containers
    .filter((each) => /^[0-9a-f]{12}_/.test(each.name) && each.state === 'created')
    .map((each) => each.name);
}
