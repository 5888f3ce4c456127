import { deepStrictEqual } from 'node:assert/strict';
import { canonical } from '../../../../src/lib/domain/canonical.ts';
import type { Manifest } from '../../../../src/lib/domain/manifest.ts';
import type { ObservedContainer, ObservedHost } from '../../../../src/lib/domain/observed.ts';
import type { Action, Plan } from '../../../../src/lib/domain/plan.ts';
import { familiar, formatImage, type Digest } from '../../../../src/lib/domain/release.ts';
import { container, digest } from '../../../support/core.ts';

/**
 * What a host looks like once a plan was carried out on it, as Docker and Compose would do it: a container whose image
 * is asked for by the same word stays, any other is made anew.
 */
export function carriedOut(
  plan: Pick<Plan, 'stages'>,
  before: ObservedHost,
  deployment: string,
): ObservedHost {
  const actions = plan.stages.flatMap((stage) => stage.steps).filter((step) => step.host === before.host);
  return actions.reduce((host, step) => after(step.action, host, deployment), before);
}

function after(action: Action, host: ObservedHost, deployment: string): ObservedHost {
  const named = (text: string): string => text.replaceAll('{deployment}', deployment);
  switch (action.kind) {
    case 'ship': {
      const [kind, name = ''] = named(action.directory).split('/');
      if (kind === 'files') return { ...host, files: [...host.files, name] };
      const text = action.generated.find((each) => each.path === 'manifest.json')?.content ?? '';
      const shipped = JSON.parse(named(text)) as Manifest;
      return { ...host, releases: [...host.releases.filter((each) => each.deployment !== name), shipped] };
    }
    case 'run':
      return action.argv[1] === 'pull'
        ? { ...host, images: [...host.images, action.argv.at(-1) ?? ''] }
        : up(action.argv.map(named), host);
    case 'settle':
      deepStrictEqual(
        [...new Set(host.containers.map((each) => each.service))].sort(),
        [...action.services].sort(),
      );
      return host;
    case 'point': {
      const current = host.releases.find((each) => `releases/${each.deployment}` === named(action.target));
      if (current === undefined) throw new Error(`${named(action.target)} is not there`);
      return { ...host, current };
    }
  }
}

function up(argv: readonly string[], host: ObservedHost): ObservedHost {
  const deployment = /\/releases\/(d\d+)\//.exec(argv.join(' '))?.[1] ?? '';
  const used = host.releases.find((each) => each.deployment === deployment);
  if (used === undefined) throw new Error(`releases/${deployment} is not there`);
  const same =
    host.current !== undefined && canonical([...host.current.files]) === canonical([...used.files]);
  const containers = used.services.flatMap((service): ObservedContainer[] => {
    const released = used.release.images[service];
    const image =
      released === undefined ? (used.kept[service]?.reference ?? 'left:1') : formatImage(released);
    const running = host.containers.filter((each) => each.service === service);
    if (same && running.length > 0 && running.every((each) => each.image === image && !each.tagMoved))
      return running.map((each) => ({ ...each, state: 'running' }));
    const known = host.images
      .filter((each) => each === familiar(image))
      .map((each) => each.split('@')[1] as Digest);
    const digests = released === undefined ? (known.length > 0 ? known : [digest('77')]) : [released.digest];
    return [container({ service, image, digests, deployment })];
  });
  return { ...host, containers };
}
