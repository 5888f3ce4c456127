import assert from 'node:assert/strict';
import { HdError, InterruptedError, LostError } from '../../../src/lib/domain/errors.ts';
import type { Action, Stage, StageName } from '../../../src/lib/domain/plan.ts';
import { execute } from '../../../src/lib/engine/execute.ts';
import type { Execution } from '../../../src/lib/engine/execution.ts';
import type { Completed, Host } from '../../../src/lib/ports.ts';
import { container, file, NOW, observed } from '../../support/core.ts';
import { done, fakeHost, FastClock, Recorder } from './fakes.ts';

const run = (...argv: string[]): Action => ({ kind: 'run', argv, timeoutMs: 1000 });
const SHIP: Action = {
  kind: 'ship',
  directory: 'releases/{deployment}',
  files: [file('run.sh', 'echo', true)],
  generated: [{ path: 'manifest.json', content: '{"deployment":"{deployment}"}' }],
};
const POINT: Action = { kind: 'point', link: 'current', target: 'releases/{deployment}' };
const settle = (timeoutMs = 5000): Action => ({
  kind: 'settle',
  project: 'app',
  services: ['backend'],
  timeoutMs,
  settleMs: 3000,
});

function stage(name: StageName, hosts: readonly string[], ...actions: Action[]): Stage {
  const steps = hosts.flatMap((host) => actions.map((action) => ({ host, cause: 'digest differs', action })));
  return { name, hosts, what: 'backend', because: 'digest differs', steps };
}

/** Hosts that write down what is done to them; `effect` is what a command comes to, by host. */
function world(
  names: readonly string[],
  effect: (host: string, argv: readonly string[]) => Promise<Completed> = () => Promise.resolve(done()),
  does: Partial<Host> = {},
) {
  const log: string[] = [];
  const switched: string[] = [];
  const stop = new AbortController();
  const reporter = new Recorder();
  const clock = new FastClock();
  const note = (host: string, text: string, fence: number): void => {
    assert.equal(fence, 40 + names.indexOf(host));
    log.push(`${host} ${text}`);
  };
  const hosts = names.map((name) =>
    fakeHost(name, {
      ship: (directory, files, fence) => {
        const texts = files.map(
          (each) => `${each.executable ? '*' : ''}${each.path}=${Buffer.from(each.content).toString()}`,
        );
        note(name, `ship ${directory} ${texts.join(' ')}`, fence);
        return Promise.resolve();
      },
      point: (link, to, fence) => {
        note(name, `point ${link} ${to}`, fence);
        return Promise.resolve();
      },
      effect: ({ argv }, fence) => {
        note(name, argv.join(' '), fence);
        return effect(name, argv);
      },
      ...does,
    }),
  );
  const execution: Execution = {
    clock,
    reporter,
    signal: stop.signal,
    hosts: new Map(hosts.map((host) => [host.name, host])),
    observed: new Map(names.map((name) => [name, observed({ host: name, skewMs: 60_000 })])),
    fence: (host) => 40 + names.indexOf(host),
    deployment: 'd48',
    layers: new Map(),
    blobs: new Map([[file('', 'echo').sha256, Buffer.from('echo')]]),
    serves: () => 'v1.3.2',
    replacing: (host) => {
      switched.push(`${host}?`);
      return () => undefined;
    },
    switched: (host) => switched.push(host),
    begun: new Set(),
  };
  return { execution, switched, log, stop, reporter, clock };
}

const messages = (failure: Awaited<ReturnType<typeof execute>>) =>
  Object.fromEntries([...(failure?.errors ?? [])].map(([host, error]) => [host, error.message]));

