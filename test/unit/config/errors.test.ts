import assert from 'node:assert/strict';
import { complaints, withEnvironments } from './support.ts';

/** Golden texts: what a person sees, in whole. */
const screens: readonly (readonly [what: string, file: string, screen: string])[] = [
  [
    'an unknown key, with the nearest known one',
    withEnvironments('  prod:\n    hosts: [prod-1]\n    rollout: {settle: 1s, max_downtme: 0s}\n'),
    `hd.yml:6:27  environments.prod.rollout: no such key, max_downtme
  6 |     rollout: {settle: 1s, max_downtme: 0s}
    |                           ^^^^^^^^^^^
  write      max_downtime`,
  ],
  [
    'a key of a later version, with all that there are',
    withEnvironments('  a: {hosts: [h], soak: 15m}\n'),
    `hd.yml:4:19  environments.a: no such key, soak
  4 |   a: {hosts: [h], soak: 15m}
    |                   ^^^^
  write      extends, production, hosts, directory, project, compose, env_files,
             url, probe, rollout, checks, github, via, policy or keep`,
  ],
  [
    'everything at once, in the order of the text',
    `app: My Shop
images:
  web: ghcr.io/acme/web:v1
  api: {tag: latest}
environments:
  a:
    hosts: web-1
    keep: 0
    probe: hosts
    production: yes
    rollout: {settle: 3}
`,
    `hd.yml:1:6  app: not a name for a compose project
  1 | app: My Shop
    |      ^^^^^^^
  write      small letters, digits, - and _; a letter or digit first

hd.yml:3:8  images.web: no tag and no digest here
  3 |   web: ghcr.io/acme/web:v1
    |        ^^^^^^^^^^^^^^^^^^^
  write      ghcr.io/acme/web; which tag, the release says

hd.yml:4:8  images.api: repository is missing
  4 |   api: {tag: latest}
    |        ^^^^^^^^^^^^^
  write      repository: ghcr.io/acme/worker

hd.yml:4:14  images.api.tag: not a tag of an image with {version} in it
  4 |   api: {tag: latest}
    |              ^^^^^^
  write      v{version}

hd.yml:7:12  environments.a.hosts: wants a list, got text
  7 |     hosts: web-1
    |            ^^^^^
  write      [web-1]

hd.yml:8:11  environments.a.keep: too small
  8 |     keep: 0
    |           ^
  write      1 or more

hd.yml:9:12  environments.a.probe: no such value, hosts
  9 |     probe: hosts
    |            ^^^^^
  write      host

hd.yml:10:17  environments.a.production: wants true or false, got text
  10 |     production: yes
     |                 ^^^
  write      true

hd.yml:11:23  environments.a.rollout.settle: wants a duration, got a number
  11 |     rollout: {settle: 3}
     |                       ^
  write      3s`,
  ],
  [
    'a problem in an inherited value, once and where it stands',
    withEnvironments('  a: {hosts: [h], keep: many}\n  b: {extends: a}\n  c: {extends: b}\n'),
    `hd.yml:4:25  environments.a.keep: wants a whole number, got text
  4 |   a: {hosts: [h], keep: many}
    |                         ^^^^`,
  ],
  [
    'an unknown parent, and one that leads back',
    withEnvironments('  a: {hosts: [h]}\n  b: {extends: aa}\n  c: {extends: d}\n  d: {extends: c}\n'),
    `hd.yml:5:16  environments.b.extends: no such environment, aa
  5 |   b: {extends: aa}
    |                ^^
  write      a

hd.yml:7:16  environments.d.extends: goes in a circle: c → d → c
  7 |   d: {extends: c}
    |                ^`,
  ],
  [
    'a key that stands twice',
    withEnvironments('  a: {hosts: [h]}\n  a: {hosts: [g]}\n'),
    `hd.yml:5:3  environments: the key stands twice, a
  5 |   a: {hosts: [g]}
    |   ^
  write      it once`,
  ],
  [
    'what is missing',
    'images: {}\n',
    `hd.yml:1:1  app is missing
  1 | images: {}
    | ^
  write      app: healthdelta

hd.yml:1:1  environments is missing
  1 | images: {}
    | ^
  write      environments: {orin: {hosts: [orin]}}

hd.yml:1:9  images: at least one image
  1 | images: {}
    |         ^^
  write      backend: ghcr.io/owner/name`,
  ],
  [
    'a file for another hd, and nothing else of it',
    `requires: ">=2.0.0"\nnew_key: 1\n`,
    `hd.yml:1:11  requires: this is hd 0.1.0, the file needs >=2.0.0
  1 | requires: ">=2.0.0"
    |           ^^^^^^^^^
  write      nothing here; install an hd that is >=2.0.0`,
  ],
  [
    'a limit that nothing could measure',
    withEnvironments(
      '  a: {hosts: [h], rollout: {max_downtime: 1s}, checks: {live: {}, smoke: [{name: s, path: /}]}}',
    ),
    `hd.yml:4:43  environments.a.rollout.max_downtime: needs the url of the
  environment
  4 |   a: {hosts: [h], rollout: {max_downtime: 1s}, checks: {live: {}, smoke: …
    |                                           ^^
  write      url: http://127.0.0.1:8000

hd.yml:4:63  environments.a.checks.live: needs the url of the environment
  4 |   a: {hosts: [h], rollout: {max_downtime: 1s}, checks: {live: {}, smoke: …
    |                                                               ^^
  write      url: http://127.0.0.1:8000

hd.yml:4:75  environments.a.checks.smoke[0]: needs the url of the environment
  4 | …llout: {max_downtime: 1s}, checks: {live: {}, smoke: [{name: s, path: /}…
    |                                                        ^^^^^^^^^^^^^^^^^^
  write      url: http://127.0.0.1:8000`,
  ],
  [
    'a command that would need a shell',
    withEnvironments('  a: {hosts: [h], checks: {smoke: [{name: s, run: npm run smoke}]}}'),
    `hd.yml:4:51  environments.a.checks.smoke[0].run: wants a list, got text
  4 |   a: {hosts: [h], checks: {smoke: [{name: s, run: npm run smoke}]}}
    |                                                   ^^^^^^^^^^^^^
  write      [npm, run, smoke]`,
  ],
  [
    'what is no YAML',
    'app: [shop\nimages: {}\n',
    `hd.yml:2:1  not YAML: flow sequence in block collection must be sufficiently
  indented and end with a ]
  2 | images: {}
    | ^`,
  ],
  [
    'the merge key of YAML 1.1',
    withEnvironments('  a: &a {hosts: [h]}\n  b: {hosts: [h], <<: *a, keep: 2}'),
    `hd.yml:5:19  environments.b: no such key, <<
  5 |   b: {hosts: [h], <<: *a, keep: 2}
    |                   ^^
  write      extends, production, hosts, directory, project, compose, env_files,
             url, probe, rollout, checks, github, via, policy or keep`,
  ],
];

