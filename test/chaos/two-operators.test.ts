import assert from 'node:assert/strict';
import { assertEnding } from '../e2e/support/ending.ts';
import { project, WEB, type Project } from '../e2e/support/project.ts';
import { Held } from './support/held.ts';
import { report } from './support/report.ts';
import { chance, SEED, someOf } from './support/seed.ts';

const TAGS = ['v1.4.0', 'v1.5.0', 'v1.6.0'] as const;
const ROUNDS = process.env['HD_CHAOS'] === 'all' ? { orin: 40, prod: 10 } : { orin: 8, prod: 2 };

const OPERATORS = [
  { login: 'login-a', token: 'lab-login-a' },
  { login: 'login-b', token: 'lab-login-b' },
] as const;

describe(`two operators at the same instant (HD_CHAOS_SEED=${SEED})`, function () {
  this.timeout(120_000);
  let here: Project;
  const random = chance('two operators');

  before(async function () {
    this.timeout(600_000);
    here = await project();
    // What others were killed in has begun and never ended: here every beginning has its end.
    for (const environment of ['orin', 'prod'] as const) await here.fresh(environment, 'v1.4.0');
  });

  for (const [environment, rounds] of Object.entries(ROUNDS) as ['orin' | 'prod', number][]) {
    const hosts = environment === 'orin' ? ['orin'] : WEB;
    const agree = environment === 'orin' ? ['--yes'] : ['--confirm', 'prod'];
    for (let round = 1; round <= rounds; round += 1)
      it(`on ${environment}: one deploys, the other is told who, round ${round} of ${rounds}`, async () => {
        await here.anHourLater();
        const [first = ''] = hosts;
        const served = await here.lab.serves(first);
        const tags = someOf(
          random,
          TAGS.filter((tag) => tag !== `v${served ?? ''}`),
          2,
        );
        const before = await here.assertServes(first, served);
        const stop = { key: `lock on ${first}`, moment: 'before' } as const;
        const both = OPERATORS.map(({ login, token }, index) => {
          const tag = tags[index] ?? '';
          const argv = ['deploy', environment, '--tag', tag, ...agree];
          const env = { ...here.env, GH_TOKEN: token };
          return { login, tag, hd: new Held(argv, { cwd: here.lab.project, env, stops: [stop] }) };
        });
        // Both have seen a free host and have agreed on their plan; what follows is a race.
        await Promise.all(both.map(({ hd }) => hd.reaches(stop)));
        if (random() < 0.5) both.reverse();
        for (const { hd } of both) hd.go();
        const ended = await Promise.all(both.map(async (each) => ({ ...each, result: await each.hd.end() })));
        const [winner, loser] = ended.sort((a, b) => a.result.exit - b.result.exit);
        assert.ok(winner !== undefined && loser !== undefined);
        assertEnding(winner.result, {
          exit: 0,
          outcome: 'confirmed',
          serves: `${environment} serves ${winner.tag}`,
        });
        assertEnding(loser.result, {
          ...{ exit: 8, outcome: 'locked' },
          // Whoever looks late enough is told the deployment's number as well.
          says: [
            `holder ${winner.login}, on `,
            new RegExp(` doing (d\\d+, )?deploy ${winner.tag}, plan [0-9a-f]{12} `),
          ],
        });

        const kept = await Promise.all(hosts.map((host) => here.assertServes(host, winner.tag.slice(1))));
        assert.equal(new Set(kept.map(({ text }) => text)).size, 1, 'one ledger on all hosts');
        const ledger = kept[0]?.ledger.slice(before.ledger.length) ?? [];
        const told = ledger.filter(({ kind }) => kind === 'started' || kind === 'finished');
        assert.deepEqual(
          told.map(({ kind, actor, release }) => [kind, actor.name, release?.tag]),
          ['started', 'finished'].map((kind) => [kind, winner.login, winner.tag]),
        );
        report({
          ...{ fault: 'another operator at the same instant', operation: operationOn(environment) },
          ...{ moment: 'lock', exit: loser.result.exit, outcome: 'locked' },
          recovered: 'nothing was needed, the other one was confirmed',
        });
      });
  }
});

function operationOn(environment: string): string {
  return environment === 'orin' ? 'deploy on one host' : 'deploy on three hosts';
}
