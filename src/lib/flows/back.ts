import { sha256 } from '../domain/canonical.ts';
import type { Environment } from '../domain/environment.ts';
import { Exit } from '../domain/exit.ts';
import { HdError } from '../domain/errors.ts';
import type { Manifest } from '../domain/manifest.ts';
import { releaseName } from '../domain/release.ts';
import type { Confirmed } from './history.ts';
import type { SeenHost } from './observe.ts';
import { shippedTarget, type ResolvedTarget } from './target.ts';
import type { World } from './world.ts';

/**
 * The target of going back (D9): the files and digests of a confirmed deployment, as its hosts still have them; only
 * where no host has them any more, from the release's commit. Needs neither GitHub nor the registry in the first case.
 */
export async function backTarget(
  world: World,
  environment: Environment,
  seen: readonly SeenHost[],
  confirmed: Confirmed,
): Promise<ResolvedTarget> {
  const manifests: Record<string, Manifest> = {};
  for (const { host, observed } of seen) {
    const manifest = observed.releases.find((each) => each.deployment === confirmed.deployment);
    if (manifest !== undefined) manifests[host.name] = manifest;
  }
  const source = seen.find((each) => manifests[each.host.name] !== undefined);
  const manifest = source === undefined ? undefined : manifests[source.host.name];
  if (source === undefined || manifest === undefined)
    return shippedTarget(await world.sources(), environment, confirmed.release);

  const contents = await source.host.read(
    `releases/${manifest.deployment}`,
    manifest.files.map((file) => file.path),
  );
  const blobs = new Map<string, Uint8Array>();
  for (const [index, file] of manifest.files.entries()) {
    const content = contents[index];
    if (content === undefined || sha256(content) !== file.sha256)
      throw changed(environment, source.host.name, manifest, file.path);
    blobs.set(file.sha256, content);
  }
  const textOf = (path: string): string => {
    const hash = manifest.files.find((file) => file.path === path)?.sha256 ?? '';
    return new TextDecoder().decode(blobs.get(hash));
  };
  const target = {
    release: manifest.release,
    deployment: manifest.deployment,
    compose: manifest.compose,
    files: manifest.files,
    composeTexts: manifest.compose.map(textOf),
    resolved: Object.fromEntries(Object.values(manifest.kept).map((kept) => [kept.declared, kept.reference])),
    manifests,
  };
  return { target, blobs, layers: new Map() };
}

function changed(environment: Environment, host: string, manifest: Manifest, path: string): HdError {
  const name = releaseName(manifest.release);
  return new HdError(
    'files-changed',
    Exit.notVerified,
    `${path} of ${name} on ${host} is not what ${manifest.deployment} shipped`,
    {
      next: [{ remark: 'ship it afresh', command: ['hd', 'deploy', environment.name, '--tag', name] }],
    },
  );
}