describe('errors in hd.yml', () => {
  for (const [what, file, screen] of screens) {
    it(what, () => assert.equal(complaints(file), screen));
  }

  it('are no wider than 80 columns and hold no control character', () => {
    const long = withEnvironments(
      `  a: {hosts: [h], keep: "${'x'.repeat(500)}", "${'k'.repeat(300)}": "\u001b[31m\u202e", url: "${'é'.repeat(100)}"}`,
    );
    for (const line of complaints(long).split('\n')) {
      // A name never breaks, so a line may be as long as the one word that it must hold.
      if (!/no such key/.test(line) && !/k{300}/.test(line)) assert.ok(line.length <= 80, line);
      assert.doesNotMatch(line, /[\p{Cc}\p{Cf}]/u);
    }
  });

  it('are shown up to twenty, and the rest counted', () => {
    const keys = Array.from({ length: 30 }, (_, index) => `key${index}: 1`).join('\n');
    const lines = complaints(`${withEnvironments('  a: {hosts: [h]}')}\n${keys}\n`).split('\n');
    assert.equal(lines.filter((line) => line.startsWith('hd.yml:')).length, 20);
    assert.equal(lines.at(-1), '10 more errors');
  });
});

describe('unsafe values are refused', () => {
  const at = (text: string): string => withEnvironments(`  a: {hosts: [h], ${text}}`);
  const rows: readonly (readonly [string, string])[] = [
    ['a host that would be an option', withEnvironments('  a: {hosts: ["-oProxyCommand=id"]}')],
    ['a host with a blank', withEnvironments('  a: {hosts: ["a b"]}')],
    ['an address that would be an option', withEnvironments('  a: {hosts: [{name: h, address: "-x"}]}')],
    ['a user that would be an option', withEnvironments('  a: {hosts: [{name: h, user: "-l"}]}')],
    ['a key that would be an option', withEnvironments('  a: {hosts: [{name: h, identity_file: "-x"}]}')],
    ['local with an address', withEnvironments('  a: {hosts: [{name: local, address: 10.0.0.1}]}')],
    ['a host twice', withEnvironments('  a: {hosts: [h, {name: h}]}')],
    ['no host', withEnvironments('  a: {hosts: []}')],
    ['an environment that would be an option', withEnvironments('  -a: {hosts: [h]}')],
    ['an environment of a folder', withEnvironments('  ../a: {hosts: [h]}')],
    ['an environment named __proto__', withEnvironments('  __proto__: {hosts: [h]}')],
    ['an absolute compose file', at('compose: [/etc/passwd]')],
    ['a compose file that leaves', at('compose: [deploy/../../x.yaml]')],
    ['a compose file that would be an option', at('compose: [--help]')],
    ['no compose file', at('compose: []')],
    ['an env file outside', at('env_files: [../.env]')],
    ['an absolute env file', at('env_files: [/etc/shadow]')],
    ['a relative directory', at('directory: opt/x')],
    ['a directory that goes up', at('directory: /opt/../etc')],
    ['the root', at('directory: /')],
    ['a directory with a line break', at('directory: "/opt/a\\nb"')],
    ['a url of a file', at('url: "file:///etc/passwd"')],
    ['a url with a password', at('url: "http://a:b@h/"')],
    ['a url with a query', at('url: "http://h/?a=1"')],
    ['a url that is none', at('url: "http://"')],
    ['a path that is another host', at('url: "http://h", checks: {live: {path: //evil/x}}')],
    ['a path with a line break', at('url: "http://h", checks: {live: {path: "/a\\r\\nb"}}')],
    [
      'a token instead of its name',
      at('url: "http://h", checks: {smoke: [{name: s, path: /, token_env: "a b"}]}'),
    ],
    ['two smoke checks of one name', at('checks: {smoke: [{name: s, run: [a]}, {name: s, run: [b]}]}')],
    ['a command without a program', at('checks: {smoke: [{name: s, run: []}]}')],
    ['a text over two lines', at('checks: {logs: {forbid: ["a\\nb"]}}')],
    ['an empty text, in every line', at('checks: {logs: {forbid: [""]}}')],
    ['a project that compose refuses', at('project: Shop')],
    ['a port that is none', withEnvironments('  a: {hosts: [{name: h, port: 65536}]}')],
    ['a wait without end', at('rollout: {timeout: 25h}')],
    ['a repository that is a path', `repository: ../x\n${at('keep: 1')}`],
    ['a branch that would be an option', `release: {branch: --all}\n${at('keep: 1')}`],
    ['a workflow elsewhere', `release: {workflow: ../x.yml}\n${at('keep: 1')}`],
    [
      'an image with a digest',
      `images: {a: "ghcr.io/a/b@sha256:${'0'.repeat(64)}"}\napp: a\nenvironments: {a: {hosts: [h]}}`,
    ],
    ['an image that would be an option', 'images: {a: "-v"}\napp: a\nenvironments: {a: {hosts: [h]}}'],
    ['a service that would be an option', 'images: {"--x": a/b}\napp: a\nenvironments: {a: {hosts: [h]}}'],
    ['a ledger on a branch', `ledger: {git_ref: refs/heads/main}\n${at('keep: 1')}`],
    ['a ledger on GitHub’s own refs', `ledger: {git_ref: refs/pull}\n${at('keep: 1')}`],
    ['a ledger that leaves refs', `ledger: {git_ref: refs/hd/../heads}\n${at('keep: 1')}`],
    ['an environment over two lines', at('github: {environment: "a\\nb"}')],
    ['a registry with a path', `registries: {"a/b": {insecure: true}}\n${at('keep: 1')}`],
  ];
  for (const [what, text] of rows) {
    it(what, () => assert.match(complaints(text), /^hd\.yml:\d+:\d+ {2}/));
  }
});
