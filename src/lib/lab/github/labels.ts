import type { components } from '@octokit/openapi-types';
import { invalid, notFound } from './api-error.ts';
import type { Label } from './issue-state.ts';
import { created, ok, page, type Operations, type World } from './operation.ts';
import { nodeId } from './people.ts';
import { repoUrl } from './repository.ts';

type Schemas = components['schemas'];

/** GitHub's colour of a label that was made on the fly. */
const PLAIN = 'ededed';
const NAME_LENGTH = 50;

function labelOf(world: World, api: string, label: Label): Schemas['label'] {
  return {
    id: label.id,
    node_id: nodeId('Label', label.id),
    url: `${repoUrl(world, api)}/labels/${encodeURIComponent(label.name)}`,
    name: label.name,
    color: label.color,
    default: false,
    description: label.description,
  };
}

function find(world: World, name: string): Label | undefined {
  return world.store.state.labels.find((label) => label.name.toLowerCase() === name.toLowerCase());
}

/** Those of an issue, as its answer shows them. */
export function labelsOf(world: World, api: string, names: readonly string[]): Schemas['label'][] {
  return names.flatMap((name) => {
    const label = find(world, name);
    return label === undefined ? [] : [labelOf(world, api, label)];
  });
}

/** @throws 422 for a name that is too long */
function make(world: World, name: string, color = PLAIN, description: string | null = null): Label {
  if (name === '' || name.length > NAME_LENGTH)
    throw invalid('Validation Failed', [{ resource: 'Label', code: 'invalid', field: 'name' }]);
  const label: Label = { id: world.store.id(), name, color, description };
  world.store.state.labels.push(label);
  return label;
}

/** Gives labels their names as the repository writes them; those that it does not have are made. */
export function useLabels(
  world: World,
  asked: readonly (string | { name?: string | undefined })[],
): string[] {
  const names = asked.map((one) => (typeof one === 'string' ? one : (one.name ?? '')));
  return [...new Set(names.map((name) => (find(world, name) ?? make(world, name)).name))];
}

export const labels: Operations = {
  'issues/list-labels-for-repo': {
    needs: 'issues=read',
    run: (world, request) =>
      page(request, world.store.state.labels, (rows) =>
        rows.map((label) => labelOf(world, request.api, label)),
      ),
  },
  'issues/get-label': {
    needs: 'issues=read',
    run: (world, request) => {
      const label = find(world, request.param('name'));
      if (label === undefined) throw notFound();
      return ok(labelOf(world, request.api, label));
    },
  },
  'issues/create-label': {
    needs: 'issues=write',
    run: (world, request) => {
      const { name, color, description } = request.body;
      if (find(world, name) !== undefined)
        throw invalid('Validation Failed', [{ resource: 'Label', code: 'already_exists', field: 'name' }]);
      return created(labelOf(world, request.api, make(world, name, color, description)));
    },
  },
};