describe('execution', () => {
  it('does one stage after the other, the steps of a host in order, and puts the id in', async () => {
    const { execution, log, reporter, switched } = world(['a', 'b']);
    const stages = [
      stage('ship', ['a', 'b'], SHIP),
      stage('pull', ['b'], run('docker', 'pull', 'x')),
      stage('switch', ['a', 'b'], run('up', '/releases/{deployment}/c.yaml'), POINT),
    ];
    assert.equal(await execute(stages, execution), undefined);
    const shipped = 'ship releases/d48 *run.sh=echo manifest.json={"deployment":"d48"}';
    assert.deepEqual(log.slice(0, 3), [`a ${shipped}`, `b ${shipped}`, 'b docker pull x']);
    assert.deepEqual(log.filter((line) => line.startsWith('a ')).slice(1), [
      'a up /releases/d48/c.yaml',
      'a point current releases/d48',
    ]);
    assert.deepEqual([...execution.begun], ['a', 'b']);
    assert.deepEqual(switched, ['a?', 'b?', 'a', 'b']);
    assert.deepEqual(reporter.ends, [
      'ok ship a: files are there',
      'ok ship b: files are there',
      'ok ship: 2 hosts',
      'ok pull b: images are there',
      'ok pull: 1 host',
      'ok switch a: settled',
      'ok switch b: settled',
      'ok switch: 2 hosts',
    ]);
  });

  it('gives each step on a host an id of its own', async () => {
    const ids = new Set<string>();
    const { execution, clock } = world(['a'], undefined, {
      effect: ({ id }) => {
        ids.add(id);
        clock.time += 1;
        return Promise.resolve(done());
      },
    });
    await execute([stage('pull', ['a'], run('one'), run('two'))], execution);
    assert.equal(ids.size, 2);
    for (const id of ids) assert.match(id, /^d48\/pull-\d+$/);
  });

  it('ends after the stage in which a host failed, when the others have finished theirs', async () => {
    const { execution, log, reporter } = world(['a', 'b'], (host, argv) =>
      Promise.resolve(host === 'a' && argv[0] === 'docker' ? done(1, 'one\ntwo\n') : done()),
    );
    const failure = await execute(
      [
        stage('pull', ['a', 'b'], run('docker', 'pull', 'x'), run('more')),
        stage('switch', ['a', 'b'], run('up')),
      ],
      execution,
    );
    assert.equal(failure?.stage.name, 'pull');
    assert.deepEqual(messages(failure), { a: 'docker pull on a: exit 1' });
    assert.deepEqual(failure.errors.get('a')?.facts, [
      { label: 'seen', text: 'on a:', foreign: ['one', 'two'] },
    ]);
    assert.deepEqual(log, ['a docker pull x', 'b docker pull x', 'b more']);
    assert.equal(execution.begun.size, 0);
    assert.equal(reporter.ends.at(-1), 'fail pull: failed at a');
  });

  for (const [what, result, code, message] of [
    ['a limit', done(124), 'stage-timeout', 'pull on a ran out of time after 5m (--timeout)'],
    [
      'a full disk',
      done(1, 'write /x: No space left on device'),
      'disk-full',
      'docker pull on a: no space left',
    ],
  ] as const) {
    it(`names ${what}`, async () => {
      const { execution } = world(['a'], () => Promise.resolve(result));
      const failure = await execute([stage('pull', ['a'], run('docker', 'pull', 'x'))], execution);
      const error = failure?.errors.get('a');
      assert.deepEqual([error?.code, error?.message], [code, message]);
    });
  }

  it('passes on that another operator took the lock, and that a host was lost', async () => {
    const fenced = new HdError('lock-lost', 8, 'the lock on a was taken over');
    const { execution, reporter } = world(['a', 'b'], (host) =>
      Promise.reject(host === 'a' ? fenced : new LostError('b', 'b is gone')),
    );
    const failure = await execute([stage('switch', ['a', 'b'], run('up'))], execution);
    assert.equal(failure?.errors.get('a'), fenced);
    assert.deepEqual(reporter.ends, [
      'fail switch a: the lock on a was taken over',
      'warn switch b: b is gone',
      'fail switch: failed at a, b',
    ]);
  });

  it('does not call a bug a failure', async () => {
    const { execution } = world(['a'], () => Promise.reject(new TypeError('a bug')));
    await assert.rejects(execute([stage('pull', ['a'], run('x'))], execution), TypeError);
  });

  it('stops before the next step, as long as no switch was begun', async () => {
    const { execution, log, stop, reporter } = world(['a'], () => {
      stop.abort();
      return Promise.resolve(done());
    });
    const failure = await execute(
      [stage('pull', ['a'], run('one'), run('two')), stage('switch', ['a'], run('up'))],
      execution,
    );
    assert.deepEqual(log, ['a one']);
    assert.ok(failure?.errors.get('a') instanceof InterruptedError);
    assert.equal(execution.begun.size, 0);
    assert.equal(reporter.ends.at(-1), 'idle pull: stopped at a');
  });

  it('brings a switch that was begun to its end, and begins no other', async () => {
    const { execution, log, stop } = world(['a', 'b'], (host) => {
      if (host === 'a') stop.abort();
      return Promise.resolve(done());
    });
    const failure = await execute(
      [stage('switch', ['a'], run('up'), POINT), stage('switch', ['b'], run('up'))],
      execution,
    );
    assert.deepEqual(log, ['a up', 'a point current releases/d48']);
    assert.deepEqual(messages(failure), { b: 'stopped before this step' });
    assert.deepEqual([...execution.begun], ['a']);
  });

  it('leaves the last word on a host that went back to its checks', async () => {
    const { execution, reporter } = world(['a']);
    await execute([stage('switch', ['a'], run('up'))], { ...execution, within: 'go back' });
    assert.deepEqual(reporter.ends, []);
  });
});

