import assert from 'node:assert/strict';
import { Test } from 'mocha';
import { project, type Project } from '../e2e/support/project.ts';
import { meet, recorded, type BadLuck } from './support/bad-luck.ts';
import { githubCases, type GitHubCase } from './support/github-faults.ts';
import { chance, SEED, someOf } from './support/seed.ts';

const ALL = process.env['HD_CHAOS'] === 'all';
const SAMPLE = 3;

const CONFIRMED = { exit: 0, outcome: 'confirmed' };
const UNREACHABLE = { exit: 11, outcome: 'unreachable' };

describe(`GitHub on a bad day, while hd deploys (HD_CHAOS_SEED=${SEED})`, function () {
  this.timeout(180_000);
  let here: Project;
  let cases: readonly GitHubCase[] = [];

  before(async function () {
    this.timeout(600_000);
    here = await project();
    cases = githubCases(await recorded('orin'));
    const random = chance('GitHub, deploy');
    for (const each of ALL ? cases : someOf(random, cases, SAMPLE)) {
      const luck = badDay(each);
      this.test?.parent?.addTest(new Test(`${luck.fault}, ${luck.moment}`, () => meet(luck, random)));
    }
  });
  after(async () => {
    // What hd asks, and what the lab answers, is as GitHub's own description has it.
    assert.deepEqual(await here.violations(), []);
    // Nothing was made twice: the ledger's head is another one at the beginning of each deployment.
    const all = await here.lab.api('/repos/acme/healthdelta/deployments?per_page=100');
    const heads = (all as { payload: { head?: string } }[]).flatMap(({ payload }) => payload.head ?? []);
    assert.ok(heads.length > 0);
    assert.deepEqual(heads, [...new Set(heads)]);
  });

  it('is asked for things that can go wrong', () => assert.ok(cases.length > 12));
});

/** Once is sat out; what stays is told before anything is begun, and after that it only warns. */
function badDay({ key, name, extent, fault }: GitHubCase): BadLuck {
  return {
    ...{ fault: `GitHub: ${name}, ${extent}`, moment: `at ${key}`, environment: 'orin' },
    stop: { key, moment: 'before' },
    strike: (on) => on.fault({ ...fault }),
    mend: (on) => on.clearFaults(),
    env: { HD_ANSWER_TIMEOUT: '3s' },
    ends: extent === 'once' ? [CONFIRMED] : [CONFIRMED, UNREACHABLE],
  };
}
