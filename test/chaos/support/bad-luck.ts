/** One fault at one moment of a deployment, what hd says of it, and how things are put right once the fault is gone. */
import assert from 'node:assert/strict';
import { assertEnding, type Ending } from '../../e2e/support/ending.ts';
import type { HdResult } from '../../e2e/support/lab.ts';
import { project, WEB, type Project } from '../../e2e/support/project.ts';
import { Aftermath, type Environment } from './aftermath.ts';
import type { Exchange } from './exchanges.ts';
import { Held } from './held.ts';
import type { Stop } from './hold-at.ts';
import { leftOn } from './left.ts';
import { report } from './report.ts';

export interface BadLuck {
  fault: string;
  /** In words: `during pull`. */
  moment: string;
  environment: Environment;
  /** Default deploy. */
  verb?: 'deploy' | 'rollback';
  /** Where hd is when it happens; absent if it happens before hd is started. */
  stop?: Stop;
  /** From where it is held hd goes on until this step has begun on the host: its stage. */
  within?: { host: string; stage: string };
  /** What is so from there on, and is put right with the rest. */
  prepare?: (here: Project) => Promise<void>;
  /** Makes it happen. */
  strike: (here: Project) => Promise<void>;
  /** Puts it right. */
  mend: (here: Project) => Promise<void>;
  /** It is over again before hd goes on, or once hd says that the host does not answer. */
  passes?: 'at once' | 'noticed';
  /** An end-to-end test tells the same story: it is no part of a sample. */
  elsewhere?: true;
  /** Operator's clock, seconds off. */
  clock?: number;
  /** What hd runs with besides. */
  env?: Readonly<Record<string, string>>;
  /** How it may end; more than one where what is full, or lost, first is not the same each time. */
  ends: readonly Ending[];
}

/** What serves after each exit that says so. */
const SERVES: Readonly<Record<number, 'old' | 'new'>> = { 0: 'new', 6: 'old', 11: 'old' };

const PAIR = ['v1.4.0', 'v1.5.0'] as const;
const OPERATIONS = { orin: 'on one host', prod: 'on three hosts' } as const;

/** As if the image had never been there: it is pulled again. */
const FORGET = `! docker image inspect "$1" >/dev/null 2>&1 || docker image rm "$1" >/dev/null`;

/** Makes it happen, and asserts all that must be true then and afterwards. */
export async function meet(luck: BadLuck, random: () => number): Promise<void> {
  const here = await project();
  await here.anHourLater();
  const { environment, verb = 'deploy', strike, mend } = luck;
  const hosts = hostsOf(environment);
  const { serves, target } = await begin(here, environment);
  unfinished.add(environment);
  const old = serves.slice(1);
  const version = target.slice(1);
  const story = { argv: [], old, between: version, target: version, exit: 0 } as const;
  const aftermath = new Aftermath(here, environment, story);
  if (verb === 'deploy') await forget(here, environment, target);
  if (luck.stop === undefined) await strike(here);
  const running = start(here, environment, { ...luck, verb, target, agree: aftermath.agree });
  let mended = false;
  const mends = async (): Promise<void> => {
    if (!mended) await mend(here);
    mended = true;
  };
  let met;
  try {
    if (luck.stop !== undefined) await strikeAt(here, luck, luck.stop, running, mends);
    met = await running.end();
  } finally {
    running.signal('SIGKILL');
    await mends();
  }
  const ending = assertEnded(met, luck.ends);
  const left = await aftermath.assertLeft();
  const served = (await here.lab.serves(hosts[0] ?? '')) ?? '';
  const wanted = { old, new: version }[SERVES[ending.exit] ?? 'new'];
  if (ending.exit in SERVES) assert.equal(served, wanted, `it serves what exit ${ending.exit} says`);
  // A deployment that went back is over; one that nobody knows the end of is finished, or left, by the next command.
  let recovered = ending.exit === 11 ? 'the same command' : 'nothing was needed';
  let end = served;
  if (left) {
    const back = await goingBack(here, hosts);
    // What a second rollback goes back to follows from how far the first one came.
    const command = verb === 'rollback' || random() < 0.5 ? 'resume' : 'rollback';
    end = command === 'rollback' || back ? old : version;
    await aftermath.recover([command, environment], command === 'resume' && back ? 6 : 0, end);
    recovered = `hd ${command}`;
  }
  // The next success leaves nothing behind of what went wrong.
  const next = left ? undefined : PAIR.find((tag) => tag !== `v${end}`);
  if (next !== undefined) await here.deploy(environment, next);
  await aftermath.assertClean(next?.slice(1) ?? end);
  report({
    ...{ fault: luck.fault, operation: `${verb} ${OPERATIONS[environment]}`, moment: luck.moment },
    ...{ exit: met.exit, outcome: ending.outcome, recovered },
  });
  unfinished.delete(environment);
}

