import assert from 'node:assert/strict';
import {
  containersOf,
  expectDone,
  expectPath,
  ledgerLines,
  lockOf,
  observedOf,
  sectionsOf,
} from '../../../../src/lib/adapters/host/answer.ts';
import { canonical, sha256 } from '../../../../src/lib/domain/canonical.ts';
import { HdError } from '../../../../src/lib/domain/errors.ts';
import { digest, entry, manifest, NOW } from '../../../support/core.ts';

const ORIN = { host: 'orin', typed: (command: readonly string[]) => ['ssh', 'orin', ...command] };
const answer = (stdout: string, rest = {}) => ({ status: 0, stdout, stderr: '', ms: 1, ...rest });
const text = (parts: Record<string, string>) =>
  Object.entries(parts)
    .map(([name, body]) => `\x1e${name}\n${body}${body === '' ? '' : '\n'}`)
    .join('');
const sections = (parts: Record<string, string>) => sectionsOf(ORIN, answer(text({ ...parts, end: '' })));

const CONTAINER = {
  id: 'c1',
  name: '/app-backend-1',
  image: 'ghcr.io/acme/backend:dev',
  imageId: digest('1d'),
  state: 'running',
  health: 'healthy',
  exitCode: 0,
  startedAt: '2026-11-19T14:59:00.5Z',
  restarts: 2,
  restartPolicy: 'always',
  service: 'backend',
  oneoff: 'False',
  configFiles: '/opt/app/releases/d46/compose.yaml,/opt/app/releases/d46/hd.pins.yaml',
};
const image = (repository: string, tag: string, hex: string, id = digest('1d')) => ({
  repository,
  tag,
  digest: hex === '' ? '<none>' : digest(hex),
  id,
});
const lines = (...values: object[]) => values.map((each) => JSON.stringify(each)).join('\n');

function refused(doing: () => unknown): HdError {
  try {
    doing();
  } catch (error) {
    assert.ok(error instanceof HdError, String(error));
    return error;
  }
  return assert.fail('it succeeded');
}

