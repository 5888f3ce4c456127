import assert from 'node:assert/strict';
import { drivers } from '../../../../src/lib/drivers/index.ts';
import {
  BACKEND,
  container,
  digest,
  environment,
  file,
  manifest,
  observed,
  release,
  serving,
  target,
} from '../../../support/core.ts';
import { plans } from './text.ts';

const COMPOSE = `services:\n  backend:\n    image: ${BACKEND}:dev\n`;
const FILES = [file('compose.yaml', COMPOSE)];
const to140 = target({ 'compose.yaml': COMPOSE });
const image140 = `${BACKEND}@${digest('9f2c')}`;
/** Serves v1.3.2 from the same files. */
const at132 = serving(release('1.3.2'), { current: manifest({ files: FILES }) });
/** Serves v1.4.0 as d47 put it there. */
const at140 = serving(
  release(),
  { current: manifest({ deployment: 'd47', release: release(), files: FILES }) },
  'd47',
);

describe('a compose plan', () => {
  it('of a first deployment ships, pulls and switches', () => {
    plans(
      environment({ compose: ['compose.yaml', 'compose.prod.yaml'], envFiles: ['.env'] }),
      target({ 'compose.yaml': COMPOSE, 'compose.prod.yaml': 'services: {}\n' }),
      observed(),
      `
ship | files of v1.4.0 | nothing was deployed here
  nothing was deployed here:
    ship releases/{deployment}: compose.prod.yaml compose.yaml hd.pins.yaml manifest.json
pull | backend 9f2c9f2c9f2c | not on the host
  not on the host:
    run docker pull ghcr.io/acme/backend@sha256:9f2c9f2c9f2c
switch | backend | backend does not run
  backend does not run:
    run docker compose --project-name app --project-directory /opt/app --env-file /opt/app/.env --file /opt/app/releases/{deployment}/compose.yaml --file /opt/app/releases/{deployment}/compose.prod.yaml --file /opt/app/releases/{deployment}/hd.pins.yaml up --detach --no-build --remove-orphans --quiet-pull --pull missing
  backend does not run:
    settle backend: 3000ms of 60000ms
  backend does not run:
    point current to releases/{deployment}
`,
    );
  });

  it('of a new version says which digest differs', () => {
    plans(
      environment(),
      to140,
      at132,
      `
ship | files of v1.4.0 | pinned digests differ
  pinned digests differ:
    ship releases/{deployment}: compose.yaml hd.pins.yaml manifest.json
pull | backend 9f2c9f2c9f2c | not on the host
  not on the host:
    run docker pull ghcr.io/acme/backend@sha256:9f2c9f2c9f2c
switch | backend | digest differs
  digest differs:
    run docker compose --project-name app --project-directory /opt/app --file /opt/app/releases/{deployment}/compose.yaml --file /opt/app/releases/{deployment}/hd.pins.yaml up --detach --no-build --remove-orphans --quiet-pull --pull missing
  digest differs:
    settle backend: 3000ms of 60000ms
  digest differs:
    point current to releases/{deployment}
`,
    );
  });

  it('is empty where all is there already', () => {
    plans(environment(), to140, at140, '');
    plans(environment(), to140, { ...at140, images: [...at140.images, 'postgres@sha256:0'] }, '');
  });

  it('does not pull what the host has', () => {
    const has = { ...at132, images: [...at132.images, image140] };
    const { stages } = drivers.compose.plan(environment(), to140, has);
    assert.deepEqual(
      stages.map((stage) => stage.name),
      ['ship', 'switch'],
    );
  });

  it('takes an image of Docker Hub by its long name for the one that Docker lists by its short name', () => {
    const hub = release('1.4.0', {
      images: { backend: { repository: 'docker.io/acme/backend', digest: digest('9f2c') } },
    });
    const serves = serving(
      hub,
      {
        images: [`acme/backend@${digest('9f2c')}`],
        current: manifest({ deployment: 'd47', release: hub, files: FILES }),
      },
      'd47',
    );
    plans(environment(), target({ 'compose.yaml': COMPOSE }, { release: hub }), serves, '');
  });

  it('ships and switches where only a compose file changed', () => {
    const { stages } = drivers.compose.plan(
      environment(),
      target({ 'compose.yaml': `${COMPOSE}    mem_limit: 768m\n` }),
      at140,
    );
    assert.deepEqual(
      stages.map(({ name, because }) => [name, because]),
      [
        ['ship', 'compose files differ'],
        ['switch', 'files or pinned digests differ'],
      ],
    );
  });

  it('pulls and names the one service of two that changed', () => {
    const both = (backend: string) => ({
      backend: { repository: BACKEND, digest: digest(backend) },
      worker: { repository: 'ghcr.io/acme/worker', digest: digest('77e0') },
    });
    const compose = { 'compose.yaml': `services: {backend: {image: b}, worker: {image: w}}\n` };
    const serves = serving(release('1.3.2', { images: both('41c7') }));
    plans(
      environment(),
      target(compose, { release: release('1.4.0', { images: both('9f2c') }) }),
      serves,
      `
ship | files of v1.4.0 | compose files differ
  compose files differ:
    ship releases/{deployment}: compose.yaml hd.pins.yaml manifest.json
pull | backend 9f2c9f2c9f2c | not on the host
  not on the host:
    run docker pull ghcr.io/acme/backend@sha256:9f2c9f2c9f2c
switch | backend | digest differs
  digest differs:
    run docker compose --project-name app --project-directory /opt/app --file /opt/app/releases/{deployment}/compose.yaml --file /opt/app/releases/{deployment}/hd.pins.yaml up --detach --no-build --remove-orphans --quiet-pull --pull missing
  digest differs:
    settle backend worker: 3000ms of 60000ms
  digest differs:
    point current to releases/{deployment}
`,
    );
  });

  for (const [name, broken, because] of [
    [
      'a container that stopped',
      container({ state: 'exited', exitCode: 1, deployment: 'd47' }),
      'backend does not run',
    ],
    [
      'a container at another digest',
      container({ digests: [digest('c02b')], deployment: 'd47' }),
      'digest differs',
    ],
    [
      'a container of a later deployment that failed',
      container({ deployment: 'd48' }),
      'backend was made by d48',
    ],
  ] as const) {
    it(`mends ${name}`, () => {
      const { stages } = drivers.compose.plan(environment(), to140, { ...at140, containers: [broken] });
      assert.deepEqual(
        stages.map((stage) => [stage.name, stage.because]),
        [
          ['ship', 'a deployment of its own'],
          ['switch', because],
        ],
      );
    });
  }

  it('counts a one-shot service that ended with 0 as done, and one that ended otherwise as not', () => {
    const compose = { 'compose.yaml': 'services: {backend: {image: b}, init: {image: i, restart: "no"}}\n' };
    const wanted = target(compose);
    const init = (exitCode: number) =>
      container({
        service: 'init',
        image: 'i',
        state: 'exited',
        exitCode,
        restartPolicy: 'no',
        deployment: 'd47',
      });
    const current = manifest({
      deployment: 'd47',
      release: release(),
      services: ['backend', 'init'],
      kept: { init: { declared: 'i', reference: 'i' } },
      files: wanted.files,
    });
    const host = (exitCode: number) => ({
      ...at140,
      current,
      releases: [current],
      containers: [container({ deployment: 'd47' }), init(exitCode)],
    });
    plans(environment(), wanted, host(0), '');
    const { stages } = drivers.compose.plan(environment(), wanted, host(1));
    assert.equal(stages.at(-1)?.because, 'init does not run');
  });
});

