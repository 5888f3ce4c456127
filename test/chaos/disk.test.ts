import assert from 'node:assert/strict';
import { Test } from 'mocha';
import type { Project } from '../e2e/support/project.ts';
import { atRest, meet, recorded, type BadLuck } from './support/bad-luck.ts';
import { chance, SEED, someOf } from './support/seed.ts';

const SAMPLE = 2;
const ALL = process.env['HD_CHAOS'] === 'all';

/** What of a host is full, and at which exchanges anything is written there. */
const DISKS = [
  { what: 'the directory', path: '/opt/healthdelta', at: /./ },
  { what: "Docker's downloads", path: '/var/lib/docker/tmp', at: /^pull / },
  { what: "Docker's containers", path: '/var/lib/docker/containers', at: /^switch / },
] as const;

/** A disk that is full from one exchange on, for each exchange that changes something. */
describe(`a disk that is full at each write (HD_CHAOS_SEED=${SEED})`, function () {
  this.timeout(180_000);
  let cases: readonly BadLuck[] = [];

  before(async function () {
    this.timeout(600_000);
    const effects = (await recorded('orin')).flatMap(({ key, on, looks }) =>
      key === undefined || on !== 'orin' || looks ? [] : [key],
    );
    cases = DISKS.flatMap(({ what, path, at }) =>
      effects.filter((key) => at.test(key)).map((key) => full(what, path, key)),
    );
    const random = chance('disk');
    for (const luck of ALL ? cases : someOf(random, cases, SAMPLE))
      this.test?.parent?.addTest(new Test(`${luck.fault}, ${luck.moment}`, () => meet(luck, random)));
  });

  it('is met at each exchange that changes something', () => {
    for (const stage of ['lock', 'append', 'ship', 'pull', 'switch', 'point'])
      assert.ok(
        cases.some(({ moment }) => moment.startsWith(`before ${stage} `)),
        stage,
      );
  });
});

function full(what: string, path: string, key: string): BadLuck {
  return {
    ...{ fault: `disk full: ${what}`, moment: `before ${key}`, environment: 'orin' },
    stop: { key, moment: 'before' },
    strike: ({ lab }: Project) => lab.fillDisk('orin', path),
    mend: async (here: Project) => {
      await atRest(here, 'orin');
      await here.lab.freeDisk('orin', path);
    },
    ends: [
      { exit: 0, outcome: 'confirmed' },
      { exit: 6, outcome: 'rolled-back' },
      { exit: 9, outcome: 'inconclusive' },
      { exit: 11, outcome: 'unreachable' },
    ],
  };
}
