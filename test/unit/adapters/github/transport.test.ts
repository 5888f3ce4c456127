import assert from 'node:assert/strict';
import { webUrlOf } from '../../../../src/lib/adapters/github/index.ts';
import { translate } from '../../../../src/lib/adapters/github/failures.ts';
import { createTransport } from '../../../../src/lib/adapters/github/transport.ts';
import { HdError } from '../../../../src/lib/domain/errors.ts';
import { startServer } from '../../../support/oci.ts';

describe('the transport below octokit', () => {
  const json = { 'content-type': 'application/json; charset=utf-8' };
  const against = async (
    handle: Parameters<typeof startServer>[0],
    work: (url: string) => Promise<void>,
  ): Promise<void> => {
    const server = await startServer(handle);
    try {
      await work(`http://${server.host}/x`);
    } finally {
      await server.stop();
    }
  };
  const transport = (options: { timeoutMs?: number; maxBytes?: number } = {}) =>
    createTransport({ fetch, timeoutMs: 5000, ...options });

  it('asks again with the ETag, and answers a 304 from memory', async () => {
    const asked: (string | undefined)[] = [];
    await against(
      (request, response) => {
        asked.push(request.headers['if-none-match']);
        const same = request.headers['if-none-match'] === '"1"';
        response.writeHead(same ? 304 : 200, { ...json, etag: '"1"' }).end(same ? undefined : '{"a":1}');
      },
      async (url) => {
        const get = transport();
        for (let n = 0; n < 2; n += 1) {
          const answer = await get(url, { method: 'GET' });
          assert.deepEqual([answer.status, await answer.json(), answer.url], [200, { a: 1 }, url]);
        }
        await get(url, { method: 'GET', headers: { accept: 'text/plain' } });
        await get(url, { method: 'POST' });
      },
    );
    assert.deepEqual(asked, [undefined, '"1"', undefined, undefined]);
  });

  it('rejects JSON that ends early, whether a length was promised or not', async () => {
    for (const headers of [json, { ...json, 'content-length': '100' }])
      await against(
        (_request, response) => {
          response.writeHead(200, headers);
          response.write('{"a":', () => ('content-length' in headers ? response.destroy() : response.end()));
        },
        async (url) => {
          await assert.rejects(transport()(url, { method: 'GET' }));
        },
      );
  });

  it('ends after its time, also in the middle of a body', async () => {
    await against(
      (_request, response) => {
        response.writeHead(200, json);
        response.write('{');
      },
      async (url) => {
        await assert.rejects(transport({ timeoutMs: 50 })(url, { method: 'GET' }), { name: 'TimeoutError' });
      },
    );
  });

  it('does not read without end', async () => {
    await against(
      (_request, response) => response.end('x'.repeat(1000)),
      async (url) => {
        await assert.rejects(transport({ maxBytes: 999 })(url), /longer than 999 bytes/);
        assert.equal((await (await transport({ maxBytes: 1000 })(url)).text()).length, 1000);
      },
    );
  });
});

describe('where GitHub is', () => {
  for (const [api, web] of [
    ['https://api.github.com', 'https://github.com'],
    ['https://github.example.com/api/v3', 'https://github.example.com'],
    ['https://api.acme.ghe.com', 'https://acme.ghe.com'],
    ['http://127.0.0.1:4711/api/v3', 'http://127.0.0.1:4711'],
    ['https://api.example.com', 'https://api.example.com'],
  ] as const)
    it(`${api} → ${web}`, () => assert.equal(webUrlOf(api), web));
});

describe('GitHub’s failures in our words', () => {
  const refused = (status: number, headers: Record<string, string> = {}, message = 'no') =>
    Object.assign(new Error(message), {
      status,
      request: { method: 'GET', url: 'https://api.github.com/repos/acme/healthdelta/tags' },
      response: { headers, data: { message } },
    });
  const words = (error: unknown, hasToken = true) => {
    const ours = translate(error, 'list the tags', 'acme/healthdelta', hasToken);
    assert.ok(ours instanceof HdError);
    return `${ours.exit} ${ours.code}: ${ours.message}`;
  };

  it('name the thing and the exit code', () => {
    assert.equal(
      words(
        refused(403, { 'x-accepted-github-permissions': 'contents=write; contents=write,workflows=write' }),
      ),
      '4 github-permission: the token may not list the tags: it lacks contents=write; contents=write,workflows=write on acme/healthdelta',
    );
    assert.equal(words(refused(401)), '4 github-token: api.github.com does not accept the token');
    assert.equal(
      words(refused(404), false),
      '4 github-token: GitHub needs a token to list the tags, and there is none',
    );
    assert.match(
      words(refused(404)),
      /^4 github-permission: GitHub has no acme\/healthdelta that this token may see/,
    );
    assert.match(
      words(refused(429, { 'retry-after': '7' }, 'a secondary rate limit')),
      /^11 github-rate-limit: .*ends in 7 s/,
    );
    assert.match(
      words(refused(403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '0' })),
      /ends at 00:00:00Z/,
    );
    assert.match(
      words(refused(422, {}, 'tag_name was used by an immutable release')),
      /^5 github-refused: .*immutable release/,
    );
    assert.match(
      words(refused(503)),
      /^11 github-unreachable: api\.github\.com can't be reached to list the tags: it answered 503/,
    );
  });

  it('leave alone what is not GitHub’s', () => {
    const bug = new TypeError('x is not a function');
    assert.equal(translate(bug, 'x', 'y', true), bug);
  });
});
