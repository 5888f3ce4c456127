import * as z from 'zod';
import type { ImagePlatform } from '../../ports.ts';
import type { Digest } from '../../domain/release.ts';

/** The parts of the OCI image specification (and of Docker's older types of the same shape) that we read. */

const digest = z.templateLiteral(['sha256:', z.string().regex(/^[0-9a-f]{64}$/)]);
const descriptor = z.object({
  mediaType: z.string().optional(),
  digest: z.string(),
  size: z.number(),
  annotations: z.record(z.string(), z.string()).nullish(),
  platform: z.object({ os: z.string(), architecture: z.string(), variant: z.string().optional() }).nullish(),
});
const manifest = z.object({
  schemaVersion: z.literal(2),
  config: z.object({ digest, size: z.number() }),
  layers: z.array(z.object({ digest, size: z.number() })),
  manifests: z.never().optional(),
});
const index = z.object({
  schemaVersion: z.literal(2),
  manifests: z.array(descriptor).max(100),
  layers: z.never().optional(),
});
const config = z.object({
  os: z.string().optional(),
  architecture: z.string().optional(),
  variant: z.string().optional(),
  config: z.object({ Labels: z.record(z.string(), z.string()).nullish() }).nullish(),
});

export const MANIFEST_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];

const NESTED = new Set(MANIFEST_TYPES.slice(0, 2));

export type Document =
  | { kind: 'manifest'; config: Digest; layers: ImagePlatform['layers'] }
  | { kind: 'index'; manifests: readonly { digest: Digest; platform?: string }[] };

/** Undefined if it is neither an image's manifest nor an index of them, or, to be safe, if it claims to be both. */
export function readDocument(body: Buffer): Document | undefined {
  const value = json(body);
  const single = manifest.safeParse(value).data;
  if (single !== undefined) {
    return {
      kind: 'manifest',
      config: single.config.digest,
      layers: single.layers.map(({ digest, size }) => ({ digest, bytes: size })),
    };
  }
  const several = index.safeParse(value).data;
  if (several === undefined) return undefined;
  return {
    kind: 'index',
    manifests: several.manifests.filter(isImage).flatMap(({ digest: raw, platform }) => {
      const known = digest.safeParse(raw).data;
      if (known === undefined) return [];
      return [{ digest: known, ...(platform ? { platform: platformOf(platform) } : {}) }];
    }),
  };
}

/** BuildKit keeps attestations beside the images, under a platform that is none. */
function isImage({ mediaType, annotations, platform }: z.infer<typeof descriptor>): boolean {
  if (annotations?.['vnd.docker.reference.type'] === 'attestation-manifest') return false;
  if (platform?.os === 'unknown' && platform.architecture === 'unknown') return false;
  return mediaType === undefined || !NESTED.has(mediaType);
}

/** An image's labels, and the platform that it was built for. */
export function readConfig(
  body: Buffer,
): { labels: Readonly<Record<string, string>>; platform: string } | undefined {
  const read = config.safeParse(json(body)).data;
  if (read === undefined) return undefined;
  const { os = 'unknown', architecture = 'unknown', variant } = read;
  return {
    labels: read.config?.Labels ?? {},
    platform: platformOf({ os, architecture, ...(variant === undefined ? {} : { variant }) }),
  };
}

function platformOf(part: { os: string; architecture: string; variant?: string | undefined }): string {
  return [part.os, part.architecture, ...(part.variant ? [part.variant] : [])].join('/');
}

function json(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
