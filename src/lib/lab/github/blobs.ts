import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Links to files of the state directory that need no token and last a minute, as GitHub's storage gives. */
export class Blobs {
  private readonly key = randomBytes(32);
  private readonly directory: string;
  private readonly origin: string;
  constructor(directory: string, origin: string) {
    this.directory = directory;
    this.origin = origin;
  }

  /** @param path below the state directory: `logs/12` or `assets/7` */
  link(path: string, type = 'text/plain; charset=utf-8'): string {
    const until = Date.now() + 60_000;
    const query = new URLSearchParams({ se: String(until), ct: type, sig: this.sign(path, until, type) });
    return `${this.origin}/_blob/${path}?${query.toString()}`;
  }

  /** Undefined if the link is not ours, or has run out. */
  async read(url: URL): Promise<{ content: Buffer; type: string } | undefined> {
    const path = url.pathname.slice('/_blob/'.length);
    const until = Number(url.searchParams.get('se'));
    const type = url.searchParams.get('ct') ?? '';
    const given = Buffer.from(url.searchParams.get('sig') ?? '');
    const wanted = Buffer.from(this.sign(path, until, type));
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted) || until < Date.now())
      return undefined;
    const file = join(this.directory, path.startsWith('logs/') ? `${path}.log` : path);
    return { content: await readFile(file), type };
  }

  private sign(path: string, until: number, type: string): string {
    return createHmac('sha256', this.key).update(`${path}\n${until}\n${type}`).digest('hex');
  }
}
