/** Two people in two roles agree to a plan, on GitHub; whoever else says so, or changes what was asked, changes nothing. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { LedgerEntry } from '../../src/lib/domain/ledger.ts';
import { hdEntry } from '../../src/lib/lab/assets.ts';
import { until } from '../../src/lib/lab/process.ts';
import { assertEnding, assertFound, jsonOf } from './support/ending.ts';
import type { HdResult } from './support/lab.ts';
import { project, type Project } from './support/project.ts';
import type { Running } from './support/running.ts';
import { Terminal } from '../support/terminal.ts';

/** login-a asks; login-b is tech-lead by the team acme/leads, login-c is qa-lead, login-d is nobody. */
const A = 'lab-login-a';
const B = 'lab-login-b';
const C = 'lab-login-c';
const D = 'lab-login-d';
const SERVES = 'orin serves v1.4.0 on 1 of 1 host; nothing was changed';

interface Issue {
  number: number;
  title: string;
  state: string;
  body: string;
}

describe('approvals by roles', function () {
  this.timeout(120_000);
  let here: Project;

  before(async function () {
    this.timeout(180_000);
    here = await project();
    await here.fresh('orin', 'v1.3.0', 'v1.4.0');
    await rules();
  });
  beforeEach(() => here.clearFaults());
  afterEach(() => Terminal.stopAll());
  after(async () => {
    await here.clearFaults();
    for (const { number } of await requests('open'))
      await here.asks(A, 'PATCH', `/issues/${number}`, { state: 'closed' });
    await here.rules();
    assert.deepEqual(await here.violations(), []);
  });

  const rules = (more: object = {}) => {
    const approvals = { 'tech-lead': 1, 'qa-lead': { count: 1, meaning: 'review' } };
    const roles = { 'tech-lead': ['acme/leads'], 'qa-lead': ['login-c'] };
    return here.rules({ orin: { policy: { checks: false, approvals, ...more } } }, { roles });
  };
  const hd = (args: readonly string[], token = A): Promise<HdResult> =>
    here.hd(args, { env: { GH_TOKEN: token } });
  const asks = () => hd(['deploy', 'orin', '--tag', 'v1.5.0', '--yes', '--no-wait']);
  const resume = () => hd(['resume', 'orin', '--yes', '--no-wait']);
  const requests = async (state: string): Promise<Issue[]> =>
    (await here.asks(A, 'GET', `/issues?labels=hd-approval,hd:orin&state=${state}`)) as Issue[];
  const open = async (): Promise<Issue> => (await requests('open'))[0] ?? assert.fail('nothing waits');
  const hash = ({ title }: Issue): string => title.split('plan ')[1] ?? '';
  const comment = async (token: string, issue: Issue, body: string): Promise<number> =>
    ((await here.asks(token, 'POST', `/issues/${issue.number}/comments`, { body })) as { id: number }).id;
  const approve = (token: string, issue: Issue) =>
    comment(token, issue, `hd approve ${hash(issue)}\nFine by me.`);
  /** A deployment that both have agreed to, and that has begun to switch. */
  const switching = async (tag: string): Promise<{ deploying: Running; issue: Issue }> => {
    const deploying = here.start(['deploy', 'orin', '--tag', tag, '--yes']);
    await deploying.says(/start approve +0 of 2, asked/);
    const issue = await open();
    await approve(B, issue);
    await approve(C, issue);
    await deploying.says(/start +switch/);
    return { deploying, issue };
  };
  const entries = async (): Promise<LedgerEntry[]> => {
    const { text } = await here.assertServes('orin', await here.lab.serves('orin'));
    return text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as LedgerEntry);
  };

  const waits = { exit: 10, outcome: 'waiting', serves: SERVES, next: ['hd resume orin'] };
  const terminal = (args: readonly string[], token = A): Terminal => {
    const env: Record<string, string | undefined> = {
      ...here.env,
      TERM: 'xterm-256color',
      NO_COLOR: '1',
      GH_TOKEN: token,
    };
    const given = Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined);
    const size = { columns: 100, rows: 50, cwd: here.lab.project };
    return new Terminal([process.execPath, hdEntry(), ...args], { ...size, env: Object.fromEntries(given) });
  };

  it('is over once somebody said no, and another request is opened when it is asked again', async () => {
    const waiting = terminal(['deploy', 'orin', '--tag', 'v1.5.0']);
    await waiting.until(/This changes orin\. Go on\? \[y\/N\]:/);
    waiting.type('y\r');
    await waiting.until(/⠹ approve {2}0 of 2, asked \d\d:\d\d/);
    await waiting.until(
      /orin serves v1\.4\.0 on orin; nothing is changed, nothing is locked\n {2}Ctrl-C stops the waiting/,
    );
    const first = await open();

    const asked = terminal(['reject', 'orin', '--comment', 'Suite was red.'], C);
    await asked.until(/plan +[0-9a-f]{64}\n/);
    await asked.until(/Reject as qa-lead: deploy v1\.5\.0 to orin\? \[y\/N\]:/);
    asked.type('\r');
    assert.equal(await asked.end(), 130);
    assert.match(asked.text, /! stopped {2}nothing was said {2}\(exit 130\)$/);

    waiting.type('\x03');
    assert.equal(await waiting.end(), 10);
    assert.match(waiting.text, /opens with: hd approve orin --comment WHY/);
    assert.equal((await open()).number, first.number);

    const said = terminal(['reject', 'orin', '--comment', 'Suite was red.'], C);
    await said.until(/\[y\/N\]:/);
    said.type('y\r');
    assert.equal(await said.end(), 0);
    assert.match(said.text, /✗ qa-lead +login-c, \d\d:\d\d: "Suite was red\."/);

    assertEnding(await resume(), {
      ...{ exit: 10, outcome: 'rejected', serves: SERVES },
      says: [/x qa-lead +login-c, \d\d:\d\d: "Suite was red\."/],
    });
    await approve(B, first);
    await approve(C, first);
    assertEnding(await asks(), waits);
    const second = await open();
    assert.ok(second.number > first.number && second.title === first.title);
    const kinds = (await entries()).map(({ kind, reason }) => reason ?? kind).slice(-3);
    assert.deepEqual(kinds, ['requested', 'login-c (qa-lead) rejected v1.5.0', 'requested']);
  });

  it('takes no word that was edited, and none for a text that was changed', async () => {
    assertEnding(await asks(), waits);
    const issue = await open();
    await approve(B, issue);
    const id = await approve(C, issue);
    await here.asks(C, 'PATCH', `/issues/comments/${id}`, { body: `hd approve ${hash(issue)}\nFine by me!` });
    assertEnding(await resume(), { ...waits, says: [/! login-c +does not count: it was edited/] });
    await approve(C, issue);
    await here.asks(A, 'PATCH', `/issues/${issue.number}`, { body: issue.body.replace('v1.4.0', 'v1.4.9') });
    assertEnding(await resume(), {
      ...{ exit: 10, outcome: 'altered', serves: SERVES },
      says: [/the request does not say any more what people were asked/],
    });
  });

  it('asks those whom the release branch names, whatever the working tree of who asks says', async () => {
    const cwd = await here.checkout({}, {});
    const file = join(cwd, 'hd.yml');
    const config = parse(await readFile(file, 'utf8')) as { environments: { orin: object } };
    const roles = { 'tech-lead': ['login-a', 'login-d'] };
    const orin = { ...config.environments.orin, policy: { approvals: { 'tech-lead': 1 } } };
    await writeFile(file, stringify({ ...config, roles, environments: { ...config.environments, orin } }));
    const own = (args: readonly string[], token = A) => here.hd(args, { cwd, env: { GH_TOKEN: token } });
    assertEnding(await own(['deploy', 'orin', '--tag', 'v1.5.0', '--yes', '--no-wait']), waits);
    assertEnding(await own(['approve', 'orin', '--comment', 'Sure.', '--yes'], D), {
      ...{ exit: 4, outcome: 'not allowed' },
      says: [/login-d is not in tech-lead or qa-lead/],
    });
    await approve(D, await open());
    await approve(A, await open());
    assertEnding(await own(['resume', 'orin', '--yes', '--no-wait']), {
      ...waits,
      says: [/tech-lead +acme\/leads/, /qa-lead +login-c/, /login-a +does not count: login-a asks/],
    });
  });

  it('is gone on with as it was asked for, with the files of the working tree too', async () => {
    const cwd = await here.checkout({});
    const file = join(cwd, 'compose.yaml');
    await writeFile(file, `${await readFile(file, 'utf8')}# of the working tree\n`);
    const there = { cwd, env: { GH_TOKEN: A } };
    const asked = ['deploy', 'orin', '--tag', 'v1.5.0', '--worktree', '--yes', '--no-wait'];
    assertEnding(await here.hd(asked, there), waits);
    const issue = await open();
    assertEnding(await here.hd(['resume', 'orin', '--yes', '--no-wait'], there), waits);
    assert.equal((await open()).number, issue.number);
  });

  it('opens one gate of several: one that closes while people think stays closed', async () => {
    const deploying = here.start(['deploy', 'orin', '--tag', 'v1.5.0', '--yes']);
    await deploying.says(/start approve +0 of 2, asked/);
    const issue = await open();
    const day = 86_400_000;
    const [from, to] = [-day, day].map((ms) => new Date(Date.now() + ms).toISOString());
    const always = {
      days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
      from: '00:00',
      to: '24:00',
      zone: 'UTC',
    };
    await rules({ window: { ...always, freezes: [{ from, to, why: 'Month-end reports' }] } });
    await approve(B, issue);
    await approve(C, issue);
    assertEnding(await deploying.end(), {
      ...{ exit: 3, outcome: 'refused', serves: SERVES },
      says: [/x window +.*Month-end reports/s],
    });
    await rules();
    // The approval is good for this plan still.
    assertEnding(await hd(['resume', 'orin', '--dry-run']), { exit: 0, outcome: 'planned' });
    await here.asks(B, 'PATCH', `/issues/${issue.number}`, { state: 'closed' });
    assertEnding(await resume(), { exit: 10, outcome: 'closed', says: [/the request was closed/] });
  });

  it('is for one plan: what the hosts have become meanwhile needs another approval', async () => {
    const deploying = here.start(['deploy', 'orin', '--tag', 'v1.5.0', '--yes']);
    await deploying.says(/start approve +0 of 2, asked/);
    const issue = await open();
    assertEnding(await hd(['rollback', 'orin', '--yes'], B), { exit: 0, outcome: 'confirmed' });
    await approve(B, issue);
    await approve(C, issue);
    assertEnding(await deploying.end(), {
      ...{ exit: 8, outcome: 'changed', serves: 'orin serves v1.3.0 on 1 of 1 host' },
      says: [new RegExp(`plan ${hash(issue)} is no longer the plan`)],
    });
  });

  it('opens by two people, in the browser and with hd, also while GitHub is away for a while', async () => {
    const deploying = here.start(['deploy', 'orin', '--tag', 'v1.5.0', '--yes']);
    await deploying.says(/start approve +0 of 2, asked/);
    const issue = await open();
    assertFound(issue.body, '@acme/leads');
    const listed = jsonOf(await hd(['approvals', '--json'], C))['waiting'] as {
      forMe: boolean;
      mine: boolean;
    }[];
    assert.deepEqual(
      listed.map(({ forMe, mine }) => [forMe, mine]),
      [[true, false]],
    );

    assertEnding(await hd(['approve', 'orin', '--comment', 'My own.', '--yes']), {
      ...{ exit: 4, outcome: 'not allowed' },
      says: [/login-a asks for this plan, and nobody decides an own request/],
    });
    assertEnding(await hd(['approve', '--comment', 'Let me in.', '--yes'], D), {
      exit: 4,
      outcome: 'not allowed',
      says: [/login-d is not in tech-lead or qa-lead/],
    });
    await approve(D, issue);
    assertEnding(
      await hd(['approve', 'orin', '--plan', hash(issue), '--comment', 'Rehearsed on staging.', '--yes'], B),
      {
        ...{
          exit: 0,
          outcome: 'approved',
          serves: /deploy v1\.5\.0 to orin, plan [0-9a-f]{12}; qa-lead is missing/,
        },
        next: [/once login-c has approved, login-a goes on: hd resume orin/],
      },
    );
    await deploying.says(/ok +approve tech-lead login-b/);
    await deploying.says(/warn +approve login-d does not count/);

    await here.fault({ match: { path: '/issues' }, times: 1000, kind: 'status', status: 503 });
    await deploying.says(/warn .*the waiting goes on/);
    await here.clearFaults();
    await deploying.says(/GitHub answers again/);
    await approve(C, issue);

    const told = await deploying.end();
    assertEnding(told, { exit: 0, outcome: 'confirmed', serves: 'orin serves v1.5.0 on 1 of 1 host' });
    assertFound(told.stderr, new RegExp(`ok +plan +${hash(issue)} is still the approved one`));
    assert.equal(told.stderr.match(/ way-back /g)?.length, 1, `the preview, once: ${told.stderr}`);
    const kept = await entries();
    const approved = kept.flatMap(({ kind, approval, plan }) =>
      kind === 'approved' && approval !== undefined ? [{ ...approval, plan }] : [],
    );
    assert.deepEqual(
      approved.map(({ by, role, meaning, comment: text, plan }) => [
        by,
        role,
        meaning,
        text,
        plan?.slice(0, 12),
      ]),
      [
        ['login-b', 'tech-lead', 'approval', 'Rehearsed on staging.', hash(issue)],
        ['login-c', 'qa-lead', 'review', 'Fine by me.', hash(issue)],
      ],
    );
    assert.equal(kept.find(({ kind }) => kind === 'requested')?.actor.name, 'login-a');
    assert.deepEqual(await requests('open'), []);
    assertEnding(await hd(['approve', 'orin', '--comment', 'Too late.', '--yes'], C), {
      exit: 3,
      outcome: 'refused',
      says: [/does not wait: The plan was carried out: confirmed/],
    });
  });

  it('is over on GitHub too when the hd that began the plan was killed, and another one brings it to its end', async () => {
    const { deploying, issue } = await switching('v1.4.0');
    deploying.signal('SIGKILL');
    await deploying.end();
    assert.deepEqual(
      (await requests('open')).map(({ number }) => number),
      [issue.number],
    );
    assertEnding(await resume(), {
      exit: 0,
      outcome: 'confirmed',
      serves: 'orin serves v1.4.0 on 1 of 1 host',
    });
    assert.deepEqual(await requests('open'), []);
    assertEnding(await hd(['approve', 'orin', '--comment', 'Too late.', '--yes'], C), {
      exit: 3,
      outcome: 'refused',
      says: [/does not wait: .* ended before its time; then hd resume: confirmed/],
    });
  });

  it('is over also when hd was killed between the end of its deployment and the closing of the request', async () => {
    const { deploying, issue } = await switching('v1.5.0');
    await here.fault({ match: { path: '/issues' }, times: 1000, kind: 'status', status: 503 });
    const ended = async (): Promise<true | undefined> => {
      const text = await here.lab.onHost('orin', ['cat', '/opt/healthdelta/.hd/ledger.jsonl']);
      const last = text.trimEnd().split('\n').at(-1) ?? '';
      return (last.includes('"kind":"finished"') && last.includes(`"plan":"${hash(issue)}`)) || undefined;
    };
    await until('the deployment is in the ledger', 60_000, ended);
    deploying.signal('SIGKILL');
    await deploying.end();
    await here.clearFaults();
    assert.equal((await open()).number, issue.number);
    assertEnding(await resume(), {
      exit: 0,
      outcome: 'no change',
      serves: 'orin serves v1.5.0 on 1 of 1 host',
    });
    assert.deepEqual(await requests('open'), []);
  });
});
