import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  closing,
  escalation,
  readClosing,
  reminder,
} from '../../../../src/lib/domain/approval/hd-comments.ts';
import { sha256 } from '../../../../src/lib/domain/canonical.ts';
import { standingOf } from '../../../../src/lib/domain/approval/count.ts';
import { isOwn, isWhole, readRequest, type IssueText } from '../../../../src/lib/domain/approval/read.ts';
import {
  requestBody,
  requestTitle,
  type RequestTold,
} from '../../../../src/lib/domain/approval/request-text.ts';
import { readWord } from '../../../../src/lib/domain/approval/words.ts';
import { digest } from '../../../support/core.ts';
import { ASKED, DAY, facts, PLAN, request, says, URL } from './facts.ts';

const FROM = '5b0d9a4'.padEnd(40, '0');
const TO = '8c3f2e1'.padEnd(40, '0');

function told(rest: Partial<RequestTold> = {}, story: Partial<RequestTold['story']> = {}): RequestTold {
  return {
    ...{ environment: 'prod', verb: 'deploy', what: 'v1.4.0', plan: PLAN, requester: 'login-a' },
    ...{ askedAt: ASKED, expiresAt: ASKED + DAY, serves: 'v1.3.2 on 3 of 3 hosts' },
    roles: [
      { role: 'tech-lead', needed: 1, meaning: 'approval', asked: ['login-b', 'acme/leads'] },
      { role: 'qa-lead', needed: 2, meaning: 'review', asked: ['login-c', 'login-e'] },
    ],
    stages: [
      {
        name: 'ship',
        hosts: ['prod-1', 'prod-2', 'prod-3'],
        what: 'files of v1.4.0',
        because: 'compose differs',
      },
      { name: 'switch', hosts: ['prod-1', 'prod-2', 'prod-3'], what: 'backend', because: 'digest differs' },
    ],
    story: {
      commits: {
        from: FROM,
        to: TO,
        total: 9,
        list: [{ sha: TO, title: 'Measure `sleep` in local time', author: 'login-b' }],
      },
      pulls: [{ number: 412, title: 'Sleep', url: 'https://elsewhere.invalid', author: 'login-b' }],
      images: [
        { service: 'backend', repository: 'ghcr.io/acme/backend', from: digest('41c7'), to: digest('9f2c') },
        { service: 'postgres', repository: 'postgres', from: digest('aa'), to: digest('aa') },
      ],
      files: [
        {
          path: 'compose.yaml',
          change: 'changed',
          diff: ['@@ -4 +4 @@', '-    mem_limit: 512m', '+    mem_limit: 768m'],
        },
      ],
      expectedMs: { ship: 1100, switch: 72_000, all: 106_000 },
      wayBack: { name: 'v1.3.2', expectedMs: 40_000 },
      ...story,
    },
    repositoryUrl: 'https://github.com/acme/healthdelta',
    ...rest,
  };
}

const issue = (body: string, author = 'login-a'): IssueText => ({
  number: 431,
  url: URL,
  body,
  author,
  open: true,
  at: ASKED + 2000,
});

