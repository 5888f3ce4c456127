import { familiar, releaseName, shortDigest } from '../../domain/release.ts';
import type { DeployGate } from './gate.ts';

const PINNED = /^[^@\s]+@(sha256:[0-9a-f]{64})$/;

/**
 * Every image that the release replaces is named by digest, and by the one that was written down when it was released:
 * a tag that was moved since is another image (T1).
 */
export const immutable: DeployGate = {
  name: 'immutable',
  judge({ images, manifest, release }) {
    const flaws = images.flatMap(({ service, reference, released }) => {
      const digest = PINNED.exec(reference)?.[1];
      if (digest === undefined) return [`${service} is not pinned by digest: ${familiar(reference)}`];
      if (released === undefined || released === digest) return [];
      const was = `${shortDigest(released)} when ${releaseName(release)} was released`;
      return [`${service} is ${shortDigest(digest)} and was ${was}: its tag was moved`];
    });
    const [first, ...more] = flaws;
    if (first === undefined && manifest !== undefined)
      return {
        state: 'unknown',
        text: `what ${releaseName(release)} was released with is not known: ${manifest.unknown}`,
      };
    if (first === undefined)
      return { state: 'open', text: `${images.length} of ${images.length} images pinned by digest` };
    return { state: 'closed', text: first, ...(more.length > 0 && { more }) };
  },
};