describe('a compose plan that goes back', () => {
  const d46 = manifest({ files: FILES });
  const d47 = manifest({ deployment: 'd47', release: release(), files: FILES });
  const back = target({ 'compose.yaml': COMPOSE }, { release: release('1.3.2'), deployment: 'd46' });

  it('uses the directory that is there, and ships nothing', () => {
    const host = { ...at140, images: [...at140.images, ...at132.images], current: d47, releases: [d47, d46] };
    plans(
      environment(),
      { ...back, manifests: { 'prod-1': d46 } },
      host,
      `
switch | backend | digest differs
  digest differs:
    run docker compose --project-name app --project-directory /opt/app --file /opt/app/releases/d46/compose.yaml --file /opt/app/releases/d46/hd.pins.yaml up --detach --no-build --remove-orphans --quiet-pull --pull missing
  digest differs:
    settle backend: 3000ms of 60000ms
  digest differs:
    point current to releases/d46
`,
    );
  });

  it('ships the directory again where the host lacks it, and pulls what is gone', () => {
    plans(
      environment(),
      { ...back, manifests: { 'prod-2': d46 } },
      { ...at140, current: d47, releases: [d47] },
      `
ship | files of v1.3.2 | pinned digests differ
  pinned digests differ:
    ship releases/d46: compose.yaml hd.pins.yaml manifest.json
pull | backend 41c741c741c7 | not on the host
  not on the host:
    run docker pull ghcr.io/acme/backend@sha256:41c741c741c7
switch | backend | digest differs
  digest differs:
    run docker compose --project-name app --project-directory /opt/app --file /opt/app/releases/d46/compose.yaml --file /opt/app/releases/d46/hd.pins.yaml up --detach --no-build --remove-orphans --quiet-pull --pull missing
  digest differs:
    settle backend: 3000ms of 60000ms
  digest differs:
    point current to releases/d46
`,
    );
  });

  it('does something even where the same digest runs, if a failed deployment made the container', () => {
    const host = {
      ...at132,
      current: d46,
      releases: [d46],
      containers: [container({ digests: [digest('41c7')], deployment: 'd48' })],
    };
    const { stages } = drivers.compose.plan(environment(), { ...back, manifests: { 'prod-1': d46 } }, host);
    assert.deepEqual(
      stages.map((each) => [each.name, each.because]),
      [['switch', 'backend was made by d48']],
    );
  });

  it('makes current point back where only that is wrong', () => {
    const same = manifest({ deployment: 'd47', release: release('1.3.2'), files: FILES });
    const host = { ...at132, current: same, releases: [same, d46] };
    const { stages } = drivers.compose.plan(environment(), { ...back, manifests: { 'prod-1': d46 } }, host);
    assert.deepEqual(
      stages.map((each) => [each.name, each.because]),
      [['switch', 'current points elsewhere']],
    );
  });

  it('brings back the kept image that the earlier deployment had', () => {
    const kept = { db: { declared: 'postgres:16', reference: 'postgres:16' } };
    const earlier = manifest({ files: FILES, services: ['backend', 'db'], kept });
    const host = {
      ...at132,
      current: earlier,
      releases: [earlier],
      containers: [
        ...at132.containers,
        container({ service: 'db', image: 'postgres:17', deployment: 'd46' }),
      ],
    };
    const { stages } = drivers.compose.plan(
      environment(),
      { ...back, manifests: { 'prod-1': earlier } },
      host,
    );
    assert.deepEqual(
      stages.map((each) => [each.name, each.because]),
      [['switch', 'db runs another image']],
    );
  });
});