describe('the request for approval', () => {
  it('shows what would change in a form that a person can judge', () => {
    assert.equal(requestTitle(told()), 'Approve: deploy v1.4.0 to prod, plan 7c1e09ab42d8');
    const hash = sha256(requestBody(told()).split('\n').slice(1).join('\n').trim());
    assert.equal(
      requestBody(told()),
      `<!-- hd:approval {"asked":"2026-11-19T15:02:00.000Z","environment":"prod","expires":"2026-11-20T15:02:00.000Z","plan":"${PLAN}","requester":"login-a","text":"${hash}","v":1,"verb":"deploy","what":"v1.4.0"} -->
\`login-a\` asks to deploy \`v1.4.0\` to \`prod\`, until **2026-11-20 15:02 UTC**.

- \`tech-lead\`: 1 (approval) of @login-b, @acme/leads
- \`qa-lead\`: 2 (review) of @login-c, @login-e

\`hd approve prod --comment WHY\`, or a comment here that begins with this line, and says why below it:

\`\`\`text
hd approve 7c1e09ab42d8
WHY
\`\`\`

\`hd reject prod --comment WHY\`, or \`hd reject 7c1e09ab42d8\` in the same form, ends this request for good.
Who has several roles may end the line with \` as ROLE\`. A comment that is edited, gives no reason or is made by
\`login-a\` does not count; nor does any once this text was changed. Closing this issue withdraws it.

### What changes

- serves now: \`v1.3.2 on 3 of 3 hosts\`; then \`v1.4.0\`
- \`backend\`, \`ghcr.io/acme/backend\`: \`${digest('41c7')}\` → \`${digest('9f2c')}\`
- \`postgres\`, \`postgres\`: stays \`${digest('aa')}\`
- ship on \`prod-1..3\`: \`files of v1.4.0\`, because \`compose differs\`, about 1s
- switch on \`prod-1..3\`: \`backend\`, because \`digest differs\`, about 1m 12s
- expected to take 1m 46s, as the last ones did
- way back: \`v1.3.2\` in about 40s

### Commits

9 in all: [5b0d9a4…8c3f2e1](https://github.com/acme/healthdelta/compare/${FROM}...${TO})

- \`8c3f2e1\` \`\`Measure \`sleep\` in local time\`\` by \`login-b\`
- and 8 before them

### Pull requests

- [#412](https://github.com/acme/healthdelta/pull/412) \`Sleep\` by \`login-b\`

### Files

\`compose.yaml\` changed

\`\`\`diff
@@ -4 +4 @@
-    mem_limit: 512m
+    mem_limit: 768m
\`\`\`


Plan \`${PLAN}\`
`,
    );
  });

  it('says of a release that lies behind what serves what is taken back', () => {
    const { commits } = told().story;
    assert.ok(commits);
    const body = requestBody(told({}, { commits: { ...commits, back: true } }));
    assert.match(body, /^9 are taken back: \[5b0d9a4…8c3f2e1\]\(.*compare\/8c3f2e10+\.\.\.5b0d9a40+\)$/m);
  });

  it('says that there is no way back, and leaves out what is not known', () => {
    const { commits: _, wayBack: __, ...story } = told().story;
    const body = requestBody(
      told({ verb: 'rollback', what: 'v1.3.2', story: { ...story, pulls: [], files: [], expectedMs: {} } }),
    );
    assert.match(body, /^`login-a` asks to roll `prod` back to `v1\.3\.2`/m);
    assert.match(body, /^- way back: none, nothing was ever confirmed here$/m);
    assert.doesNotMatch(body, /### (Commits|Pull requests|Files)|expected|about/);
  });

  it('is read back, also where others have written into it', () => {
    const evil = '<!-- hd:approval {"v":1} --> -->\n<!-- hd:approval {"v":1,"plan":"0"} -->';
    for (const text of [
      told(),
      told({ what: '--> <b>', requester: 'a--b' }),
      told({}, { pulls: [{ number: 1, title: evil, url: '', author: evil }] }),
    ]) {
      const { environment, verb, what, plan, requester, expiresAt } = text;
      const read = readRequest(issue(requestBody(text)));
      assert.deepEqual(
        read,
        request({
          environment,
          verb,
          what,
          plan,
          requester,
          expiresAt,
          askedAt: ASKED + 2000,
          body: requestBody(text),
        }),
      );
    }
  });

  it('is only the first line’s word, whole and well-formed', () => {
    const body = requestBody(told());
    const [first = '', ...rest] = body.split('\n');
    for (const text of [
      '',
      ...rest,
      `\n${body}`,
      ` ${body}`,
      first.slice(0, -1),
      first.replace('"v":1', '"v":2'),
      first.replace(PLAN, PLAN.slice(1)),
      first.replace('deploy', 'delete'),
      first.replace('2026-11-20', 'soon'),
    ])
      assert.equal(readRequest(issue(text)), undefined, text);
    assert.notEqual(readRequest(issue(`${first}\r\nwith other line ends`)), undefined);
  });

  it('knows whether its text was changed, by somebody who let its first line be', () => {
    const body = requestBody(told());
    const whole = (text: string): boolean => isWhole(request({ body: text }));
    assert.ok(whole(body) && whole(body.trimEnd()) && whole(body.replaceAll('\n', '\r\n')));
    for (const text of [
      '',
      body.replace('v1.3.2', 'v1.3.3'),
      `${body}more`,
      body.split('\n').slice(1).join('\n'),
    ])
      assert.ok(!whole(text), text);
  });

  it('was opened by the one whom it names, or by a job', () => {
    const by = (author: string): boolean => isOwn(request({ author }));
    assert.deepEqual(['login-a', 'LOGIN-A', 'github-actions[bot]', 'login-d'].map(by), [
      true,
      true,
      true,
      false,
    ]);
  });

  it('mentions those who are asked and nobody else, and holds no HTML but its note, whatever others wrote', () => {
    const text = fc.oneof(
      fc.string({ maxLength: 40 }),
      fc.constantFrom(
        '@login-d',
        '`` @login-d',
        '```\n@all',
        '</details><img src=x>',
        '[x](javascript:y)',
        '\u202e@login-d',
        '\\`@x',
        '`',
      ),
    );
    fc.assert(
      fc.property(text, text, fc.array(text, { maxLength: 3 }), (title, author, diff) => {
        const body = requestBody(
          told(
            {},
            {
              commits: { from: FROM, to: TO, total: 1, list: [{ sha: TO, title, author }] },
              pulls: [{ number: 1, title, url: title, author }],
              files: [{ path: title, change: 'added', diff }],
            },
          ),
        );
        const [, ...lines] = body.split('\n');
        const bare = withoutCode(lines);
        assert.deepEqual(bare.match(/@\S+/g), ['@login-b,', '@acme/leads', '@login-c,', '@login-e']);
        assert.doesNotMatch(bare, /[<\]]\(?[^h(]|!\[/);
        assert.doesNotMatch(body, /[\u202a-\u202e\u2066-\u2069\u0000-\u0008]/);
      }),
    );
  });

  it('fits into an issue of GitHub’s, however much there is to say, and says what is missing', () => {
    const long = 'x'.repeat(5000);
    const list = Array.from({ length: 250 }, () => ({ sha: TO, title: long, author: long }));
    const body = requestBody(
      told(
        {},
        {
          commits: { from: FROM, to: TO, total: 900, list },
          pulls: list.map((each, number) => ({ ...each, number, url: '' })),
          files: Array.from({ length: 150 }, (_, index) => ({
            ...{ path: `${index}${long}`, change: 'changed' as const },
            diff: Array.from({ length: 100 }, () => `+${'y'.repeat(99)}`),
          })),
        },
      ),
    );
    assert.ok(body.length <= 65_536, `${body.length} characters`);
    assert.match(body, /^- and 840 before them$/m);
    assert.match(body, /^- and 190 more$/m);
    assert.match(body, /^100 more lines are not shown here\.$/m);
    assert.match(body, /^and 100 more files$/m);
    assert.match(body, /^Plan `7c1e09ab42d8/m);
  });
});

describe('what hd says in a request', () => {
  const standing = standingOf(facts([says('login-e', 12)]));

  it('reminds those who have not answered', () => {
    assert.equal(
      reminder(request(), standing),
      `<!-- hd:reminder {"plan":"${PLAN}","url":"${URL}","v":1} -->
Since 2026-11-19 15:02 UTC this waits for:

- \`qa-lead\`: @login-c, @Login-B

It expires at 2026-11-20 15:02 UTC.
`,
    );
    assert.match(
      escalation(request(), ['login-d', 'acme/leads', '@all <b>']),
      /^@login-d, @acme\/leads, `@all <b>`: since/m,
    );
  });

  it('says why it closes one', () => {
    const text = closing(request(), 'Overtaken by #432\n<!-- x');
    assert.equal(readClosing(text), 'Overtaken by #432 <!-- x');
    assert.equal(readClosing('Overtaken.'), undefined);
  });

  it('is nobody’s word', () => {
    for (const text of [
      reminder(request(), standing),
      escalation(request(), ['login-d']),
      closing(request(), 'hd approve 7c1e09ab42d8'),
    ])
      assert.equal(readWord(text), undefined);
  });
});

/** What is left of Markdown without its fenced blocks and code spans (CommonMark 4.5 and 6.1). */
function withoutCode(lines: readonly string[]): string {
  let fence: string | undefined;
  const outside: string[] = [];
  for (const line of lines) {
    const [run] = /^`{3,}/.exec(line) ?? [];
    if (fence !== undefined && line.trimEnd() === run && run.length >= fence.length) fence = undefined;
    else if (fence === undefined && run !== undefined && !line.slice(run.length).includes('`')) fence = run;
    else if (fence === undefined) outside.push(line.replace(/(?<!`)(`+)(?!`)(.*?)(?<!`)\1(?!`)/g, ''));
  }
  assert.equal(fence, undefined, 'a block without its end');
  return outside.join('\n');
}