/** Where a case failed, and the next one begins anew. */
const unfinished = new Set<Environment>();

function assertEnded(met: HdResult, ends: readonly Ending[]): Ending {
  const ending = ends.find(({ exit }) => exit === met.exit);
  const exits = ends.map(({ exit }) => exit).join(' or ');
  assert.ok(ending !== undefined, `exit ${met.exit}, and not ${exits}:\n${met.stderr}\n${met.stdout}`);
  assertEnding(met, ending);
  return ending;
}

async function strikeAt(
  here: Project,
  { prepare, within, strike, passes }: BadLuck,
  stop: Stop,
  running: Held,
  mends: () => Promise<void>,
): Promise<void> {
  await running.reaches(stop);
  await prepare?.(here);
  if (within !== undefined) {
    running.go();
    await begun(here, within);
  }
  await strike(here);
  if (passes === 'at once') await mends();
  if (within === undefined) running.go();
  if (passes !== 'noticed') return;
  await running.says(/does not answer; trying again/);
  await mends();
}

/** What a deployment exchanges with the world when nothing goes wrong. */
export async function recorded(environment: Environment): Promise<readonly Exchange[]> {
  const here = await project();
  const { target } = await begin(here, environment);
  await forget(here, environment, target);
  const agree = environment === 'prod' ? ['--confirm', 'prod'] : ['--yes'];
  const running = start(here, environment, { verb: 'deploy', target, agree });
  const { exit, stderr, stdout } = await running.end();
  assert.equal(exit, 0, stderr + stdout);
  return running.exchanges;
}

function hostsOf(environment: Environment): readonly string[] {
  return environment === 'orin' ? ['orin'] : WEB;
}

/** One of the pair serves, and the other one was confirmed before it. */
async function begin(here: Project, environment: Environment): Promise<{ serves: string; target: string }> {
  const [a, b] = PAIR;
  const first = (await here.lab.serves(hostsOf(environment)[0] ?? '')) === a.slice(1);
  const [target, serves] = first ? [b, a] : [a, b];
  if (unfinished.delete(environment)) await here.fresh(environment, target, serves);
  else await here.ensure(environment, target, serves);
  return { serves, target };
}

function start(
  here: Project,
  environment: Environment,
  options: Pick<BadLuck, 'stop' | 'passes' | 'clock' | 'env'> & {
    verb: string;
    target: string;
    agree: readonly string[];
  },
): Held {
  const { verb, target, agree, stop, passes, clock, env } = options;
  return new Held([verb, environment, verb === 'deploy' ? '--tag' : '--to', target, ...agree], {
    cwd: here.lab.project,
    env: { ...here.env, ...env, ...(passes === 'noticed' ? { HD_RECONNECT: '60s' } : {}) },
    stops: stop === undefined ? [] : [stop],
    ...(clock === undefined ? {} : { clock }),
  });
}

async function forget(here: Project, environment: Environment, tag: string): Promise<void> {
  const { image } = here.release(tag);
  const argv = ['sh', '-c', FORGET, 'forget', image];
  await Promise.all(hostsOf(environment).map((host) => here.lab.onHost(host, argv)));
}

/** Waits until the step has begun on the host itself, or has been there and gone. */
async function begun(here: Project, { host, stage }: { host: string; stage: string }): Promise<void> {
  await here.waitFor(`${stage} has begun on ${host}`, async () => {
    const { running } = await leftOn(here.lab, host);
    return running.some((step) => step.includes(`/${stage}-`));
  });
}

/** Waits until no step runs on the host. */
export async function atRest(here: Project, host: string): Promise<void> {
  await here.waitFor(
    `${host} comes to rest`,
    async () => (await leftOn(here.lab, host)).running.length === 0,
  );
}

/** Whether the last deployment was found to have failed, and its way back was begun. */
async function goingBack(here: Project, hosts: readonly string[]): Promise<boolean> {
  const all = await Promise.all(hosts.map((host) => leftOn(here.lab, host)));
  return all.some(({ ledger }) => {
    const id = ledger.findLast(({ kind }) => kind === 'started')?.deployment;
    return ledger.some(({ kind, deployment }) => kind === 'going-back' && deployment === id);
  });
}
