import assert from 'node:assert/strict';
import { parse } from 'yaml';
import { UsageError } from '../../../../src/lib/domain/errors.ts';
import type { GeneratedFile } from '../../../../src/lib/domain/plan.ts';
import { composeModel } from '../../../../src/lib/drivers/compose/model.ts';
import { mountedTrees, referencedPaths } from '../../../../src/lib/drivers/compose/references.ts';
import { drivers } from '../../../../src/lib/drivers/index.ts';
import { digest, environment, file, observed, release, target } from '../../../support/core.ts';

/** What a first deployment generates for these compose files. */
function generated(
  name: string,
  compose: string,
  more: Record<string, string> = {},
  rest = {},
): GeneratedFile {
  const plan = drivers.compose.plan(
    environment(),
    target({ 'compose.yaml': compose }, { more, ...rest }),
    observed(),
  );
  const actions = plan.stages.flatMap((stage) => stage.steps.map((step) => step.action));
  const found = actions
    .flatMap((each) => (each.kind === 'ship' ? each.generated : []))
    .find((each) => each.path === name);
  assert.ok(found);
  return found;
}

function reads(text: string, golden: string): void {
  const short = text
    .replace(/(sha256:[0-9a-f]{4})[0-9a-f]{60}/g, '$1…')
    .replace(/[0-9a-f]{16}(?=["/ ])/g, 'HASH');
  assert.equal(short, golden.replace(/^\n/, ''));
}

describe('the generated override', () => {
  it('pins images: the release by digest, others as they were resolved', () => {
    const compose =
      'services: {backend: {image: b:dev}, db: {image: "postgres:16"}, tools: {image: "t:1", profiles: [x]}}\n';
    const resolved = { 'postgres:16': `postgres@${digest('77')}` };
    reads(
      generated('hd.pins.yaml', compose, {}, { resolved }).content,
      `
services:
  backend:
    image: "ghcr.io/acme/backend@sha256:9f2c…"
  db:
    image: "postgres@sha256:7777…"
`,
    );
  });

  it('points mounts, configs and env files to where they were shipped, and leaves the rest (D5)', () => {
    const compose = `
services:
  backend:
    image: b:dev
    env_file: [app.env, {path: secret.env, required: false}]
    configs: [app]
    volumes:
      - ./nginx:/etc/nginx:ro
      - ./data:/data
      - named:/var/lib/x
      - {type: bind, source: ./certs/ca.pem, target: /ca.pem, read_only: true}
configs:
  app: {file: ./conf/app.toml}
  host: {file: /etc/host.toml}
volumes: {named: {}}
`;
    const more = {
      'app.env': 'A=1',
      'nginx/nginx.conf': 'x',
      'nginx/conf.d/a.conf': 'y',
      'certs/ca.pem': 'pem',
      'conf/app.toml': 'a=1',
    };
    reads(
      generated('hd.pins.yaml', compose, more).content,
      `
services:
  backend:
    image: "ghcr.io/acme/backend@sha256:9f2c…"
    volumes:
      - type: "bind"
        source: "/opt/app/files/HASH/nginx"
        target: "/etc/nginx"
        read_only: true
      - type: "bind"
        source: "/opt/app/files/HASH/ca.pem"
        target: "/ca.pem"
        read_only: true
    env_file: !override
      - path: "/opt/app/releases/{deployment}/app.env"
        required: true
      - path: "secret.env"
        required: false
    labels:
      hd.files: "HASH"
configs:
  app:
    file: "/opt/app/files/HASH/app.toml"
`,
    );
  });

  it('keeps names that YAML would read as something else', () => {
    const compose = 'services: {"on": {image: "a:1"}, "123": {image: "b:1"}, env_file: {image: "c:1"}}\n';
    const content = generated(
      'hd.pins.yaml',
      compose,
      {},
      { release: release('1.4.0', { images: {} }) },
    ).content;
    assert.deepEqual(parse(content), {
      services: { on: { image: 'a:1' }, '123': { image: 'b:1' }, env_file: { image: 'c:1' } },
    });
    assert.doesNotMatch(content, /!override/);
  });

  it('stands beside a manifest that names everything that was used', () => {
    const compose =
      'services: {backend: {image: b, volumes: ["./conf:/conf"]}, db: {image: "postgres:16"}}\n';
    const { content } = generated('manifest.json', compose, { 'conf/a': '1' });
    const manifest = JSON.parse(content) as Record<string, unknown>;
    assert.deepEqual(Object.keys(manifest), [
      'compose',
      'deployment',
      'files',
      'kept',
      'release',
      'schemaVersion',
      'services',
      'trees',
    ]);
    assert.deepEqual(manifest['services'], ['backend', 'db']);
    assert.deepEqual(manifest['kept'], { db: { declared: 'postgres:16', reference: 'postgres:16' } });
    assert.equal(manifest['deployment'], '{deployment}');
  });
});

describe('what compose files refer to', () => {
  const model = (text: string) => composeModel([{ path: 'compose.yaml', text }]);

  it('is looked for in the commit, but not outside of it', () => {
    const found = model(`
services:
  a: {image: a, env_file: .env, volumes: [./conf/x:/x, ../up:/up, /abs:/abs, ~/home:/home, "\${DIR}:/v", ".:/all"]}
  b: {image: b, env_file: [{path: b.env}]}
secrets: {key: {file: ./secret/key}}
`);
    assert.deepEqual(referencedPaths(found), ['.env', 'b.env', 'conf/x', 'secret/key']);
  });

  it('has one place for one content, and another one where a byte or a mode changed', () => {
    const one = model('services: {a: {image: a, volumes: [./x/conf:/1, ./y/conf:/2]}}');
    const hashes = (...shipped: ReturnType<typeof file>[]) =>
      mountedTrees(one, shipped).map((tree) => tree.hash);
    const [x, y] = hashes(file('x/conf', 'same'), file('y/conf', 'same'));
    assert.equal(x, y);
    const [changed, executable] = hashes(file('x/conf', 'other'), file('y/conf', 'same', true));
    assert.ok(changed !== x && executable !== x && changed !== executable);
  });

  it('ships what two services share once', () => {
    const compose = 'services: {backend: {image: a, volumes: [./x/conf:/1, ./y/conf:/2]}}\n';
    const wanted = target({ 'compose.yaml': compose }, { more: { 'x/conf': 'same', 'y/conf': 'same' } });
    const [ship] = drivers.compose.plan(environment(), wanted, observed()).stages;
    assert.equal(ship?.steps.length, 2);
  });
});

describe('compose files', () => {
  const model = (...texts: string[]) =>
    composeModel(texts.map((text, index) => ({ path: `${index}.yaml`, text })));

  it('are merged in their order, as Compose does', () => {
    const { services } = model(
      'services: {a: {image: "a:1", env_file: a.env, volumes: [./x:/x]}, b: {image: b, profiles: [debug]}}',
      'services: {a: {image: "a:2", env_file: [b.env], volumes: ["./y:/x:ro"]}}',
    );
    assert.deepEqual(services['a'], {
      image: 'a:2',
      profiled: false,
      envFiles: [
        { path: 'a.env', required: true },
        { path: 'b.env', required: true },
      ],
      binds: [{ source: 'y', target: '/x', readOnly: true }],
      uses: [],
    });
    assert.equal(services['b']?.profiled, true);
  });

  it('may extend a service of the same file', () => {
    const { services } = model(`
services:
  worker: {extends: {service: middle}, env_file: own.env}
  middle: {extends: base, volumes: [./x:/x]}
  base: {image: "base:1", env_file: base.env}
`);
    assert.equal(services['worker']?.image, 'base:1');
    assert.deepEqual(
      services['worker'].envFiles.map((each) => each.path),
      ['base.env', 'own.env'],
    );
    assert.deepEqual(
      services['worker'].binds.map((each) => each.source),
      ['x'],
    );
  });

  for (const [what, text, message] of [
    [
      'a file that does not parse',
      'services:\n  a: [1\n',
      /^0\.yaml of the release does not parse: .* at line \d+, column \d+$/,
    ],
    ['a list', '- a\n', '0.yaml of the release is not a compose file: no mapping at its top'],
    ['nothing', '', '0.yaml of the release is not a compose file: no mapping at its top'],
    [
      'a bomb of aliases',
      `a: &a [1]\nb: &b [${'*a,'.repeat(99)}]\nservices: {x: {image: [${'*b,'.repeat(99)}]}}\n`,
      /does not parse: Excessive alias count/,
    ],
    ['the same key twice', 'services: {}\nservices: {}\n', /does not parse: Map keys must be unique/],
    [
      'include',
      'include: [other.yaml]\nservices: {}\n',
      '0.yaml uses include, whose files hd would not ship',
    ],
    [
      'extends of another file',
      'services: {a: {extends: {file: o.yaml, service: b}}}',
      '0.yaml uses services.a.extends.file, whose files hd would not ship',
    ],
    [
      'a circle of extends',
      'services: {a: {extends: b}, b: {extends: {service: a}}}',
      '0.yaml of the release: b extends itself',
    ],
  ] as const) {
    it(`are refused with ${what}`, () => {
      assert.throws(
        () => model(text),
        (error) => {
          assert.ok(error instanceof UsageError);
          if (typeof message === 'string') assert.equal(error.message, message);
          else assert.match(error.message, message);
          return true;
        },
      );
    });
  }

  it('may have a name that JavaScript has too', () => {
    const { services } = model('services: {constructor: {image: a}, toString: {image: b}}');
    assert.deepEqual(Object.keys(services), ['constructor', 'toString']);
    assert.equal(services['constructor']?.image, 'a');
  });
});
