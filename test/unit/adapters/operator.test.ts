import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { secretVariables } from '../../../src/lib/adapters/secret-variables.ts';
import { heldRedaction } from '../../../src/lib/domain/secret.ts';
import { systemClock } from '../../../src/lib/adapters/clock.ts';
import { repositoryOf } from '../../../src/lib/adapters/git-remote.ts';
import { createIdentity } from '../../../src/lib/adapters/identity.ts';
import { createPrompt } from '../../../src/lib/adapters/prompt.ts';
import { findToken, githubServer, tokenVariables } from '../../../src/lib/adapters/token.ts';

describe('which GitHub', () => {
  const cases: readonly [string, Record<string, string>, string, string, string][] = [
    ['none named', {}, 'github.com', 'https://api.github.com', 'https://github.com'],
    [
      'GH_HOST of an Enterprise server',
      { GH_HOST: 'ghe.acme.example' },
      'ghe.acme.example',
      'https://ghe.acme.example/api/v3',
      'https://ghe.acme.example',
    ],
    [
      'GH_HOST of ghe.com',
      { GH_HOST: 'acme.ghe.com' },
      'acme.ghe.com',
      'https://api.acme.ghe.com',
      'https://acme.ghe.com',
    ],
    [
      'GITHUB_API_URL of github.com',
      { GITHUB_API_URL: 'https://api.github.com' },
      'github.com',
      'https://api.github.com',
      'https://github.com',
    ],
    [
      'GITHUB_API_URL of ghe.com',
      { GITHUB_API_URL: 'https://api.acme.ghe.com/' },
      'acme.ghe.com',
      'https://api.acme.ghe.com',
      'https://acme.ghe.com',
    ],
    [
      'GITHUB_API_URL wins over GH_HOST',
      { GITHUB_API_URL: 'http://127.0.0.1:8080/api/v3', GH_HOST: 'x.example' },
      '127.0.0.1:8080',
      'http://127.0.0.1:8080/api/v3',
      'http://127.0.0.1:8080',
    ],
    [
      'GITHUB_SERVER_URL beside it',
      { GITHUB_API_URL: 'https://g.example/api/v3', GITHUB_SERVER_URL: 'https://web.example' },
      'g.example',
      'https://g.example/api/v3',
      'https://web.example',
    ],
  ];
  for (const [name, env, host, apiUrl, webUrl] of cases) {
    it(name, () => {
      const server = githubServer(env);
      assert.deepEqual([server.host, server.apiUrl, server.webUrl], [host, apiUrl, webUrl]);
    });
  }
});

describe('the token', () => {
  it('is GH_TOKEN, then GITHUB_TOKEN, then what gh has', async () => {
    const server = githubServer({});
    const both = await findToken({ GH_TOKEN: 'one', GITHUB_TOKEN: 'two' }, server);
    assert.deepEqual([both?.source, both?.token.reveal()], ['GH_TOKEN', 'one']);
    assert.equal((await findToken({ GH_TOKEN: ' ', GITHUB_TOKEN: 'two\n' }, server))?.token.reveal(), 'two');
  });

  it('of gh is asked for the server that is meant', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hd-gh-'));
    await writeFile(
      join(folder, 'gh'),
      '#!/bin/sh\n[ "$*" = "auth token --hostname ghe.example" ] && echo from-gh\n',
    );
    await chmod(join(folder, 'gh'), 0o755);
    const env = { PATH: [folder, process.env['PATH']].join(delimiter), GH_TOKEN: 'for github.com' };
    const found = await findToken(env, githubServer({ GH_HOST: 'ghe.example' }));
    assert.deepEqual([found?.source, found?.token.reveal()], ['gh auth token', 'from-gh']);
    assert.equal(await findToken({ PATH: folder }, githubServer({})), undefined);
    await rm(folder, { recursive: true });
  });

  it('is undefined without gh, and a string nowhere', async () => {
    assert.equal(await findToken({ PATH: '/nonexistent' }, githubServer({})), undefined);
    const found = await findToken({ GH_TOKEN: 'one' }, githubServer({}));
    assert.doesNotMatch(JSON.stringify(found), /"one"/);
  });

  it('of github.com is not sent to a server that only GH_HOST names', () => {
    const enterprise = ['GH_ENTERPRISE_TOKEN', 'GITHUB_ENTERPRISE_TOKEN'];
    assert.deepEqual(tokenVariables(githubServer({ GH_HOST: 'ghe.example' })), enterprise);
    assert.deepEqual(tokenVariables(githubServer({ GITHUB_API_URL: 'https://ghe.example/api/v3' })), [
      ...enterprise,
      'GH_TOKEN',
      'GITHUB_TOKEN',
    ]);
    assert.deepEqual(tokenVariables(githubServer({ GH_HOST: 'acme.ghe.com' })), ['GH_TOKEN', 'GITHUB_TOKEN']);
  });
});