describe('what a host answered', () => {
  it('is read section by section', () => {
    const first = canonical(entry({ deployment: 'd46' }));
    const d46 = manifest();
    const found = observedOf(
      'orin',
      sections({
        clock: String(NOW + 1500),
        containers: lines(CONTAINER),
        images: lines(
          image('ghcr.io/acme/backend', 'v1.3.2', '41c7'),
          image('tools', 'local', '', digest('2e')),
        ),
        engine: '26.1.5 /var/lib/docker',
        disk: 'Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/sda1 39062500 18554687 20507812 48% /',
        current: 'releases/d46',
        releases: `${JSON.stringify(manifest({ deployment: 'd45' }))}\n${JSON.stringify(d46)}`,
        files: 'aa11\nbb22',
        lock: '{"expires":30,"fence":4,"holder":{"actor":"login-b"},"since":1}',
        ledger: `812 0\n${first}`,
        envfiles: 'ok\nmissing\nworld-readable',
      }),
      ['.env', 'a.env', 'b.env'],
      NOW,
    );
    assert.deepEqual(found, {
      host: 'orin',
      at: NOW + 1500,
      skewMs: 1500,
      containers: [
        {
          service: 'backend',
          id: 'c1',
          name: 'app-backend-1',
          image: 'ghcr.io/acme/backend:dev',
          imageId: digest('1d'),
          digests: [digest('41c7')],
          tagMoved: false,
          state: 'running',
          health: 'healthy',
          exitCode: 0,
          restarts: 2,
          restartPolicy: 'always',
          startedAt: Date.parse('2026-11-19T14:59:00.500Z'),
          deployment: 'd46',
        },
      ],
      images: [`ghcr.io/acme/backend@${digest('41c7')}`],
      current: d46,
      releases: [manifest({ deployment: 'd45' }), d46],
      files: ['aa11', 'bb22'],
      lock: { expires: 30, fence: 4, holder: { actor: 'login-b' }, since: 1 },
      ledger: {
        lines: [{ entry: entry({ deployment: 'd46' }), hash: sha256(first) }],
        count: 812,
        head: sha256(first),
      },
      disk: { freeBytes: 20_999_999_488, totalBytes: 40_000_000_000 },
      envFiles: [
        { path: '.env' },
        { path: 'a.env', problem: 'missing' },
        { path: 'b.env', problem: 'world-readable' },
      ],
    });
  });

  it('may be that there is nothing yet', () => {
    const empty = {
      clock: '',
      containers: '',
      images: '',
      engine: '',
      disk: '',
      current: '',
      releases: '',
      files: '',
      lock: '',
      ledger: '',
      envfiles: '',
    };
    const found = observedOf('orin', sections(empty), [], NOW);
    assert.deepEqual(
      [found.at, found.containers, found.images, found.current, found.releases, found.files, found.lock],
      [NOW, [], [], undefined, [], [], undefined],
    );
    assert.deepEqual(found.ledger, { lines: [], count: 0 });
  });

  for (const [what, change, wanted] of [
    ['no healthcheck', { health: null }, { health: undefined }],
    ['no start yet', { startedAt: '0001-01-01T00:00:00Z', state: 'created' }, { startedAt: 0 }],
    ["files that are not hd's", { configFiles: '/srv/app/compose.yaml' }, { deployment: undefined }],
    ['no files at all', { configFiles: null }, { deployment: undefined }],
  ] as const) {
    it(`tells a container with ${what}`, () => {
      const [found] = containersOf('orin', sections({ containers: lines({ ...CONTAINER, ...change }) }));
      for (const [key, value] of Object.entries(wanted))
        assert.equal(found?.[key as keyof typeof found], value);
    });
  }

  it('leaves out what is no service, and what compose ran once', () => {
    const found = sections({
      containers: lines({ ...CONTAINER, service: null }, { ...CONTAINER, oneoff: 'True' }),
    });
    assert.deepEqual(containersOf('orin', found), []);
  });

  it('knows an image by every digest, each once, and sees that its tag moved', () => {
    const images = lines(
      image('ghcr.io/acme/backend', '<none>', '41c7'),
      image('mirror:5000/backend', 'dev', '77'),
      image('other:5000/backend', 'dev', '41c7'),
      image('ghcr.io/acme/backend', 'dev', '9f2c', digest('2e')),
    );
    const [found] = containersOf('orin', sections({ containers: lines(CONTAINER), images }));
    assert.deepEqual(found?.digests, [digest('41c7'), digest('77')]);
    assert.equal(found.tagMoved, true);
  });

  it('is not believed when it was cut', () => {
    for (const cut of ['', '\x1eclock\n17', text({ containers: '', images: '' }), '\x1eend']) {
      const error = refused(() => sectionsOf(ORIN, answer(cut, { status: 1, stderr: 'sh: broken\n' })));
      assert.deepEqual([error.code, error.exit], ['host-answer', 11]);
      assert.equal(error.message, 'orin could not be observed: exit 1');
      assert.deepEqual(error.facts, [{ label: 'seen', text: 'on orin:', foreign: ['sh: broken'] }]);
    }
  });

  it('is not believed when a line is no JSON', () => {
    const error = refused(() => containersOf('orin', sections({ containers: '{"id":"c1","na' })));
    assert.deepEqual([error.code, error.message], ['host-answer', 'orin answered a line that is not JSON']);
    assert.deepEqual(refused(() => ledgerLines('orin', '{"v":1}\n{"v":')).code, 'ledger-broken');
  });

  it("may hold remarks of Docker's", () => {
    const found = sections({ containers: `WARNING: no blkio weight support\n${lines(CONTAINER)}` });
    assert.equal(containersOf('orin', found).length, 1);
  });

  it('says why Docker may not be used, or does not answer', () => {
    const denied = refused(() =>
      sectionsOf(ORIN, answer('\x1eerror\npermission denied while trying to connect\n', { status: 77 })),
    );
    assert.deepEqual(
      [denied.code, denied.exit, denied.message],
      ['docker-permission', 4, 'Docker on orin may not be used by this user'],
    );
    assert.deepEqual(denied.next[0]?.command, ['ssh', 'orin', 'id']);
    const down = refused(() =>
      sectionsOf(ORIN, answer('\x1eerror\nCannot connect to the Docker daemon\n', { status: 77 })),
    );
    assert.deepEqual(
      [down.code, down.exit, down.message],
      ['docker-unreachable', 11, 'Docker on orin does not answer'],
    );
    assert.deepEqual(down.facts[0]?.foreign, ['Cannot connect to the Docker daemon']);
  });

  it('takes a lock file that says nothing for no lock', () => {
    for (const noise of ['', 'x', '{"fence":', '7', 'null']) assert.equal(lockOf(noise), undefined);
  });
});

describe('what a program on a host came to', () => {
  it('is done, or refused, or failed by name', () => {
    expectDone(ORIN, 'shipping releases/d1', answer(''));
    const stale = refused(() => expectDone(ORIN, 'shipping releases/d1', answer('', { status: 75 })));
    assert.deepEqual([stale.code, stale.exit], ['lock-lost', 8]);
    const full = refused(() =>
      expectDone(
        ORIN,
        'shipping releases/d1',
        answer('', { status: 74, stderr: 'dd: No space left on device\n' }),
      ),
    );
    assert.deepEqual([full.code, full.message], ['disk-full', 'shipping releases/d1 on orin: no space left']);
    const other = refused(() =>
      expectDone(ORIN, 'shipping releases/d1', answer('', { status: 2, stderr: 'x\n' })),
    );
    assert.deepEqual(
      [other.code, other.exit, other.message],
      ['host-effect', 11, 'shipping releases/d1 on orin: exit 2'],
    );
  });

  it('never concerns a path outside', () => {
    for (const path of ['a', 'a/b c', '.env', '..a', 'a..', '-n', 'ü']) expectPath('orin', path);
    for (const path of ['', '/', '/a', 'a/', '.', '..', 'a/../b', 'a\0', 'a\tb', ' a']) {
      assert.equal(refused(() => expectPath('orin', path)).code, 'bad-path', JSON.stringify(path));
    }
  });
});