describe('the time of a stage', () => {
  const slow = (ms: number, status: number) => {
    const made = world(['a'], () => {
      made.clock.time += ms;
      return Promise.resolve(done(status, 'last words'));
    });
    return made;
  };
  const failed = async (
    made: ReturnType<typeof world>,
    one: Stage,
    stageMs?: number,
  ): Promise<string | undefined> => {
    const failure = await execute([one], { ...made.execution, stageMs });
    const error = failure?.errors.get('a');
    return error === undefined ? undefined : `${error.code}: ${error.message}`;
  };

  it('is what --timeout says, for all its steps together, and stands in the place of their own', async () => {
    const limits: number[] = [];
    const made = world(['a'], undefined, {
      effect: ({ timeoutMs }) => {
        limits.push(timeoutMs);
        made.clock.time += 4000;
        return Promise.resolve(done());
      },
      point: () => Promise.resolve(),
    });
    const steps = [run('rm'), run('up'), run('more'), POINT];
    const message = await failed(made, stage('switch', ['a'], ...steps), 12_000);
    assert.deepEqual(limits, [12_000, 8000, 4000]);
    assert.equal(message, 'stage-timeout: switch on a ran out of time after 12s (--timeout)');
  });

  it('ends a step, by name, whether it heeded the end or had to be killed', async () => {
    for (const [ms, status, message] of [
      [60_000, 124, 'stage-timeout: switch on a ran out of time after 60s (--timeout)'],
      [60_000, 137, 'stage-timeout: switch on a ran out of time after 60s (--timeout)'],
      [59_000, 137, 'step-failed: up on a: exit 137'],
    ] as const)
      assert.equal(await failed(slow(ms, status), stage('switch', ['a'], run('up')), 60_000), message);
  });

  it('is never less than what hd.yml gives the steps of a switch', async () => {
    const long: Action = { kind: 'run', argv: ['up'], timeoutMs: 600_000 };
    assert.equal(
      await failed(slow(600_000, 124), stage('switch', ['a'], long, settle())),
      'step-failed: up on a: ran out of time after 10m (rollout.timeout)',
    );
    assert.equal(await failed(slow(300_001, 0), stage('pull', ['a'], long)), undefined);
    assert.equal(
      await failed(slow(300_001, 0), stage('pull', ['a'], long, long)),
      'stage-timeout: pull on a ran out of time after 5m (--timeout)',
    );
  });

  it('is also that of shipping, and of settling, which says what it waited for', async () => {
    const limits: (number | undefined)[] = [];
    const made = world(['a'], undefined, {
      ship: (_directory, _files, _fence, _intent, limitMs) => {
        limits.push(limitMs);
        made.clock.time += 1000;
        return Promise.resolve();
      },
      containers: () => Promise.resolve([container({ health: 'starting' })]),
      logs: () => Promise.resolve([]),
    });
    assert.equal(await failed(made, stage('ship', ['a'], SHIP, SHIP), 5000), undefined);
    assert.deepEqual(limits, [5000, 4000]);
    const failure = await execute([stage('switch', ['a'], settle())], { ...made.execution, stageMs: 90_000 });
    const error = failure?.errors.get('a');
    assert.equal(error?.message, 'switch on a ran out of time after 90s (--timeout)');
    assert.deepEqual(error.facts[0], { label: 'why', text: 'backend is not healthy yet' });
  });
});

describe('execution of a settle', () => {
  const settling = (does: Partial<Host>, timeoutMs?: number) => {
    const made = world(['a'], undefined, does);
    return { ...made, ended: execute([stage('switch', ['a'], settle(timeoutMs))], made.execution) };
  };

  it("asks until every service is steady, by the host's own clock", async () => {
    let asked = 0;
    const { clock, ended } = settling({
      containers: () => {
        asked += 1;
        return Promise.resolve([container({ startedAt: NOW + 60_000 })]);
      },
    });
    assert.equal(await ended, undefined);
    assert.equal(clock.now() - NOW, 3000);
    assert.equal(asked, 46);
  });

  it('fails at once on a crash, with the last lines of that container', async () => {
    const { clock, ended } = settling({
      containers: () =>
        Promise.resolve([container({ id: 'x', state: 'exited', exitCode: 3, startedAt: NOW })]),
      logs: (id, since) => Promise.resolve([`${id} since ${since - NOW}`, ...'abcdefgh'.split('')]),
    });
    const error = (await ended)?.errors.get('a');
    assert.equal(error?.message, 'backend exited with 3');
    assert.deepEqual(error.facts, [{ label: 'seen', text: 'backend on a:', foreign: 'abcdefgh'.split('') }]);
    assert.equal(clock.now(), NOW);
  });

  it('fails when its time is over, and says what it waited for', async () => {
    const { clock, ended } = settling({
      containers: () => Promise.resolve([container({ health: 'starting' })]),
      logs: () => Promise.reject(new LostError('a', 'gone')),
    });
    const error = (await ended)?.errors.get('a');
    assert.equal(error?.message, 'backend is not healthy yet, after 5s (rollout.timeout)');
    assert.deepEqual(error.facts, [{ label: 'seen', text: 'backend on a:', foreign: [] }]);
    assert.equal(clock.now() - NOW, 5000);
  });
});