describe('who is at the keyboard', () => {
  it('is the login that GitHub proves', async () => {
    const actor = await createIdentity({}, () => Promise.resolve('login-a')).actor();
    assert.deepEqual(actor, { name: 'login-a', proven: true, machine: hostname() });
  });

  it('is the system’s user when GitHub is silent or says no', async () => {
    for (const viewer of [() => Promise.resolve(undefined), () => Promise.reject(new Error('401'))]) {
      const actor = await createIdentity({}, viewer).actor();
      assert.deepEqual([actor.name, actor.proven], [userInfo().username, false]);
    }
  });

  it('is the actor that Actions names, not proven', async () => {
    const env = { GITHUB_ACTIONS: 'true', GITHUB_ACTOR: 'login-b' };
    const actor = await createIdentity(env, () => Promise.resolve(undefined)).actor();
    assert.deepEqual([actor.name, actor.proven], ['login-b', false]);
  });

  it('is asked for once', async () => {
    let asked = 0;
    const identity = createIdentity({}, () => Promise.resolve(`login-${(asked += 1)}`));
    assert.equal((await identity.actor()).name, (await identity.actor()).name);
  });

  it('does not wait for GitHub for ever', async function () {
    this.timeout(8000);
    const actor = await createIdentity({}, () => new Promise(() => undefined)).actor();
    assert.equal(actor.proven, false);
  });
});

describe('the repository of a remote', () => {
  const acme = { owner: 'acme', name: 'health.delta' };
  const cases: readonly [string, object | undefined][] = [
    ['https://github.com/acme/health.delta.git', acme],
    ['https://github.com/acme/health.delta/', acme],
    ['git@github.com:acme/health.delta.git', acme],
    ['ssh://git@ghe.example:2222/acme/health.delta', acme],
    ['https://user:secret@github.com/acme/health.delta', acme],
    ['/srv/git/acme/health.delta.git', undefined],
    ['../acme/health.delta', undefined],
    ['file:///srv/acme/health.delta', undefined],
    ['https://github.com/acme', undefined],
    ['https://github.com/-acme/x', undefined],
  ];
  for (const [url, found] of cases) it(url, () => assert.deepEqual(repositoryOf(url), found));
});

describe('the secrets of the environment', () => {
  const values = (env: Record<string, string>) => secretVariables(env).map((each) => each.reveal());

  it('are the values of variables that are called so, and passwords in URLs', () => {
    const env = {
      GH_TOKEN: 'ghp_abc/def+1',
      DB_PASSWORD: 'hunter22',
      PGPASSFILE: '/home/op/.pgpass',
      TOKEN_FILE: '/run/token-file',
      SHORT_TOKEN: 'abc',
      HOME: '/home/op',
      https_proxy: 'http://ana:p%40ss@proxy.example:3128',
      REMOTE: 'https://github.com/acme/x:y git@github.com:acme/x https://git@github.com/acme/x',
      PUSH: 'to https://ghp_01234567890123456789@github.com/acme/x',
    };
    const found = ['ghp_abc/def+1', 'hunter22', 'p%40ss', 'p@ss', 'ghp_01234567890123456789'];
    assert.deepEqual(values(env), found);
  });

  it('and are taken out of what is said from then on', () => {
    const redact = heldRedaction();
    values({ DB_PASSWORD: 'hunter-of-1000' });
    assert.equal(redact(`login ${btoa('ana:hunter-of-1000')} failed`), 'login YW5hO[redacted] failed');
  });
});

describe('the clock', () => {
  it('wakes early, without an error, when the signal fires', async () => {
    const controller = new AbortController();
    const slept = systemClock.sleep(60_000, controller.signal);
    controller.abort(new Error('stop'));
    await slept;
    await systemClock.sleep(60_000, controller.signal);
  });
});

describe('a prompt without a terminal', () => {
  it('asks nothing', async () => {
    const { signal } = new AbortController();
    const prompt = createPrompt({ interactive: false, ascii: false, signal });
    await assert.rejects(prompt.text('Name'), /without a terminal/);
    await assert.rejects(prompt.confirm('Go on?'), /without a terminal/);
    await assert.rejects(prompt.choose([{ text: 'v1', disabled: false }], 'HEAD'), /without a terminal/);
  });
});
