import { stringify, Scalar } from 'yaml';
import { formatImage, type Release } from '../../domain/release.ts';
import type { KeptImage, ShippedFile } from '../../domain/manifest.ts';
import type { ComposeModel } from './model.ts';
import type { MountedTree } from './references.ts';

export const PINS_FILE = 'hd.pins.yaml';

export interface PinsInput {
  model: ComposeModel;
  release: Release;
  /** Services that the release does not replace → reference to use instead of the compose file's. */
  kept: Readonly<Record<string, KeptImage>>;
  shipped: readonly ShippedFile[];
  trees: readonly MountedTree[];
  /** Absolute, on the host. */
  directory: string;
  /** Where the release's files are, relative to the directory. */
  releaseDirectory: string;
}

/**
 * The generated override, the last `-f`: images by digest, and every path that was shipped re-pointed to where it
 * was shipped. What was not shipped stays relative to the project's directory (D5).
 */
export function pinsFile(input: PinsInput): string {
  const { model, release, kept, directory } = input;
  const treeOf = new Map(input.trees.map((tree) => [tree.path, tree]));
  const services: Record<string, Record<string, unknown>> = {};
  const of = (name: string): Record<string, unknown> => (services[name] ??= {});

  for (const [name, image] of Object.entries(release.images)) of(name)['image'] = formatImage(image);
  for (const [name, { reference }] of Object.entries(kept)) of(name)['image'] = reference;
  for (const [name, service] of Object.entries(model.services)) {
    const binds = service.binds.flatMap((bind) => {
      const tree = treeOf.get(bind.source);
      if (tree === undefined) return [];
      return [
        {
          type: 'bind',
          source: `${directory}/${tree.at}`,
          target: bind.target,
          ...(bind.readOnly ? { read_only: true } : {}),
        },
      ];
    });
    if (binds.length > 0) of(name)['volumes'] = binds;
    const isShipped = (path: string): boolean => input.shipped.some((file) => file.path === path);
    if (service.envFiles.some((file) => isShipped(file.path))) {
      of(name)['env_file'] = service.envFiles.map(({ path, required }) => ({
        path: isShipped(path) ? `${directory}/${input.releaseDirectory}/${path}` : path,
        required,
      }));
    }
    const used = model.fileObjects.flatMap((object) =>
      service.uses.includes(`${object.kind}.${object.name}`) ? (treeOf.get(object.path)?.hash ?? []) : [],
    );
    // Compose's own hash of a service does not see the content of a config; this label makes it.
    if (used.length > 0) of(name)['labels'] = { 'hd.files': used.join(' ') };
  }
  const top: Record<string, unknown> = Object.keys(services).length > 0 ? { services } : {};
  for (const object of model.fileObjects) {
    const tree = treeOf.get(object.path);
    if (tree === undefined) continue;
    const group = (top[object.kind] ??= {}) as Record<string, unknown>;
    group[object.name] = { file: `${directory}/${tree.at}` };
  }
  return stringifyWithOverrides(top);
}

/** Lists of env files add up when Compose merges, so ours replaces theirs (`!override`, Compose 2.24.4). */
function stringifyWithOverrides(top: Record<string, unknown>): string {
  const text = stringify(top, {
    defaultStringType: Scalar.QUOTE_DOUBLE,
    defaultKeyType: Scalar.PLAIN,
    lineWidth: 0,
  });
  return text.replace(/^( {4}env_file:)$/gm, '$1 !override');
}
