import type { Project } from '../e2e/support/project.ts';
import { meet, type BadLuck } from './support/bad-luck.ts';
import { chance, oneOf, SEED } from './support/seed.ts';

const ALL = process.env['HD_CHAOS'] === 'all';

type Fault = Pick<BadLuck, 'fault' | 'strike' | 'mend'>;
type When = Omit<BadLuck, keyof Fault>;

const cut = (host: string): Fault => ({
  fault: 'network cut',
  strike: ({ lab }) => lab.cut(host),
  mend: ({ lab }) => lab.mend(host),
});
const off = (host: string): Fault => ({
  fault: 'host dies',
  strike: ({ lab }) => lab.powerOff(host),
  mend: ({ lab }) => lab.powerOn(host),
});
const rebooted = (host: string): Fault => ({
  fault: 'host rebooted',
  strike: ({ lab }) => lab.reboot(host),
  mend: () => Promise.resolve(),
});
const engine = (host: string): Fault => ({
  fault: 'Docker engine stopped',
  strike: ({ lab }) => lab.stopEngine(host),
  mend: ({ lab }) => lab.startEngine(host),
});
const registry: Fault = {
  fault: 'registry down',
  strike: ({ lab }) => lab.stopRegistry(),
  mend: ({ lab }) => lab.startRegistry(),
};
const github: Fault = {
  fault: 'GitHub down',
  strike: (here) => here.fault({ match: {}, times: 100_000, kind: 'status', status: 502 }),
  mend: (here) => here.clearFaults(),
};
const clock = (host: string, seconds: number): Fault => ({
  fault: 'clocks 10 minutes apart',
  strike: ({ lab }) => lab.shiftClock(host, seconds),
  mend: ({ lab }) => lab.shiftClock(host, 0),
});
const nothing: Fault = {
  fault: 'clocks 10 minutes apart',
  strike: () => Promise.resolve(),
  mend: () => Promise.resolve(),
};

const confirmed = [{ exit: 0, outcome: 'confirmed' }];
const back = [{ exit: 6, outcome: 'rolled-back' }];
const inconclusive = [{ exit: 9, outcome: 'inconclusive' }];
const unreachable = [{ exit: 11, outcome: 'unreachable' }];

const before = (key: string) => ({ key, moment: 'before' }) as const;
const sent = (key: string) => ({ key, moment: 'sent' }) as const;

/** On one host: before a stage, or within a step that the host has begun. */
const beforeSwitch: When = {
  ...{ environment: 'orin', moment: 'between pull and switch', stop: before('switch on orin') },
  ends: inconclusive,
};
const beforeVerify: When = {
  ...{ environment: 'orin', moment: 'before verify', stop: before('observe on orin after point') },
  ends: inconclusive,
};
const inPull: When = {
  ...{ environment: 'orin', moment: 'during pull', stop: before('pull on orin') },
  ...{ within: { host: 'orin', stage: 'pull' }, ends: inconclusive },
};
const inSwitch: When = {
  ...{ environment: 'orin', moment: 'during switch', stop: sent('switch on orin') },
  ends: inconclusive,
};
const atStart = (environment: BadLuck['environment'], moment = 'at the start'): When => ({
  ...{ environment, moment, ends: unreachable },
});

/** A registry that stands still keeps a pull under way for as long as it is wanted. */
function stillPulling(fault: Fault): Pick<BadLuck, 'strike' | 'mend' | 'prepare' | 'fault'> {
  return {
    ...fault,
    prepare: (here) => here.pauseRegistry(),
    mend: async (here: Project) => {
      await here.unpauseRegistry();
      await fault.mend(here);
    },
  };
}

const STORIES: readonly BadLuck[] = [
  { ...inPull, ...stillPulling(cut('orin')) },
  { ...inSwitch, ...cut('orin') },
  { ...beforeVerify, ...cut('orin') },
  {
    ...{ ...inPull, ...stillPulling(cut('orin')), moment: 'during pull, and mended' },
    ...{ passes: 'noticed', ends: confirmed },
  },
  { ...inSwitch, ...cut('orin'), moment: 'during switch, and mended', passes: 'noticed', ends: confirmed },
  {
    ...beforeVerify,
    ...cut('orin'),
    moment: 'before verify, and mended',
    passes: 'noticed',
    ends: confirmed,
  },
  { ...inSwitch, ...cut('orin'), verb: 'rollback' },

  {
    ...{ environment: 'prod', moment: 'one of three, between pull and switch', ends: inconclusive },
    ...{ stop: before('switch on web-2'), ...off('web-2') },
  },
  { ...atStart('prod', 'the first of three, at the start'), ...off('web-1') },
  {
    ...{ environment: 'prod', verb: 'rollback', moment: 'one of three, before switch', ends: inconclusive },
    ...{ stop: before('switch on web-2'), ...off('web-2') },
  },

  { ...atStart('orin'), ...engine('orin') },
  { ...beforeSwitch, ...engine('orin') },
  // An engine that goes ends containers and answers as it likes: what hd meets first is not the same each time.
  {
    ...inSwitch,
    ...engine('orin'),
    ends: [...inconclusive, ...back, { exit: 7, outcome: 'ROLLBACK FAILED' }],
  },
  { ...beforeVerify, ...engine('orin') },
  {
    ...beforeSwitch,
    ...engine('orin'),
    moment: 'and started, before switch',
    passes: 'at once',
    ends: confirmed,
  },

  { ...beforeSwitch, ...rebooted('orin'), ends: confirmed },
  // Whether it was switched before, or serves again when it is asked, is a race.
  { ...inSwitch, ...rebooted('orin'), ends: [...back, ...confirmed] },
  { ...beforeVerify, ...rebooted('orin'), ends: [...confirmed, ...back] },

  { ...atStart('orin'), ...registry, elsewhere: true },
  {
    ...{ ...beforeSwitch, ...registry, moment: 'before pull', stop: before('pull on orin') },
    ...{ ends: back, elsewhere: true },
  },
  { ...beforeSwitch, ...registry, ends: confirmed },
  { ...atStart('orin'), ...registry, verb: 'rollback', ends: confirmed, elsewhere: true },

  { ...beforeSwitch, ...github, ends: confirmed },
  { ...atStart('orin'), ...github, verb: 'rollback', ends: confirmed, elsewhere: true },

  { ...atStart('orin', 'the operator is ahead'), ...nothing, clock: 600, ends: confirmed },
  { ...atStart('orin', 'the operator is behind'), ...nothing, clock: -600, ends: confirmed },
  { ...atStart('prod', 'one of three hosts is ahead'), ...clock('web-2', 600), ends: confirmed },
  { ...atStart('prod', 'one of three hosts is behind'), ...clock('web-2', -600), ends: confirmed },
];

/** One story of each fault, chosen by the seed; all of them with HD_CHAOS=all. */
describe(`bad luck with hosts (HD_CHAOS_SEED=${SEED})`, function () {
  this.timeout(180_000);
  const random = chance('hosts');
  const here = STORIES.filter(({ elsewhere }) => elsewhere !== true);
  const kinds = [...Map.groupBy(here, ({ fault }) => fault).values()];
  const chosen = ALL ? STORIES : kinds.map((stories) => oneOf(random, stories as [BadLuck]));
  for (const luck of chosen) {
    const { fault, moment, verb = 'deploy', environment } = luck;
    it(`${fault}, ${moment}: ${verb} on ${environment}`, () => meet(luck, random));
  }
});
