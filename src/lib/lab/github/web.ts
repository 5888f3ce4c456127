import { readFile } from 'node:fs/promises';
import type { Answer, World } from './operation.ts';
import { pageRoute } from './pages.ts';

/** What is not the API: signed links, a release's downloads by their public addresses, and pages for people. */
export async function webRoute(world: World, method: string, url: URL): Promise<Answer | undefined> {
  if (method !== 'GET') return undefined;
  if (url.pathname.startsWith('/_blob/')) {
    const blob = await world.blobs.read(url);
    if (blob === undefined)
      return { status: 403, body: { message: 'Signature not valid in the specified time frame' } };
    return { status: 200, raw: blob.content, headers: { 'content-type': blob.type } };
  }
  const { owner, repo } = world.settings;
  const start = `/${owner}/${repo}/releases/download/`;
  if (!url.pathname.startsWith(start)) return pageRoute(world, url);
  const [tag, name] = url.pathname.slice(start.length).split('/').map(decodeURIComponent);
  const release = world.store.state.releases.find((one) => one.tag === tag && !one.draft);
  const asset = release?.assets.find((one) => one.name === name);
  if (asset === undefined) return { status: 404, body: { message: 'Not Found' } };
  const raw = await readFile(world.store.assetFile(asset.id));
  return { status: 200, raw, headers: { 'content-type': 'application/octet-stream' } };
}
