import { size } from '../domain/values.ts';

const LINE = /^([0-9a-f]{12}): (Pulling fs layer|Waiting|Pull complete|Download complete)/gm;

/**
 * How much of an image is there, from what `docker pull` prints layer by layer; it tells no sizes, the registry did.
 * @param bytes compressed size by a layer's first twelve digits
 */
export class PullProgress {
  readonly #bytes: ReadonlyMap<string, number>;
  readonly #wanted = new Set<string>();
  readonly #there = new Set<string>();
  #rest = '';

  constructor(bytes: ReadonlyMap<string, number>) {
    this.#bytes = bytes;
  }

  /** @returns `64 of 118 MB`; undefined as long as no size is known */
  read(text: string): string | undefined {
    const whole = this.#rest + text;
    const end = whole.lastIndexOf('\n') + 1;
    this.#rest = whole.slice(end);
    for (const [, layer = '', state] of whole.slice(0, end).matchAll(LINE)) {
      this.#wanted.add(layer);
      if (state === 'Pull complete' || state === 'Download complete') this.#there.add(layer);
    }
    const total = this.#sum(this.#wanted);
    return total === 0 ? undefined : `${size(this.#sum(this.#there))} of ${size(total)}`;
  }

  #sum(layers: ReadonlySet<string>): number {
    return [...layers].reduce((sum, layer) => sum + (this.#bytes.get(layer) ?? 0), 0);
  }
}

/** `sha256:07a8dbd3a1b7…` → `07a8dbd3a1b7`, as Docker prints it. */
export function layerName(digest: string): string {
  return digest.replace(/^sha256:/, '').slice(0, 12);
}
