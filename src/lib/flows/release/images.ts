import { shortDigest } from '../../domain/release.ts';
import { time } from '../../domain/values.ts';
import { shortCommit, type Commit, type Tag, type Version } from '../../domain/version.ts';
import type { ResolvedImage } from '../../ports.ts';

/** An image of the release as its registry has it. */
export interface FoundImage {
  service: string;
  repository: string;
  /** The tag that the release's workflow pushes. */
  reference: string;
  resolved: ResolvedImage | undefined;
}

/** A row of the proof. */
export interface Proof {
  check: 'tag' | 'image' | 'labels' | 'platform' | 'release';
  ok: boolean;
  text: string;
}

export interface ExpectedLabels {
  version: Version;
  commit: Commit;
  /** `https://github.com/acme/healthdelta`. */
  source: string;
  zone: string;
  now: number;
}

/** Every image exists under its tag. */
export function proveImages(images: readonly FoundImage[], tag: Tag): Proof {
  const missing = images.filter((image) => image.resolved === undefined);
  if (missing.length > 0)
    return { check: 'image', ok: false, text: `${missing.map(nameOf).join(', ')} is not there` };
  const [only] = images;
  const text =
    images.length === 1 && only !== undefined
      ? `${nameOf(only)} is ${digestOf(only)}`
      : images
          .map(
            (image) =>
              `${image.service} ${image.reference === tag ? '' : `${image.reference} `}${digestOf(image)}`,
          )
          .join(', ');
  return { check: 'image', ok: images.length > 0, text: images.length > 0 ? text : 'hd.yml names no images' };
}

/**
 * The labels of every platform of every image say this version, this commit and this repository, and when it
 * was built (S0-15…18; https://github.com/opencontainers/image-spec/blob/main/annotations.md).
 */
export function proveLabels(images: readonly FoundImage[], expected: ExpectedLabels): Proof {
  const lies = images.flatMap((image) =>
    (image.resolved?.platforms ?? []).flatMap(({ platform, labels }) =>
      wrongLabels(labels, expected).map((wrong) => `${wrong}, on ${image.service} ${platform}`),
    ),
  );
  const [first] = lies;
  if (first !== undefined) {
    const more = lies.length > 1 ? `; ${lies.length - 1} more` : '';
    return { check: 'labels', ok: false, text: `${first}${more}` };
  }
  const created = images[0]?.resolved?.platforms[0]?.labels[`${PREFIX}created`] ?? '';
  const at = time(Date.parse(created), expected.zone, expected.now);
  const text = `version ${expected.version}, revision ${shortCommit(expected.commit)}, created ${at}, source`;
  return { check: 'labels', ok: true, text };
}

export function provePlatforms(images: readonly FoundImage[]): Proof {
  const sets = images.map((image) => (image.resolved?.platforms ?? []).map(({ platform }) => platform));
  const all = [...new Set(sets.flat())];
  const uneven = sets.some((set) => set.length !== all.length);
  return {
    check: 'platform',
    ok: all.length > 0,
    text: uneven
      ? images.map((image, index) => `${image.service} ${sets[index]?.join(' ') ?? ''}`).join(', ')
      : all.join(', '),
  };
}

const PREFIX = 'org.opencontainers.image.';

function wrongLabels(labels: Readonly<Record<string, string>>, expected: ExpectedLabels): string[] {
  const rules: readonly [name: string, wanted: string, right: (value: string) => boolean][] = [
    ['version', expected.version, (value) => value.replace(/^v/, '') === expected.version],
    ['revision', expected.commit, (value) => value === expected.commit],
    ['created', 'a time', (value) => /^\d{4}-\d\d-\d\d[T ]/.test(value) && !Number.isNaN(Date.parse(value))],
    ['source', expected.source, (value) => sourceOf(value) === sourceOf(expected.source)],
  ];
  return rules.flatMap(([name, wanted, right]) => {
    const value = labels[PREFIX + name];
    if (value !== undefined && right(value)) return [];
    return [value === undefined ? `no label ${name}` : `${name} says ${value}, not ${wanted}`];
  });
}

/** An address of a repository, whatever its spelling. */
function sourceOf(value: string): string {
  return value
    .trim()
    .toLowerCase()
    .replace(/^git\+/, '')
    .replace(/\/+$/, '')
    .replace(/\.git$/, '');
}

function nameOf(image: FoundImage): string {
  return `${image.repository}:${image.reference}`;
}

function digestOf(image: FoundImage): string {
  return shortDigest(image.resolved?.digest ?? '');
}
