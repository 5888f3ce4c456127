import { canonical } from '../../domain/canonical.ts';
import type { Digest } from '../../domain/release.ts';
import type { Commit, Tag, Version } from '../../domain/version.ts';
import type { ResolvedImage, WorkflowJob, WorkflowRun } from '../../ports.ts';

/** What a release consists of, as an asset of its GitHub Release (S0-11…13, S0-28). Times are RFC 3339, UTC. */
export interface ReleaseManifest {
  schemaVersion: 1;
  version: Version;
  tag: Tag;
  commit: Commit;
  /** By compose service. */
  images: Readonly<Record<string, ManifestImage>>;
  /** The run that built it. */
  run: { id: number; url: string; attempt: number; startedAt?: string; completedAt?: string };
  createdAt: string;
}

interface ManifestImage {
  repository: string;
  digest: Digest;
  /** `linux/amd64` → the digest of that platform's manifest. */
  platforms: Readonly<Record<string, Digest>>;
}

export const MANIFEST_ASSET = 'manifest.json';

export function buildManifest(
  release: { version: Version; tag: Tag; commit: Commit },
  images: Readonly<Record<string, { repository: string; resolved: ResolvedImage }>>,
  { run, jobs }: { run: WorkflowRun; jobs: readonly WorkflowJob[] },
  now: number,
): ReleaseManifest {
  const completedAt = jobs
    .flatMap((job) => job.completedAt ?? [])
    .sort()
    .at(-1);
  return {
    schemaVersion: 1,
    ...release,
    images: Object.fromEntries(
      Object.entries(images).map(([service, { repository, resolved }]) => [
        service,
        {
          repository,
          digest: resolved.digest,
          platforms: Object.fromEntries(resolved.platforms.map(({ platform, digest }) => [platform, digest])),
        },
      ]),
    ),
    run: {
      id: run.id,
      url: run.url,
      attempt: run.attempt,
      ...(run.startedAt !== undefined && { startedAt: run.startedAt }),
      ...(completedAt !== undefined && { completedAt }),
    },
    createdAt: new Date(now).toISOString(),
  };
}

export function writeManifest(manifest: ReleaseManifest): string {
  return `${canonical(manifest)}\n`;
}

/** Whether an asset that is there says the same; when it was written does not matter. */
export function saysTheSame(asset: string, manifest: ReleaseManifest): boolean {
  try {
    const other: unknown = JSON.parse(asset);
    if (typeof other !== 'object' || other === null) return false;
    return canonical({ ...other, createdAt: '' }) === canonical({ ...manifest, createdAt: '' });
  } catch {
    return false;
  }
}
