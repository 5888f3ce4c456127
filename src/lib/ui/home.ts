import type { Config } from '../domain/environment.ts';
import { pad } from './width.ts';
import type { View } from './view.ts';

export interface Home {
  version: string;
  cwd: string;
  config: Config | undefined;
  /** Ids of the commands that exist. */
  commands: ReadonlySet<string>;
}

/** What a person starts with: the commands of screen 1, as far as they exist. */
const STEPS: readonly (readonly [id: string, command: string, what: string])[] = [
  ['status', 'hd status', 'what serves where, and whether it is proven'],
  ['release', 'hd release 1.4.0', 'tag a version, follow its build, prove the image'],
  ['deploy', 'hd deploy ENV --tag v1.4.0', 'put a release on an environment, or go back'],
  ['verify', 'hd verify ENV', 'prove that what runs is what was asked for'],
  ['explain', 'hd explain ENV', 'may I deploy now, and if not, when'],
  ['rollback', 'hd rollback ENV', 'back to the last release that was confirmed'],
];

const FIRST_STEPS: typeof STEPS = [
  ['init', 'hd init', 'write hd.yml'],
  ['doctor', 'hd doctor', 'can this machine reach and do everything'],
  ['lab:up', 'hd lab up', 'a world to try it in'],
  ['', 'hd --help', 'everything else'],
];

export function formatRepository({ repository }: Pick<Config, 'repository'>): string | undefined {
  return repository === undefined ? undefined : `${repository.owner}/${repository.name}`;
}

export function homeView({ version, cwd, config, commands }: Home): readonly View[] {
  const head: View = {
    kind: 'text',
    lines: [`hd ${version}  release, deploy, verify and roll back, with proof`],
  };
  const listed = (steps: typeof STEPS): View => ({
    kind: 'text',
    lines: steps
      .filter(([id]) => id === '' || commands.has(id))
      .map(([, command, what]) => `  ${pad(command, 28)}  ${what}`),
  });
  if (config === undefined) {
    const write = commands.has('init') ? ' Write one: hd init' : '';
    return [head, { kind: 'text', lines: [`No hd.yml from ${cwd} up to /.${write}`] }, listed(FIRST_STEPS)];
  }
  const names = [config.app, formatRepository(config)].filter((name) => name !== undefined).join(', ');
  const wrong = commands.has('rollback') ? ['Something is wrong now:  hd status, then hd rollback ENV'] : [];
  return [
    head,
    { kind: 'text', lines: [`${names}: ${Object.keys(config.environments).join(', ')}`] },
    listed(STEPS),
    { kind: 'text', lines: [...wrong, 'Everything else:         hd --help'] },
  ];
}
