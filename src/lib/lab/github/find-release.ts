import { notFound } from './api-error.ts';
import type { ApiRequest, World } from './operation.ts';
import type { Release } from './state.ts';

/** @throws 404 */
export function findRelease(world: World, request: ApiRequest): Release {
  const release = world.store.state.releases.find((one) => String(one.id) === request.param('release_id'));
  if (release === undefined) throw notFound();
  return release;
}
